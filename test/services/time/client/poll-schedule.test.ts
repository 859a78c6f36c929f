/** When a server is asked again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { PollSchedule } from '#lanework/services/time/client/poll-schedule.js'

const sure = (): number => 0
const unsure = (): number => 10

/** The intervals between so many questions that are all answered. */
function intervals(schedule: PollSchedule, count: number, uncertainty = sure): (number | undefined)[] {
  return Array.from({ length: count }, () => {
    schedule.answered(uncertainty)
    return schedule.interval
  })
}

describe('a poll schedule', () => {
  it('begins with a burst two seconds apart, then asks ever more seldom while the clock is sure of itself', () => {
    const all = intervals(new PollSchedule({ minPoll: 6, maxPoll: 8, burst: 4 }), 20)
    assert.deepEqual(all.slice(0, 4), [2, 2, 2, 64])
    assert.deepEqual(all.slice(4, 8), [64, 64, 128, 128])
    assert.equal(all.at(-1), 256)
  })

  it('asks every 16 seconds after the burst until the frequency is known, twelve times at most', () => {
    const never = intervals(new PollSchedule({ burst: 1 }), 14, unsure)
    assert.deepEqual(never, [...Array.from({ length: 11 }, () => 16), 64, 64, 64])
    const schedule = new PollSchedule({ burst: 1 })
    assert.deepEqual(intervals(schedule, 3, unsure), [16, 16, 16])
    assert.equal(intervals(schedule, 1, () => 1.5)[0], 64)
  })

  it('asks again soon when an answer was lost, three times', () => {
    const schedule = new PollSchedule({ burst: 1 })
    intervals(schedule, 20)
    const seen = Array.from({ length: 5 }, () => {
      schedule.lost()
      return schedule.interval
    })
    assert.deepEqual(seen, [16, 16, 16, 1_024, 1_024])
    schedule.answered(sure)
    assert.equal(schedule.interval, 1_024)
  })

  it('asks more often again when the clock is not sure', () => {
    const schedule = new PollSchedule({ burst: 1 })
    assert.equal(intervals(schedule, 30).at(-1), 1_024)
    assert.deepEqual(intervals(schedule, 5, unsure), [512, 256, 128, 64, 64])
  })

  it('never asks more often than every two seconds', () => {
    const schedule = new PollSchedule({ minPoll: 1, maxPoll: 1, burst: 16 })
    for (const interval of intervals(schedule, 40, unsure)) assert.ok((interval ?? 0) >= 2)
    schedule.hurry()
    assert.equal(schedule.interval, 2)
  })

  it('does not go on bursting at a server that does not answer', () => {
    const schedule = new PollSchedule({ burst: 3 })
    const seen = Array.from({ length: 8 }, () => {
      schedule.lost()
      return schedule.interval
    })
    assert.deepEqual(seen, [2, 2, 2, 2, 2, 64, 64, 64])
  })

  it('asks in a burst once a server is back after a long silence, and not before', () => {
    const schedule = new PollSchedule({ burst: 2 })
    intervals(schedule, 3)
    for (let lost = 0; lost < 20; lost++) {
      schedule.lost()
      assert.notEqual(schedule.interval, 2)
    }
    schedule.answered(sure)
    assert.equal(schedule.interval, 2)
  })

  it('asks less after RATE, for good, and never again after DENY or RSTR', () => {
    const schedule = new PollSchedule({ burst: 6 })
    schedule.kissed('RATE')
    assert.equal(schedule.interval, 128)
    schedule.kissed('RATE')
    assert.deepEqual(intervals(schedule, 3, unsure), [256, 256, 256])
    schedule.kissed('INIT')
    assert.equal(schedule.interval, 256)
    for (const kiss of ['DENY', 'RSTR']) {
      const denied = new PollSchedule()
      denied.kissed(kiss)
      assert.deepEqual([denied.interval, denied.denied], [undefined, kiss])
    }
    const flooded = new PollSchedule()
    for (let count = 0; count < 40; count++) flooded.kissed('RATE')
    assert.equal(flooded.interval, 2 ** 17)
  })

  it('shows the last eight requests as bits', () => {
    const schedule = new PollSchedule()
    for (const isAnswered of [true, true, false, true]) {
      if (isAnswered) schedule.answered(sure)
      else schedule.lost()
    }
    assert.equal(schedule.reach, 0b1101)
    intervals(schedule, 9)
    assert.equal(schedule.reach, 0xff)
  })

  it('refuses intervals that are none', () => {
    for (const options of [{ minPoll: 0 }, { maxPoll: 18 }, { minPoll: 9, maxPoll: 8 }, { burst: 0 }]) {
      assert.throws(
        () => new PollSchedule(options),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
      )
    }
  })
})
