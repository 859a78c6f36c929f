/** A clock's way to the lanes: bytes there and back, and a time that does not go back when snapshots are late. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import {
  decodeSnapshot,
  encodeSnapshot,
  sharedSource,
  simulateClock,
  type ClockParameters,
} from '#lanework/services/time/index.js'

const clock: ClockParameters = {
  anchorNs: 5_000_000_000n,
  timeNs: 1_790_000_000_000_000_000n,
  frequency: 20e-6,
  slewNs: 0,
  slewRate: 0,
  leap: 0,
  leapAtNs: 0n,
  stratum: 3,
  refId: 0xc0000201,
  refTimeNs: 1_790_000_000_000_000_000n,
  rootDelay: 0.01,
  rootDispersion: 0.001,
  dispersionRate: 15e-6,
  precision: -20,
  steps: 1,
}

/** The way from the owner to a lane. */
function newWay(): {
  publish(clock: ClockParameters): void
  send(bytes: Uint8Array): void
  onSnapshot(hear: (bytes: Uint8Array) => void): () => void
  listeners: () => number
} {
  const listeners = new Set<(bytes: Uint8Array) => void>()
  const send = (bytes: Uint8Array): void => listeners.forEach((hear) => hear(bytes))
  return {
    send,
    publish: (each) => send(encodeSnapshot(each)),
    onSnapshot: (hear) => {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
    listeners: () => listeners.size,
  }
}

function newTicks(ns: bigint): { at: bigint; ns(): bigint; wallNs(): bigint; upNs(): undefined } {
  return {
    at: ns,
    ns() {
      return this.at
    },
    wallNs: () => 42n,
    upNs: () => undefined,
  }
}

describe('a snapshot', () => {
  it('carries every parameter there and back', () => {
    const finite = { noNaN: true, noDefaultInfinity: true } as const
    const bigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    const parameters = fc.record({
      anchorNs: bigint,
      timeNs: bigint,
      refTimeNs: bigint,
      leapAtNs: bigint,
      frequency: fc.double(finite),
      slewNs: fc.double(finite),
      slewRate: fc.double(finite),
      leap: fc.constantFrom(0, 1, 2, 3),
      stratum: fc.integer({ min: 1, max: 16 }),
      refId: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      rootDelay: fc.double(finite),
      rootDispersion: fc.double(finite),
      dispersionRate: fc.double(finite),
      precision: fc.integer({ min: -64, max: 0 }),
      steps: fc.integer({ min: 0, max: 2 ** 32 }),
    })
    const property = fc.property(parameters, (each) => {
      assert.deepEqual(decodeSnapshot(encodeSnapshot(each as ClockParameters)), { ...each })
    })
    fc.assert(property)
  })

  it('is none with another length or format', () => {
    const bytes = encodeSnapshot(clock)
    for (let length = 0; length < bytes.length; length++)
      assert.equal(decodeSnapshot(bytes.subarray(0, length)), undefined)
    assert.equal(decodeSnapshot(Buffer.concat([bytes, Buffer.alloc(1)])), undefined)
    bytes[0] = 2
    assert.equal(decodeSnapshot(bytes), undefined)
    // A view into the middle of other memory is read where it stands.
    const padded = Buffer.concat([Buffer.alloc(3), encodeSnapshot(clock)])
    assert.deepEqual(decodeSnapshot(padded.subarray(3)), clock)
  })
})

describe('the time of a lane', () => {
  it('is the wall clock, unsynchronised, before the first snapshot, and that of the clock after it', () => {
    const way = newWay()
    const ticks = newTicks(6_000_000_000n)
    const source = sharedSource(way, ticks)
    assert.equal(source.nowNs(), 42n)
    assert.deepEqual([source.state().leap, source.state().stratum, source.parameters], [3, 16, undefined])
    assert.deepEqual(source.now(), { ns: 42n, earliest: 0n, latest: 2n ** 63n - 1n })
    way.publish(clock)
    assert.equal(source.nowNs(), clock.timeNs + 1_000_020_000n)
    const { ns, earliest, latest } = source.now()
    assert.equal(ns, clock.timeNs + 1_000_020_000n)
    // Half of 10 ms, 1 ms, and 15 ppm of a second.
    // Two nanoseconds are for rounding.
    assert.deepEqual([ns - earliest, latest - ns], [6_015_002n, 6_015_002n])
    assert.deepEqual([source.state().leap, source.state().stratum], [0, 3])
    assert.deepEqual(source.parameters, clock)
    way.send(Buffer.from('something else'))
    assert.deepEqual(source.parameters, clock)
    source.close()
    assert.equal(way.listeners(), 0)
  })

  it('is the same that the owner reads, at every moment between corrections', () => {
    const way = newWay()
    const { clock: owner, machine } = simulateClock({ seed: 11, seconds: 300 })
    const lane = sharedSource(way, machine)
    way.publish(owner.parameters)
    for (let second = 0; second < 100; second++) {
      machine.advance(1e9)
      assert.equal(lane.nowNs(), owner.nowNs())
      assert.deepEqual(lane.now(), owner.now())
      assert.deepEqual(lane.state(), owner.state())
    }
  })

  it('takes a leap second in its stride, without a new snapshot', () => {
    const way = newWay()
    const ticks = newTicks(clock.anchorNs)
    const source = sharedSource(way, ticks)
    const steady = { ...clock, frequency: 0, leapAtNs: clock.timeNs + 2_000_000_000n }
    for (const [leap, after] of [
      [1, 1_000_000_000n],
      [2, 3_000_000_000n],
    ] as const) {
      ticks.at = clock.anchorNs
      way.publish({ ...steady, leap, steps: clock.steps + 10 * leap })
      ticks.at += 1_999_999_999n
      assert.deepEqual([source.nowNs() - clock.timeNs, source.state().leap], [1_999_999_999n, leap])
      ticks.at += 1n
      assert.deepEqual([source.nowNs() - clock.timeNs, source.state().leap], [after, 0])
      ticks.at += 5n
      assert.equal(source.now().ns - clock.timeNs, after + 5n)
    }
  })

  it('holds for a moment instead of going back, but for a step', () => {
    const way = newWay()
    const ticks = newTicks(5_000_000_000n)
    const source = sharedSource(way, ticks)
    way.publish(clock)
    ticks.at += 10_000_000_000n
    const before = source.nowNs()
    // It came late: by now the old one has gone 4 us too far.
    way.publish({ ...clock, anchorNs: ticks.at, timeNs: before - 4_000n })
    assert.equal(source.nowNs(), before)
    assert.ok(source.now().ns >= before && source.now().latest >= source.now().ns)
    ticks.at += 3_000n
    assert.equal(source.nowNs(), before)
    ticks.at += 2_000n
    assert.ok(source.nowNs() > before)
    way.publish({ ...clock, anchorNs: ticks.at, timeNs: before - 5_000_000_000n, steps: 2 })
    assert.equal(source.nowNs(), before - 5_000_000_000n)
  })
})
