/** The system's clock finer than a millisecond: with the addon as the kernel tells it, else as two coarse clocks allow. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { estimatedRealTime, momentNs, readRealTime, realTimeNs, type Moment } from '#lanework/io/index.js'

describe('the real-time clock', () => {
  it('agrees with Date.now() to the millisecond', () => {
    for (let reading = 0; reading < 1_000; reading++) {
      const [before, ns, after] = [Date.now(), realTimeNs(), Date.now()]
      assert.ok(ns >= BigInt(before) * 1_000_000n && ns < BigInt(after + 1) * 1_000_000n, `${before} ${ns} ${after}`)
    }
  })

  it('is whole seconds and nanoseconds within the second', () => {
    const moment: Moment = { seconds: 0, nanoseconds: 0 }
    for (let reading = 0; reading < 1_000; reading++) {
      readRealTime(moment)
      assert.ok(Number.isInteger(moment.seconds) && Number.isInteger(moment.nanoseconds))
      assert.ok(moment.nanoseconds >= 0 && moment.nanoseconds < 1e9)
    }
    assert.equal(momentNs({ seconds: 1_795_003_200, nanoseconds: 5 }), 1_795_003_200_000_000_005n)
  })
})

describe('the real-time clock estimated from milliseconds', () => {
  /** A machine whose wall clock is `offsetMs` ahead of its monotonic one, and shows whole milliseconds. */
  function machine(offsetMs: number) {
    const state = { nowMs: 1_000, offsetMs }
    const read = estimatedRealTime({
      wallMs: () => Math.floor(state.nowMs + state.offsetMs),
      monotonicMs: () => state.nowMs,
    })
    const moment: Moment = { seconds: 0, nanoseconds: 0 }
    return {
      state,
      /** How far off it is, in milliseconds. */
      error(): number {
        read(moment)
        return moment.seconds * 1_000 + moment.nanoseconds / 1e6 - (state.nowMs + state.offsetMs)
      },
    }
  }

  it('is never a millisecond off, and soon much less', () => {
    const steps = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 200, maxLength: 200 })
    fc.assert(
      fc.property(fc.double({ min: 1e9, max: 1e9 + 1, noNaN: true }), steps, (offsetMs, passed) => {
        const { state, error } = machine(offsetMs)
        for (const ms of passed) {
          state.nowMs += ms
          assert.ok(Math.abs(error()) <= 1.001, `${error()} ms`)
        }
      }),
    )
    const { state, error } = machine(1e9 + 0.377)
    for (let reading = 0; reading < 10_000; reading++) {
      state.nowMs += 0.137
      error()
    }
    assert.ok(Math.abs(error()) < 0.01, `${error()} ms`)
  })

  it('follows when the clock is set, either way', () => {
    const { state, error } = machine(1e9 + 0.5)
    error()
    for (const byMs of [-3_600_000, 7_200_000, -0.75, 0.75]) {
      state.offsetMs += byMs
      state.nowMs += 0.1
      assert.ok(Math.abs(error()) <= 1.001, `${error()} ms after ${byMs}`)
    }
  })
})
