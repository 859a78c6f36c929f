/** One moment of a run: what is where, and why. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { drawStep, momentsOf, rr, simulate, type Simulation } from '#lanework/schedule/index.js'
import { hostileNames, widest } from './plain.js'
import { recorded, threeJobs } from './recorded.js'

function shared(): Simulation {
  const jobs = [
    { name: 'A', bursts: [{ cpu: 3 }, { io: 6, device: 'disk' }, { cpu: 1 }] },
    { name: 'B', bursts: [{ cpu: 1 }, { io: 4, device: 'disk' }, { cpu: 1 }] },
    { name: 'C', arrival: 2, bursts: [{ cpu: 5 }] },
  ]
  return simulate(jobs, { policy: rr({ quantum: 2 }), devices: { disk: {} } })
}

describe('a moment', () => {
  test('is what holds after everything that happened at that time', () => {
    const moments = momentsOf(shared())
    const now = moments.at(2)
    assert.equal(now.cpus[0]?.thread, 'B')
    assert.deepEqual(now.ready.toSorted(), ['A', 'C'])
    assert.deepEqual(now.now.map(({ thread, to }) => `${thread} ${to}`).toSorted(), [
      'A ready',
      'B running',
      'C new',
      'C ready',
    ])
  })
  test('says who is served by a device and who waits for it', () => {
    const moments = momentsOf(shared())
    const queued = moments.times
      .map((time) => moments.at(time))
      .find(({ devices }) => (devices[0]?.waiting.length ?? 0) > 0)
    assert.deepEqual(
      queued?.devices[0]?.serving.map(({ thread }) => thread),
      ['B'],
    )
    assert.deepEqual(queued?.devices[0]?.waiting, ['A'])
  })
  test('has every thread in one state, and each CPU runs a running thread', () => {
    const moments = momentsOf(shared())
    for (const time of moments.times) {
      const { threads, cpus } = moments.at(time)
      const states = new Map(threads.map(({ thread, state }) => [thread, state]))
      assert.equal(states.size, threads.length)
      for (const span of cpus) if (span?.kind === 'run') assert.equal(states.get(span.thread), 'running', `at ${time}`)
    }
  })
  test('before the first is empty, and after the last all are done', () => {
    const moments = momentsOf(shared())
    assert.deepEqual(moments.at(-1).threads, [])
    assert.ok(moments.at(1e9).threads.every(({ state }) => state === 'done'))
    assert.equal(moments.indexAt(1e9), moments.times.length - 1)
  })
})

describe('the step', () => {
  test('shows CPU, reason, queue, devices, memory and control blocks', () => {
    const text = drawStep(shared(), { at: 2 })
    assert.match(text, /^time 2, moment \d+ of \d+$/m)
    assert.match(text, /^ +A: running → ready \(expired\)$/m)
    assert.match(text, /^CPU +B runs since 2, until 3$/m)
    assert.match(text, /^ +B is next in the ring/m)
    assert.match(text, /^ready +(A {2}C|C {2}A)$/m)
    assert.match(text, /^control block +saved at +burst +left/m)
    assert.match(text, /^A +2 +0 +1 +2$/m)
    assert.match(drawStep(threeJobs(), { at: 4 }), /^memory +A 0\+64 {2}B 64\+32 {2}C 96\+32$/m)
    assert.match(drawStep(threeJobs(), { at: 10 }), /^CPU +idle$/m)
  })
  test('keeps to its width and shows no name raw', () => {
    const cpu = hostileNames.map((name, at): [string, number, number] => [name, at, at + 1])
    for (const color of [false, true]) {
      const text = drawStep(recorded({ cpu }), { at: 3, width: 60, color })
      assert.ok(widest(text) <= 60, text)
    }
    assert.throws(() => drawStep(threeJobs(), { at: NaN }), { code: 'OPTION_INVALID' })
  })
})
