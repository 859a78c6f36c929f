/** Axes: where the ticks of a scale stand, and how its numbers are written. */

/**
 * Round numbers (1, 2 or 5 times a power of ten) from `from` to `to`, at most `most` of them.
 *
 * @example ticksBetween(0, 23, 6) // [0, 5, 10, 15, 20]
 */
export function ticksBetween(from: number, to: number, most: number): number[] {
  const span = to - from
  if (!(span > 0) || !Number.isFinite(span)) return [from]
  const rough = span / Math.max(1, most - 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10) * power
  const ticks: number[] = []
  for (let index = Math.ceil(from / step - 1e-9); index * step <= to + step * 1e-9; index++)
    ticks.push(Number((index * step).toPrecision(12)))
  return ticks
}

/** A number in at most three decimals, or four significant digits where it is small: 12, 2.333, 0.00123. */
export function numberText(value: number | undefined, none = '-'): string {
  if (value === undefined || Number.isNaN(value)) return none
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return '0'
  if (Math.abs(value) >= 1e15) return value.toExponential(3)
  const text = Math.abs(value) < 0.01 ? value.toPrecision(3) : value.toFixed(3)
  return text.includes('e') ? text : text.replace(/\.?0+$/, '')
}

/** A share of 1 as a percentage: 66.7 %. */
export function percentText(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1).replace(/\.0$/, '')} %` : '-'
}
