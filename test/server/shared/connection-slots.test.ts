import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  ConnectionSlots,
  type ConnectionSlotsOptions,
  type LaneSlots,
} from '#lanework/server/shared/connection-slots.js'

function newSlots(options: Partial<ConnectionSlotsOptions> = {}): { memory: ArrayBuffer; slots: ConnectionSlots } {
  const all = { lanes: 2, connections: 100, connectionsPerAddress: 3, ...options }
  const memory = new ArrayBuffer(ConnectionSlots.bytesFor(all))
  return { memory, slots: ConnectionSlots.create(memory, all) }
}

/** Slots that a lane gets for so many tries. */
function admitted(lane: LaneSlots, host: string | undefined, tries: number): number[] {
  return Array.from({ length: tries }, () => lane.admit(host)).filter((slot) => typeof slot === 'number')
}

describe('connection slots', () => {
  it('limit a source over all lanes, and nobody else', () => {
    const { slots } = newSlots()
    const [one, other] = [slots.lane(0), slots.lane(1)]
    const first = one.admit('192.0.2.1')
    assert.equal(admitted(other, '192.0.2.1', 2).length, 2)
    assert.equal(one.admit('192.0.2.1'), 'connectionsPerAddress')
    assert.equal(other.admit('192.0.2.1'), 'connectionsPerAddress')
    assert.equal(typeof other.admit('192.0.2.2'), 'number')
    assert.equal(slots.heldBy('192.0.2.1'), 3)
    one.release(first as number)
    assert.equal(typeof other.admit('192.0.2.1'), 'number')
    assert.deepEqual(slots.held(), [0, 4])
  })

  it('limit all together, with or without a source', () => {
    const { slots } = newSlots({ connections: 5 })
    const [one, other] = [slots.lane(0), slots.lane(1)]
    const held = admitted(one, undefined, 4)
    assert.equal(typeof other.admit('192.0.2.9'), 'number')
    assert.equal(other.admit('192.0.2.8'), 'connections')
    assert.equal(one.admit(), 'connections')
    one.release(held[0] as number)
    assert.equal(typeof other.admit('192.0.2.8'), 'number')
  })

  it('take an IPv4-mapped address for the IPv4 address, and an IPv6 network for one source', () => {
    const { slots } = newSlots({ connectionsPerAddress: 1 })
    const lane = slots.lane(0)
    assert.equal(typeof lane.admit('192.0.2.1'), 'number')
    assert.equal(lane.admit('::ffff:192.0.2.1'), 'connectionsPerAddress')
    assert.equal(lane.admit('::ffff:c000:201'), 'connectionsPerAddress')
    assert.equal(typeof lane.admit('2001:db8::1'), 'number')
    assert.equal(lane.admit('2001:db8::ffff:1'), 'connectionsPerAddress')
    assert.equal(typeof lane.admit('2001:db8:0:1::1'), 'number')
    const wide = newSlots({ connectionsPerAddress: 1, ipv4Bits: 24, ipv6Bits: 48 }).slots.lane(0)
    assert.equal(typeof wide.admit('192.0.2.1'), 'number')
    assert.equal(wide.admit('192.0.2.200'), 'connectionsPerAddress')
    assert.equal(typeof wide.admit('192.0.3.1'), 'number')
    assert.equal(typeof wide.admit('2001:db8:0:1::1'), 'number')
    assert.equal(wide.admit('2001:db8:0:2::1'), 'connectionsPerAddress')
  })

  it('behave like a model, whatever is opened, closed, killed and started in whichever lane', () => {
    const step = fc.record({
      how: fc.constantFrom('open', 'open', 'open', 'close', 'kill' as const),
      lane: fc.integer({ min: 0, max: 2 }),
      source: fc.integer({ min: 0, max: 5 }),
    })
    const property = fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const { memory, slots } = newSlots({ lanes: 3, connections: 8, connectionsPerAddress: 3 })
      const lanes = [0, 1, 2].map((lane) => ConnectionSlots.attach(memory).lane(lane))
      let open: { lane: number; source: number; slot: number }[] = []
      for (const { how, lane, source } of steps) {
        if (how === 'open') {
          const slot = lanes[lane]?.admit(`192.0.2.${source}`)
          const isFull = open.length >= 8
          const hasTooMany = open.filter((each) => each.source === source).length >= 3
          assert.equal(
            typeof slot === 'number' ? 'slot' : slot,
            isFull ? 'connections' : hasTooMany ? 'connectionsPerAddress' : 'slot',
          )
          if (typeof slot === 'number') open.push({ lane, source, slot })
        } else if (how === 'close') {
          const index = open.findIndex((each) => each.lane === lane)
          if (index >= 0) lanes[lane]?.release(open.splice(index, 1)[0]?.slot as number)
        } else {
          const held = open.filter((each) => each.lane === lane).length
          assert.equal(slots.reclaim(lane), held)
          open = open.filter((each) => each.lane !== lane)
          lanes[lane] = slots.lane(lane)
        }
        assert.deepEqual(
          slots.held(),
          [0, 1, 2].map((each) => open.filter((one) => one.lane === each).length),
        )
        assert.equal(slots.heldBy(`192.0.2.${source}`), open.filter((each) => each.source === source).length)
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('have room for as many sources as connections, whichever they are', () => {
    const { slots } = newSlots({ lanes: 1, connections: 10_000 })
    const lane = slots.lane(0)
    for (let round = 0; round < 3; round++) {
      const held: number[] = []
      for (let source = 0; source < 10_000; source++) {
        const slot = lane.admit(`10.${round}.${source >> 8}.${source & 255}`)
        assert.equal(typeof slot, 'number')
        held.push(slot as number)
      }
      assert.equal(lane.admit('192.0.2.1'), 'connections')
      for (const slot of held) lane.release(slot)
    }
    assert.deepEqual(slots.held(), [0])
  })

  it('are released once', () => {
    const { slots } = newSlots()
    const lane = slots.lane(0)
    const slot = lane.admit('192.0.2.1') as number
    lane.release(slot)
    assert.throws(() => lane.release(slot), { code: 'OPTION_INVALID' })
  })

  it('refuse options that make no sense, and memory that holds something else', () => {
    for (const wrong of [{ lanes: 0 }, { connections: 0 }, { connectionsPerAddress: 0 }, { ipv4Bits: 40 }, { x: 1 }]) {
      assert.throws(() => newSlots(wrong as never), { code: 'OPTION_INVALID' })
    }
    assert.throws(() => ConnectionSlots.attach(new ArrayBuffer(1_024)), { code: 'MEMORY_LAYOUT' })
    const { memory } = newSlots()
    new Int32Array(memory)[1] = 9
    assert.throws(() => ConnectionSlots.attach(memory), { code: 'MEMORY_LAYOUT' })
  })
})
