/** Distributions as counts in buckets, and as bars of text. */
import { checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { checkSome } from './summary.ts'

/** Values from `low` on and below `high`; the last bucket holds `high` too. */
export interface Bucket {
  readonly low: number
  readonly high: number
  readonly count: number
}

export interface HistogramOptions {
  /** @default 10 */
  readonly buckets?: number | undefined
  /** 'linear': all equally wide; 'log': each wider than the one before by the same factor. @default 'linear' */
  readonly scale?: 'linear' | 'log' | undefined
  /** Where the first one begins; what is below counts there. @default the least value, with 'log' the least above 0 */
  readonly low?: number | undefined
  /** Where the last one ends; what is above counts there. @default the greatest value */
  readonly high?: number | undefined
}

/**
 * Counts values in buckets. Throws OPTION_INVALID for no values, values that are not finite, or bounds that make no sense.
 *
 * @example
 * histogram([1, 2, 2, 9], { buckets: 2 }) // 1 to 5: 3, 5 to 9: 1
 */
export function histogram(values: ArrayLike<number>, options: HistogramOptions = {}): Bucket[] {
  const { buckets = 10, scale = 'linear' } = options
  checkInteger('buckets', buckets, 1, 10_000)
  checkSome('values', values, 1)
  const { low, high } = boundsOf(values, options)
  const edge = (index: number): number =>
    scale === 'log' ? low * (high / low) ** (index / buckets) : low + ((high - low) * index) / buckets
  const counts = Array.from<number>({ length: buckets }).fill(0)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    const part = scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low)
    // All values are equal: 0 / 0.
    let bucket = Number.isNaN(part) ? 0 : Math.min(buckets - 1, Math.max(0, Math.floor(part * buckets)))
    // The division may have rounded over an edge; edges closer than numbers can be, over several.
    while (bucket > 0 && value < edge(bucket)) bucket--
    if (low < high) while (bucket < buckets - 1 && value >= edge(bucket + 1)) bucket++
    counts[bucket] = (counts[bucket] as number) + 1
  }
  return counts.map((count, index) => ({
    low: edge(index),
    high: index === buckets - 1 ? high : edge(index + 1),
    count,
  }))
}

function boundsOf(values: ArrayLike<number>, options: HistogramOptions): { low: number; high: number } {
  let [least, greatest, positive] = [Infinity, -Infinity, Infinity]
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    if (!Number.isFinite(value)) throw invalid('values', 'finite numbers', value)
    least = Math.min(least, value)
    greatest = Math.max(greatest, value)
    if (value > 0) positive = Math.min(positive, value)
  }
  const isLog = options.scale === 'log'
  const low = options.low ?? (isLog ? (positive === Infinity ? 1 : positive) : least)
  const high = options.high ?? Math.max(low, greatest)
  if (!(Number.isFinite(low) && (!isLog || low > 0)))
    throw invalid('low', isLog ? 'a finite number, more than 0' : 'a finite number', low)
  if (!(Number.isFinite(high) && high >= low)) throw invalid('high', `a finite number, ${low} or more`, high)
  return { low, high }
}

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * A bar of blocks, `width` columns long for `share` 1, in steps of an eighth of a column; with `ascii` of `#` in whole
 * columns. Shares outside 0 to 1 are drawn as 0 or 1.
 */
export function bar(share: number, width: number, ascii = false): string {
  const columns = Math.min(1, Math.max(0, share || 0)) * width
  if (ascii) return '#'.repeat(Math.round(columns))
  const steps = Math.round(columns * 8)
  return '█'.repeat(steps >> 3) + (eighths[steps & 7] ?? '')
}

export interface BarsOptions {
  /** Columns of a whole line. @default 72 */
  readonly width?: number | undefined
  /** Only characters of ASCII. @default false */
  readonly ascii?: boolean | undefined
}

/** A histogram as lines of text: bounds, count, and a bar as long as the count, against the greatest one. */
export function histogramText(buckets: readonly Bucket[], options: BarsOptions = {}): string {
  const { width = 72, ascii = false } = options
  const labels = buckets.map(({ low, high }) => `${short(low)} to ${short(high)}`)
  const counts = buckets.map(({ count }) => `${count}`)
  const labelWidth = Math.max(0, ...labels.map((label) => label.length))
  const countWidth = Math.max(0, ...counts.map((count) => count.length))
  const most = Math.max(1, ...buckets.map(({ count }) => count))
  const room = Math.max(1, width - labelWidth - countWidth - 4)
  return buckets
    .map(({ count }, index) => {
      const label = (labels[index] ?? '').padStart(labelWidth)
      return `${label}  ${`${count}`.padStart(countWidth)}  ${bar(count / most, room, ascii)}`.trimEnd()
    })
    .join('\n')
}

function short(value: number): string {
  return `${Number(value.toPrecision(4))}`
}
