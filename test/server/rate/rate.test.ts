/** Token bucket and sliding window, against the sentence that each promises, whatever the clock does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SlidingWindow, TokenBucket } from '#lanework/index.js'

/** Steps of a clock; some go back, far. */
const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -100_000, max: 0 })), {
  maxLength: 200,
})
const forwardSteps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 })

describe('a token bucket', () => {
  it('gives out at most burst + rate x time in any stretch of time, also when the clock jumps back', () => {
    const property = fc.property(
      steps,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 50 }),
      (moves, rate, burst) => {
        const bucket = new TokenBucket({ ratePerSecond: rate, burst })
        let nowMs = 1_000_000
        let forwardMs = 0
        const taken: number[] = []
        for (const move of moves) {
          nowMs += move
          forwardMs += Math.max(0, move)
          if (bucket.take(nowMs)) taken.push(forwardMs)
        }
        for (let first = 0; first < taken.length; first++) {
          for (let last = first; last < taken.length; last++) {
            const seconds = ((taken[last] as number) - (taken[first] as number)) / 1_000
            assert.ok(last - first + 1 <= burst + rate * seconds + 1e-6)
          }
        }
      },
    )
    fc.assert(property)
  })

  it('never refuses who stays within the rate', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.array(fc.integer({ min: 0, max: 50 })),
      (rate, extraMs) => {
        const bucket = new TokenBucket({ ratePerSecond: rate, burst: 1 })
        let nowMs = 0
        for (const extra of extraMs) {
          nowMs += Math.ceil(1_000 / rate) + extra
          assert.equal(bucket.take(nowMs), true)
        }
      },
    )
    fc.assert(property)
  })

  it('says exactly how long to wait', () => {
    const bucket = new TokenBucket({ ratePerSecond: 4, burst: 2 })
    assert.deepEqual([bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, false])
    assert.equal(bucket.waitMs(0), 250)
    assert.equal(bucket.take(249), false)
    assert.equal(bucket.take(250), true)
    assert.equal(bucket.waitMs(250, 2), 500)
    assert.equal(bucket.waitMs(250, 3), Infinity)
    assert.equal(bucket.available(10_000), 2)
    assert.equal(bucket.take(10_000, 2), true)
    assert.equal(bucket.available(10_125), 0.5)
  })

  it('goes on filling right after its clock jumped back', () => {
    const bucket = new TokenBucket({ ratePerSecond: 10, burst: 1 })
    assert.equal(bucket.take(3_600_000), true)
    assert.equal(bucket.take(0), false)
    assert.equal(bucket.take(99), false)
    assert.equal(bucket.take(100), true)
  })

  it('refuses options that make no sense', () => {
    for (const [ratePerSecond, burst] of [
      [0, 1],
      [1, 0],
      [Number.NaN, 1],
      [1, 0.5],
      [2e6, 1],
    ] as const) {
      assert.throws(() => new TokenBucket({ ratePerSecond, burst }), { code: 'OPTION_INVALID' })
    }
    assert.throws(() => new TokenBucket({ ratePerSecond: 1, burst: 1, rate: 2 } as never), { code: 'OPTION_INVALID' })
  })
})

describe('a sliding window', () => {
  it('never lets more than its limit through within any window, also when the clock jumps back', () => {
    const property = fc.property(
      steps,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      (moves, limit, parts) => {
        const window = new SlidingWindow({ limit, windowMs: 1_000, parts })
        let nowMs = 50
        let forwardMs = 0
        const taken: number[] = []
        for (const move of moves) {
          nowMs += move
          forwardMs += Math.max(0, move)
          if (window.take(nowMs)) taken.push(forwardMs)
        }
        for (let index = limit; index < taken.length; index++) {
          assert.ok((taken[index] as number) - (taken[index - limit] as number) >= 1_000)
        }
      },
    )
    fc.assert(property)
  })

  it('lets through whenever there were fewer than its limit within a window and one part', () => {
    const property = fc.property(
      forwardSteps,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 12 }),
      (moves, limit, parts) => {
        const window = new SlidingWindow({ limit, windowMs: 1_200, parts })
        let nowMs = -7_000
        const taken: number[] = []
        for (const move of moves) {
          nowMs += move
          const recent = taken.filter((at) => nowMs - at < 1_200 + 1_200 / parts).length
          const went = window.take(nowMs)
          if (recent < limit) assert.equal(went, true)
          if (went) taken.push(nowMs)
        }
      },
    )
    fc.assert(property)
  })

  it('counts what costs more than one, all or nothing', () => {
    const window = new SlidingWindow({ limit: 5, windowMs: 100, parts: 10 })
    assert.deepEqual([window.take(0, 3), window.take(0, 3), window.take(0, 2)], [true, false, true])
    assert.equal(window.available(50), 0)
    assert.equal(window.available(110), 5)
  })

  it('refuses options that make no sense', () => {
    for (const options of [
      { limit: 0 },
      { limit: 1.5 },
      { limit: 1, windowMs: 0 },
      { limit: 1, parts: 0 },
      { limit: 1, x: 1 },
    ]) {
      assert.throws(() => new SlidingWindow(options as never), { code: 'OPTION_INVALID' })
    }
  })
})
