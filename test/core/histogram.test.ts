import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Histogram } from '#lanework/core/index.js'

const largest = 2 ** 40 - 1

/** Values of all magnitudes that the histogram tells apart. */
const value = fc
  .tuple(fc.integer({ min: 0, max: 39 }), fc.double({ min: 1, max: 2, maxExcluded: true, noNaN: true }))
  .map(([power, factor]) => Math.floor(factor * 2 ** power))

function filled(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const each of values) histogram.record(each)
  return histogram
}

describe('a histogram', () => {
  it('gives quantiles that are never too low and at most 6.25 % too high', () => {
    const fraction = fc.double({ min: 0, max: 1, noNaN: true })
    const property = fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), fraction, (values, wanted) => {
      const sorted = [...values].sort((left, right) => left - right)
      const exact = sorted[Math.max(1, Math.ceil(wanted * values.length)) - 1] as number
      const quantile = filled(values).quantile(wanted) as number
      assert.ok(quantile >= exact, `${quantile} is below ${exact}`)
      assert.ok(quantile <= exact * 1.0625, `${quantile} is too far above ${exact}`)
    })
    fc.assert(property, { numRuns: 500 })
  })

  it('is exact below 32 and right at the borders of its steps', () => {
    for (let each = 0; each < 32; each++) assert.equal(filled([each]).quantile(1), each)
    for (let power = 5; power < 40; power++) {
      for (const each of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        const quantile = filled([each]).quantile(0.5) as number
        assert.ok(quantile >= each && quantile <= each * 1.0625, `${each}: ${quantile}`)
      }
    }
  })

  it('has no quantile when it is empty', () => {
    assert.equal(new Histogram().quantile(0.5), undefined)
    assert.equal(new Histogram().count, 0)
  })

  it('merges as if it had counted everything itself', () => {
    const property = fc.property(fc.array(value), fc.array(value), (one, other) => {
      const merged = filled(one)
      merged.merge(filled(other))
      assert.deepEqual(merged.cells, filled([...one, ...other]).cells)
      assert.equal(merged.count, one.length + other.length)
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('counts every value, however large, negative or broken', () => {
    for (const huge of [largest, 2 ** 40, 2 ** 53, Number.MAX_VALUE, Infinity]) {
      assert.equal(filled([huge]).count, 1)
      assert.equal(filled([huge]).quantile(1), largest)
    }
    for (const small of [-1, -Infinity, Number.NaN, 0, 0.9]) {
      assert.equal(filled([small]).count, 1)
      assert.equal(filled([small]).quantile(1), 0)
    }
  })

  it('lives in a buffer that others can read', () => {
    const buffer = new SharedArrayBuffer(8 + Histogram.bytes)
    new Histogram(buffer, 8).record(5)
    assert.equal(new Histogram(buffer, 8).quantile(1), 5)
  })
})
