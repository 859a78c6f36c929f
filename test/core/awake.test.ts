/** Timers that do not count time in which nobody could be listened to. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { afterAwake } from '#lanework/core/index.js'
import { ManualClock } from '../support/manual-clock.ts'

/** A clock whose thread may be stopped: what was due meanwhile fires once, then the thread goes on. */
class StoppedClock extends ManualClock {
  readonly #due: (() => void)[] = []
  #isStopped = false

  override after(delayMs: number, action: () => void) {
    return super.after(delayMs, () => (this.#isStopped ? void this.#due.push(action) : action()))
  }

  stop(forMs: number): void {
    this.#isStopped = true
    this.advance(forMs)
    this.#isStopped = false
    for (const action of this.#due.splice(0)) action()
  }
}

describe('a timer of time awake', () => {
  it('fires once, after its time', () => {
    const clock = new ManualClock()
    let fired = 0
    afterAwake(clock, 1_000, () => (fired += 1))
    clock.advance(999)
    assert.equal(fired, 0)
    clock.advance(1)
    assert.equal(fired, 1)
    clock.advance(10_000)
    assert.equal(fired, 1)
  })

  it('takes a stop of its thread for one step', () => {
    const clock = new StoppedClock()
    let fired = 0
    afterAwake(clock, 1_000, () => (fired += 1))
    clock.advance(500)
    clock.stop(60_000)
    clock.advance(449)
    assert.equal(fired, 0)
    clock.advance(1)
    assert.equal(fired, 1)
  })

  it('is cancelled at any step', () => {
    const clock = new ManualClock()
    let fired = 0
    const timer = afterAwake(clock, 1_000, () => (fired += 1))
    clock.advance(720)
    timer.cancel()
    clock.advance(10_000)
    assert.equal(fired, 0)
    timer.cancel()
  })
})
