/** Text in columns. */
import { padText, textWidth } from '../draw/text-width.ts'

/** Lines whose cells stand under each other, two spaces apart; the columns in `right` end together. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const count = Math.max(0, ...rows.map((row) => row.length))
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => textWidth(row[column] ?? ''))),
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => padText(cell, widths[column] ?? 0, right.includes(column) ? 'start' : 'end'))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
