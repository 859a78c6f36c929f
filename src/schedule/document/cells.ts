/** Cells of tables: CSV as of RFC 4180, one record at a time. */

export interface Cell {
  readonly text: string
  /** From 1; cells of a record with quoted ends of line count on in the line where they began. */
  readonly column: number
}

/** Makes the error for a cell: where it is, what must hold, and what stands there. */
export type WrongCell = (column: number, rule: string, got: string) => Error

/** Whether a quote is open at the end of this text. */
export function hasOddQuotes(text: string): boolean {
  let count = 0
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) count++
  return count % 2 === 1
}

/** A quoted cell, a plain one; then a comma or the end. */
const cellPattern = /"((?:[^"]|"")*)"|([^",]*)/y

/** The cells of a record whose quotes are closed; what is not quoted is trimmed. Throws what `wrong` makes. */
export function cellsOf(text: string, wrong: WrongCell): Cell[] {
  if (!text.includes('"')) return plainCells(text)
  const cells: Cell[] = []
  for (let at = 0; ;) {
    cellPattern.lastIndex = at
    const match = cellPattern.exec(text)
    const length = match?.[0].length ?? 0
    const cell = match?.[1] === undefined ? (match?.[2] ?? '').trim() : match[1].replaceAll('""', '"')
    cells.push({ text: cell, column: at + 1 })
    at += length
    if (at === text.length) return cells
    if (text[at] !== ',') throw wrong(at + 1, 'followed by a comma', text.slice(at))
    at++
  }
}

/** Most lines have no quotes, and are cut much faster. */
function plainCells(text: string): Cell[] {
  let column = 1
  return text.split(',').map((cell) => {
    const found = { text: cell.trim(), column }
    column += cell.length + 1
    return found
  })
}

/** A cell as it is written: in quotes if it needs them. */
export function quoted(cell: string): string {
  return /[",\n\r]|^\s|\s$|^#/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
