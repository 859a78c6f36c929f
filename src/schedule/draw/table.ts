/** Tables of text: names on the left, numbers on the right, no wider than wanted. */
import { type Drawing } from './options.ts'
import { cutText, padText, textWidth } from './text-width.ts'

/** What a table may mark: the best and the worst of a column. */
export type CellMark = 'good' | 'bad' | undefined

const gap = 2
const narrowest = 4

/**
 * Rows in columns; the first row is the heading, the first column holds names. Where the table is too wide, the columns on
 * the right go under the others, each part with the names again; where even that does not do, names are cut.
 */
export function drawTable(
  rows: readonly (readonly string[])[],
  drawing: Drawing,
  markOf: (row: number, column: number) => CellMark = () => undefined,
): string {
  const shown = rows.map((row) => row.map((cell) => drawing.show(cell)))
  const count = shown[0]?.length ?? 0
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...shown.map((row) => textWidth(row[column] ?? ''))),
  )
  const others = Math.max(0, ...widths.slice(1))
  const first = Math.min(widths[0] ?? 0, Math.max(narrowest, drawing.width - others - gap))
  return partsOf(widths, first, drawing.width)
    .map((columns) => partText(shown, [0, ...columns], [first, ...widths.slice(1)], drawing, markOf))
    .join('\n\n')
}

/** Which columns stand beside each other. */
function partsOf(widths: readonly number[], first: number, width: number): number[][] {
  const parts: number[][] = [[]]
  let used = first
  for (let column = 1; column < widths.length; column++) {
    const needed = gap + (widths[column] ?? 0)
    if (used + needed > width && parts.at(-1)?.length !== 0) {
      parts.push([])
      used = first
    }
    parts.at(-1)?.push(column)
    used += needed
  }
  return parts
}

function partText(
  rows: readonly (readonly string[])[],
  columns: readonly number[],
  widths: readonly number[],
  drawing: Drawing,
  markOf: (row: number, column: number) => CellMark,
): string {
  return rows
    .flatMap((row, index) => {
      // The averages have nothing to say in some parts.
      if (index > 0 && columns.slice(1).every((column) => (row[column] ?? '').trim() === '')) return []
      const cells = columns.map((column) => {
        const width = widths[column] ?? 0
        const text = cutText(row[column] ?? '', width, drawing.signs.ellipsis)
        const padded = padText(text, width, column === 0 ? 'end' : 'start')
        const mark = index === 0 ? undefined : markOf(index, column)
        return mark === undefined ? padded : drawing.paint[mark](padded)
      })
      const line = cells.join(' '.repeat(gap)).trimEnd()
      return index === 0 ? drawing.paint.bold(line) : line
    })
    .join('\n')
}
