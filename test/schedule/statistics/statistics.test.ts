/** Means, percentiles, intervals and histograms, against published tables and definitions. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  bar,
  batchMeans,
  coefficientOfVariation,
  confidenceInterval,
  controlledInterval,
  histogram,
  histogramText,
  jainFairness,
  mean,
  percentile,
  percentiles,
  randomStream,
  studentQuantile,
  studentT,
  summarize,
  variance,
  withoutWarmUp,
} from '#lanework/schedule/index.js'

const close = (got: number, wanted: number, relative = 1e-9): void =>
  assert.ok(Math.abs(got - wanted) <= relative * Math.max(1, Math.abs(wanted)), `${got} instead of ${wanted}`)

describe('summaries', () => {
  it('has mean, variance and coefficient of variation', () => {
    assert.equal(mean([2, 4, 4, 4, 5, 5, 7, 9]), 5)
    close(variance([2, 4, 4, 4, 5, 5, 7, 9]), 32 / 7)
    assert.equal(variance([3]), 0)
    assert.equal(coefficientOfVariation([3, 3, 3]), 0)
  })

  it('keeps the digits of a small variance around a large mean', () => {
    close(variance([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]), 30)
  })

  it('has the percentiles of R and NumPy', () => {
    assert.equal(percentile([15, 20, 35, 40, 50], 0.4), 29)
    assert.deepEqual(percentiles([3, 1, 2], [0, 0.5, 1]), [1, 2, 3])
    assert.equal(percentile([10, 9, 100], 0.5), 10)
    const summary = summarize(Array.from({ length: 101 }, (_, index) => index))
    assert.deepEqual([summary.count, summary.least, summary.p50, summary.p95, summary.greatest], [101, 0, 50, 95, 100])
  })

  it("has Jain's index: 1 for equals, 1/n if one has everything", () => {
    assert.equal(jainFairness([7, 7, 7]), 1)
    assert.equal(jainFairness([5, 0, 0, 0]), 0.25)
    assert.equal(jainFairness([0, 0]), 1)
  })

  it('refuses empty lists and fractions outside', () => {
    for (const wrong of [() => mean([]), () => variance([]), () => percentile([], 0.5), () => percentile([1], 1.1)]) {
      assert.throws(wrong, { code: 'OPTION_INVALID' })
    }
  })
})

describe("Student's t", () => {
  it('has the quantiles of the published table', () => {
    const table: readonly [number, number, number][] = [
      [0.975, 1, 12.7062],
      [0.975, 2, 4.30265],
      [0.975, 9, 2.26216],
      [0.995, 9, 3.24984],
      [0.95, 30, 1.69726],
      [0.975, 120, 1.97993],
      [0.9995, 5, 6.86883],
    ]
    for (const [probability, freedom, expected] of table) close(studentQuantile(probability, freedom), expected, 1e-5)
    assert.equal(studentQuantile(0.025, 9), -studentQuantile(0.975, 9))
  })

  it('is undone by its quantile', () => {
    const property = fc.property(
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.integer({ min: 1, max: 200 }),
      (probability, freedom) => close(studentT(studentQuantile(probability, freedom), freedom), probability, 1e-8),
    )
    fc.assert(property)
  })
})

describe('confidence intervals', () => {
  it('are those of the formula', () => {
    const interval = confidenceInterval([10, 12, 14], 0.95)
    close(interval.mean, 12)
    close(interval.half, (4.302_652_73 * 2) / Math.sqrt(3), 1e-7)
    close(interval.high - interval.mean, interval.half)
  })

  it('hold the true mean as often as they say', () => {
    const next = randomStream(21)
    let held = 0
    for (let run = 0; run < 2_000; run++) {
      const { low, high } = confidenceInterval(
        Array.from({ length: 8 }, () => next() + next() + next()),
        0.9,
      )
      if (low <= 1.5 && 1.5 <= high) held++
    }
    assert.ok(Math.abs(held / 2_000 - 0.9) < 0.02, `${held} of 2000`)
  })

  it('take batches of a run whose neighbours depend on each other, without its beginning', () => {
    const series = [
      ...Array.from({ length: 100 }, () => 1_000),
      ...Array.from({ length: 900 }, (_, i) => (i % 90) - 44.5),
    ]
    const interval = batchMeans(series, { batches: 10, warmUp: 0.1 })
    close(interval.mean, 0)
    close(interval.half, 0)
    assert.equal(withoutWarmUp(series, 0.1).length, 900)
  })

  it('are wider for batches of a random walk than for its values taken as independent', () => {
    const next = randomStream(4)
    let place = 0
    const walk = Array.from({ length: 4_000 }, () => (place = 0.99 * place + next() - 0.5))
    assert.ok(batchMeans(walk, { warmUp: 0 }).half > 3 * confidenceInterval(walk).half)
  })

  it('refuse too few values and impossible levels', () => {
    const wrong = [
      () => confidenceInterval([1]),
      () => confidenceInterval([1, 2], 1),
      () => confidenceInterval([1, 2], 0),
      () => batchMeans([1, 2, 3]),
      () => batchMeans([1, 2, 3], { batches: 1 }),
      () => batchMeans([1, 2, 3], { batches: 2, warmUp: 0.95 }),
      () => studentQuantile(1, 3),
      () => studentQuantile(0.5, 0),
    ]
    for (const each of wrong) assert.throws(each, { code: 'OPTION_INVALID' })
  })
})

describe('control variates', () => {
  it('take out what is explained, and leave the rest', () => {
    const exact = controlledInterval([11, 9, 12, 8, 10, 13, 7], [[1], [-1], [2], [-2], [0], [3], [-3]])
    close(exact.mean, 10)
    close(exact.half, 0, 1e-6)
    const next = randomStream(8)
    const noise = Array.from({ length: 40 }, () => [next() - 0.5, next() - 0.5])
    const values = noise.map(([a = 0, b = 0]) => 7 + 10 * a - 4 * b + (next() - 0.5) / 10)
    const [controlled, plain] = [controlledInterval(values, noise), confidenceInterval(values)]
    assert.ok(controlled.half < plain.half / 10, `${controlled.half} and ${plain.half}`)
    assert.ok(controlled.low <= 7 && 7 <= controlled.high)
  })

  it('hold the true mean as often as they say', () => {
    const next = randomStream(22)
    let held = 0
    for (let run = 0; run < 1_000; run++) {
      const controls = Array.from({ length: 12 }, () => [next() - 0.5])
      const values = controls.map(([control = 0]) => 1 + 3 * control + next() + next() - 1)
      const { low, high } = controlledInterval(values, controls, 0.9)
      if (low <= 1 && 1 <= high) held++
    }
    assert.ok(Math.abs(held / 1_000 - 0.9) < 0.03, `${held} of 1000`)
  })

  it('are the plain interval without controls, with too few runs, and with controls that do not vary', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8]
    const plain = confidenceInterval(values)
    assert.deepEqual(
      controlledInterval(
        values,
        values.map(() => []),
      ),
      plain,
    )
    assert.deepEqual(
      controlledInterval(
        values,
        values.map(() => [0]),
      ),
      plain,
    )
    assert.deepEqual(controlledInterval([1, 2, 3], [[1], [0], [-1]]), confidenceInterval([1, 2, 3]))
  })

  it('refuse controls that do not fit', () => {
    assert.throws(() => controlledInterval([1, 2], [[1]]), { code: 'OPTION_INVALID' })
    assert.throws(() => controlledInterval([1, 2], [[1], [1, 2]]), { code: 'OPTION_INVALID' })
  })
})

describe('histograms', () => {
  it('counts each value once, in the bucket that holds it', () => {
    const property = fc.property(
      fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('linear' as const, 'log' as const),
      (values, buckets, scale) => {
        const counted = histogram(values, { buckets, scale })
        assert.equal(counted.length, buckets)
        assert.equal(
          counted.reduce((sum, { count }) => sum + count, 0),
          values.length,
        )
        if (scale === 'log') return
        for (const { low, high, count } of counted.slice(0, -1)) {
          if (low < high) assert.equal(values.filter((value) => value >= low && value < high).length, count)
        }
      },
    )
    fc.assert(property)
  })

  it('has buckets that are narrower than the distance of two numbers', () => {
    assert.deepEqual(
      histogram([0, 5e-324], { buckets: 4 }).map(({ count }) => count),
      [0, 0, 1, 1],
    )
  })

  it('has buckets that grow by a factor', () => {
    const edges = histogram([1, 10, 100, 1_000], { buckets: 3, scale: 'log' })
    assert.deepEqual(
      edges.map(({ low, high, count }) => [Math.round(low), Math.round(high), count]),
      [
        [1, 10, 1],
        [10, 100, 1],
        [100, 1_000, 2],
      ],
    )
  })

  it('takes what lies outside given bounds into the outermost buckets', () => {
    const counts = histogram([-5, 1, 99], { buckets: 2, low: 0, high: 10 }).map(({ count }) => count)
    assert.deepEqual(counts, [2, 1])
  })

  it('is drawn with bars', () => {
    const buckets = histogram([1, 2, 2, 9], { buckets: 2 })
    assert.equal(histogramText(buckets, { width: 20, ascii: true }), '1 to 5  3  #########\n5 to 9  1  ###')
    assert.equal(bar(0.5, 3), '█▌')
    assert.equal(bar(2, 3), '███')
    assert.equal(bar(NaN, 3), '')
  })

  it('refuses values and bounds that make no sense', () => {
    const wrong = [
      () => histogram([]),
      () => histogram([NaN]),
      () => histogram([1], { buckets: 0 }),
      () => histogram([1], { low: 3, high: 2 }),
      () => histogram([1], { low: 0, scale: 'log' }),
    ]
    for (const each of wrong) assert.throws(each, { code: 'OPTION_INVALID' })
  })
})
