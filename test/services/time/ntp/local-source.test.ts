/** The machine's clock as a source, and how fine it says that a clock is. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { localSource, measuredPrecision, referenceIdOf } from '#lanework/services/time/index.js'
import { precisionOf, withFallback } from '#lanework/services/time/ntp/local-source.js'
import { isNative } from '../../../support/capability.ts'
import { Clocks, momentOf, noonNs, synchronised } from '../../../support/ntp.ts'

/** A clock that moves by `stepNs` every `readings`th time that it is read. */
function stepping(stepNs: bigint, readings = 1): Parameters<typeof precisionOf>[0] {
  let count = 0
  return (moment) => {
    Object.assign(moment, momentOf(noonNs + stepNs * BigInt(Math.floor(count / readings))))
    count++
  }
}

describe('the precision of a clock', () => {
  it('is its least step, rounded up to a power of two', () => {
    const known: readonly (readonly [bigint, number])[] = [
      [1n, -29], // 2^-30 s is 0.93 ns
      [100n, -23],
      [1_000n, -19], // 2^-20 s is 954 ns
      [1_000_000n, -9],
    ]
    for (const [stepNs, precision] of known) assert.equal(precisionOf(stepping(stepNs)), precision, `${stepNs} ns`)
  })

  it('is found however often the clock is read between two steps, and never claims to be finer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 1_000_000n }), fc.integer({ min: 1, max: 300 }), (stepNs, readings) => {
        const seconds = 2 ** precisionOf(stepping(stepNs, readings))
        assert.ok(seconds >= Number(stepNs) / 1e9 && seconds < (Number(stepNs) / 1e9) * 2.0001)
      }),
    )
  })

  it('is a millisecond of a clock that stands still or goes back, and of this machine without the addon', () => {
    assert.equal(precisionOf(stepping(0n)), -9)
    assert.equal(precisionOf(stepping(-5n)), -9)
    const precision = measuredPrecision()
    assert.ok(isNative ? precision < -15 && precision >= -30 : precision === -9, String(precision))
  })
})

describe('the local source', () => {
  it('vouches for nothing unless it is given a stratum', () => {
    const { leap, stratum, refId, refTimeNs } = localSource().state()
    assert.deepEqual([leap, stratum, refId, refTimeNs], [3, 16, referenceIdOf('INIT'), 0n])
  })

  it('is its own reference, at any time, with an error of its resolution', () => {
    const clocks = new Clocks()
    const source = localSource({ stratum: 10, nowNs: () => clocks.nowNs(), precision: -20 })
    clocks.systemNs += 5_000n
    const state = source.state()
    assert.deepEqual(state, {
      leap: 0,
      stratum: 10,
      refId: 0x7f7f0101,
      refTimeNs: noonNs + 5_000n,
      rootDelay: 0,
      rootDispersion: 2 ** -20,
      precision: -20,
    })
    for (const stratum of [0, 16, 1.5]) assert.throws(() => localSource({ stratum }), { code: 'OPTION_INVALID' })
  })

  it('steps in where another cannot be believed, and only there; the time stays that of the other', () => {
    const first = Object.assign(new Clocks(), { aheadNs: 7n })
    const both = withFallback(first, localSource({ stratum: 10, precision: -20 }))
    assert.deepEqual(both.state(), synchronised)
    first.says = { ...synchronised, leap: 3, stratum: 16 }
    assert.equal(both.state().stratum, 10)
    assert.equal(both.nowNs(), noonNs + 7n)
  })
})
