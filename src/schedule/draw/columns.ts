/**
 * Spans of time into columns of a drawing. Where a column holds several spans it shows the one that has more than half of
 * it; where none has, the column is mixed, so that a drawing never claims what it is too narrow to show.
 *
 *   spans    |--A--|-B-|-A-|-B-|-----C-----|
 *   columns  | A   | mixed | mixed | C | C |
 */

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Column<Item extends Span> {
  /** What the column shows, or undefined where nothing is. */
  readonly span: Item | undefined
  /** True where several share the column and none has more than half of it. */
  readonly mixed: boolean
}

interface Share<Item> {
  readonly span: Item
  time: number
}

/** `count` columns from `from` to `to`; spans of one row must not overlap. Takes O(spans + columns that they cover). */
export function columnsOf<Item extends Span>(
  spans: readonly Item[],
  { from, to, count }: Span & { readonly count: number },
  sameOwner: (a: Item, b: Item) => boolean,
): Column<Item>[] {
  const width = (to - from) / count
  const shares: Share<Item>[][] = Array.from({ length: count }, () => [])
  for (const span of spans) {
    if (span.to <= from || span.from >= to) continue
    const first = Math.max(0, Math.floor((span.from - from) / width + 1e-9))
    const last = Math.min(count - 1, Math.ceil((span.to - from) / width - 1e-9) - 1)
    for (let column = first; column <= last; column++) {
      const time = Math.min(span.to, from + (column + 1) * width) - Math.max(span.from, from + column * width)
      if (time > 0) addShare(shares[column] ?? [], span, time, sameOwner)
    }
  }
  return shares.map((list) => shownIn(list, width))
}

function addShare<Item>(list: Share<Item>[], span: Item, time: number, sameOwner: (a: Item, b: Item) => boolean): void {
  const known = list.find((share) => sameOwner(share.span, span))
  if (known === undefined) list.push({ span, time })
  else known.time += time
}

function shownIn<Item extends Span>(list: readonly Share<Item>[], width: number): Column<Item> {
  if (list.length === 0) return { span: undefined, mixed: false }
  const most = list.reduce((best, share) => (share.time > best.time ? share : best))
  const used = list.reduce((sum, share) => sum + share.time, 0)
  const half = width / 2 + width * 1e-9
  if (list.length > 1 && most.time <= half) return { span: most.span, mixed: true }
  return { span: used < width / 2 - width * 1e-9 ? undefined : most.span, mixed: false }
}

/** Runs of columns that show the same span. */
export interface Run<Item extends Span> {
  readonly column: Column<Item>
  readonly start: number
  readonly length: number
}

export function runsOf<Item extends Span>(columns: readonly Column<Item>[]): Run<Item>[] {
  const runs: { column: Column<Item>; start: number; length: number }[] = []
  columns.forEach((column, start) => {
    const last = runs.at(-1)
    const same = last?.column.mixed === column.mixed && (column.mixed || last.column.span === column.span)
    if (last !== undefined && same) last.length++
    else runs.push({ column, start, length: 1 })
  })
  return runs
}

/** Spans that overlap, on as many rows as they need: each on the first row that is free. */
export function rowsOf<Item extends Span>(spans: readonly Item[]): Item[][] {
  const rows: Item[][] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const row = rows.find((held) => (held.at(-1)?.to ?? -Infinity) <= span.from)
    if (row === undefined) rows.push([span])
    else row.push(span)
  }
  return rows
}
