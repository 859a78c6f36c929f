/**
 * A log-linear histogram over a given buffer (the idea of HdrHistogram): values from 0 to 2^40
 * in 16 linear steps a power of two, so that a quantile is at most 1/16 (6.25 %) too high.
 * Fixed size, no allocation per value, can be merged, readable from another thread.
 *
 *   value   0..15 | 16..31 | 32..63 | 64..127 | ...
 *   width     1   |    1   |    2   |    4    | ...
 */
const stepsPerPower = 16
const powers = 37
const cellCount = stepsPerPower * powers
const valueLimit = 2 ** 40

export class Histogram {
  readonly cells: Float64Array

  /** `buffer` must hold `Histogram.bytes` bytes from `byteOffset` on; default: an own one. */
  constructor(buffer?: ArrayBufferLike, byteOffset = 0) {
    this.cells = new Float64Array(buffer ?? new SharedArrayBuffer(Histogram.bytes), byteOffset, cellCount)
  }

  static readonly bytes: number = cellCount * Float64Array.BYTES_PER_ELEMENT

  /** Counts one value; negative values count as 0, fractions are cut off, too large ones as the largest. */
  record(value: number): void {
    const index = cellOf(value)
    this.cells[index] = (this.cells[index] as number) + 1
  }

  get count(): number {
    return this.cells.reduce((sum, cell) => sum + cell, 0)
  }

  /** The smallest upper bound below which at least `fraction` (0 to 1) of the values lie; undefined when empty. */
  quantile(fraction: number): number | undefined {
    const total = this.count
    if (total === 0) return undefined
    const wanted = Math.max(1, Math.ceil(fraction * total))
    let seen = 0
    for (let index = 0; index < cellCount; index++) {
      seen += this.cells[index] as number
      if (seen >= wanted) return upperBoundOf(index)
    }
    return upperBoundOf(cellCount - 1)
  }

  /** Adds all that another histogram counted. */
  merge(other: Histogram): void {
    for (let index = 0; index < cellCount; index++) {
      this.cells[index] = (this.cells[index] as number) + (other.cells[index] as number)
    }
  }

  /** Takes away what a copy of this histogram had counted earlier. */
  subtract(earlier: Histogram): void {
    for (let index = 0; index < cellCount; index++) {
      this.cells[index] = Math.max(0, (this.cells[index] as number) - (earlier.cells[index] as number))
    }
  }
}

function cellOf(value: number): number {
  if (!(value >= stepsPerPower)) return value > 0 ? Math.floor(value) : 0
  if (value >= valueLimit) return cellCount - 1
  const power = 31 - Math.clz32(Math.min(value, 0xffff_ffff))
  // Above 32 bits the power comes from the logarithm; such values (over an hour in microseconds) are rare.
  const exponent = value > 0xffff_ffff ? Math.floor(Math.log2(value)) : power
  const step = Math.floor(value / 2 ** (exponent - 4)) - stepsPerPower
  return Math.min(cellCount - 1, (exponent - 3) * stepsPerPower + step)
}

function upperBoundOf(index: number): number {
  if (index < stepsPerPower) return index
  const exponent = Math.floor(index / stepsPerPower) + 3
  const step = index % stepsPerPower
  return (stepsPerPower + step + 1) * 2 ** (exponent - 4) - 1
}
