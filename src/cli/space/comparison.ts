/** Variants of one scenario side by side: a row for each thing that was counted. */
import { table } from '../output.ts'
import { wrapText } from '../terminal.ts'

export interface Variant {
  readonly title: string
  readonly summary: readonly (readonly [label: string, value: string])[]
}

/** A table where it fits, else one block for each label. */
export function comparisonText(variants: readonly Variant[], columns: number): string {
  const labels = [...new Set(variants.flatMap(({ summary }) => summary.map(([label]) => label)))]
  const valueOf = ({ summary }: Variant, label: string): string =>
    summary.flatMap(([each, value]) => (each === label ? [value] : [])).join('; ') || '-'
  const rows = [
    ['', ...variants.map(({ title }) => title)],
    ...labels.map((label) => [label, ...variants.map((variant) => valueOf(variant, label))]),
  ]
  const wide = table(rows)
  if (wide.split('\n').every((line) => line.length <= columns)) return wide
  return labels
    .map((label) => {
      const lines = variants.map((variant) => wrapText(`${variant.title}: ${valueOf(variant, label)}`, columns, '  '))
      return [label, ...lines].join('\n')
    })
    .join('\n')
}

/** `a,b` or `all`. Undefined where nothing was asked for. */
export function listOf<Name extends string>(text: string | undefined, all: readonly Name[]): string[] | undefined {
  if (text === undefined) return undefined
  return text === 'all' ? [...all] : text.split(',').map((each) => each.trim())
}
