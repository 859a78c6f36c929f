import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '#lanework/core/index.js'
import { Hysteresis } from '#lanework/server/shedding/hysteresis.js'
import { LoadWatch, type LoadState } from '#lanework/server/shedding/load-watch.js'
import { until } from '../../support/until.ts'

/** A clock whose loop the test holds up: `tick(late)` fires the timer that much too late. */
function heldClock(): { clock: Clock; tick(lateMs?: number): void; cancelled: () => boolean } {
  let nowMs = 0
  let period = 0
  let action: () => void = () => {}
  let cancelled = false
  const clock: Clock = {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    after: () => assert.fail('not needed'),
    every(periodMs, each) {
      period = periodMs
      action = each
      return { cancel: () => void (cancelled = true) }
    },
  }
  return {
    clock,
    tick(lateMs = 0) {
      nowMs += period + lateMs
      action()
    },
    cancelled: () => cancelled,
  }
}

describe('a load watch', () => {
  it('sheds while the event loop is late, and stops once it has been calm for long enough', () => {
    const { clock, tick, cancelled } = heldClock()
    const told: LoadState[] = []
    const watch = new LoadWatch({
      lagMs: { high: 50, low: 20 },
      everyMs: 100,
      calmMs: 300,
      clock,
      onChange: (state) => told.push(state),
    })
    tick(49)
    assert.equal(watch.overloaded, false)
    tick(50)
    assert.equal(watch.overloaded, true)
    assert.deepEqual(told, [{ overloaded: true, reasons: ['lag'], lagMs: 50, memoryBytes: undefined }])
    tick()
    tick()
    tick(30) // below high, not below low: calm begins anew
    tick()
    tick()
    tick()
    assert.equal(watch.overloaded, true)
    tick()
    assert.equal(watch.overloaded, false)
    assert.equal(told.length, 2)
    watch.close()
    assert.equal(cancelled(), true)
  })

  it('sheds by memory, and names both reasons when there are two', () => {
    const { clock, tick } = heldClock()
    let bytes = 500
    const watch = new LoadWatch({
      lagMs: { high: 50 },
      memoryBytes: { high: 1_000, low: 800 },
      calmMs: 0,
      clock,
      readMemory: () => bytes,
    })
    tick()
    assert.deepEqual(watch.state, { overloaded: false, reasons: [], lagMs: 0, memoryBytes: 500 })
    bytes = 1_000
    tick(60)
    assert.deepEqual(watch.state.reasons, ['lag', 'memory'])
    bytes = 800
    tick()
    assert.deepEqual(watch.state.reasons, ['memory'])
    bytes = 799
    tick()
    assert.equal(watch.overloaded, false)
  })

  it('takes a clock that jumps back for no lag', () => {
    const { clock, tick } = heldClock()
    const watch = new LoadWatch({ lagMs: { high: 1 }, clock })
    tick(-1_000_000)
    assert.deepEqual([watch.overloaded, watch.state.lagMs], [false, 0])
  })

  it('looks at this process and the real clock unless told otherwise', async () => {
    const watch = new LoadWatch({ memoryBytes: { high: 1 }, everyMs: 1 })
    try {
      await until('the resident set is above a byte', () => watch.overloaded)
      assert.deepEqual(watch.state.reasons, ['memory'])
    } finally {
      watch.close()
    }
  })

  it('refuses thresholds and names that make no sense', () => {
    for (const options of [{ lagMs: { high: 0 } }, { lagMs: { high: 1, low: 2 } }, { everyMs: 0 }, { lag: {} }]) {
      assert.throws(() => new LoadWatch(options as never), { code: 'OPTION_INVALID' })
    }
  })
})

describe('hysteresis', () => {
  it('is off only after values below low for the whole of calmMs, and on at each value from high on', () => {
    const sample = fc.record({ value: fc.integer({ min: 0, max: 20 }), stepMs: fc.integer({ min: -50, max: 50 }) })
    const property = fc.property(fc.array(sample), (samples) => {
      const hysteresis = new Hysteresis('x', { high: 15, low: 5 }, 100)
      let nowMs = 0
      let forwardMs = 0
      let on = false
      let calmFrom = 0
      let wasCalm = false
      for (const { value, stepMs } of samples) {
        nowMs += stepMs
        forwardMs += Math.max(0, stepMs)
        if (value < 5 && !wasCalm) calmFrom = forwardMs
        wasCalm = value < 5
        if (value >= 15) on = true
        else if (wasCalm && forwardMs - calmFrom >= 100) on = false
        assert.equal(hysteresis.update(value, nowMs), on)
      }
    })
    fc.assert(property)
  })
})
