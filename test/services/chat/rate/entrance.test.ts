/** Who comes and goes in a loop is stopped at the door, and told for how long; others of the machine and of other networks are not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entrance, type Entrance } from '#lanework/services/chat/rate/entrance.js'

/** How many of so many come in. */
function coming(door: Entrance, addresses: readonly string[], nowMs: number): number {
  return addresses.filter((address) => {
    if (door.check(address, nowMs) !== undefined) return false
    door.count(address, nowMs)
    return true
  }).length
}

const often = (address: string, times = 100): string[] => Array.from({ length: times }, () => address)
const rule = { messages: 3, seconds: 10 }

describe('an entrance', () => {
  it('lets so many of one address in, and tells the next how long to wait', () => {
    const door = entrance(rule)
    assert.equal(coming(door, often('192.0.2.1'), 0), 3)
    const fault = door.check('192.0.2.1', 2_500)
    assert.deepEqual([fault?.code, fault?.waitMs, fault?.action], ['limited', 7_500, undefined])
    assert.match(fault?.message ?? '', /; wait 8 s$/)
    assert.equal(door.check('192.0.2.2', 2_500), undefined, 'another address')
    assert.equal(coming(door, often('192.0.2.1'), 10_000), 3)
  })

  it('counts a network of 64 bits of IPv6 as one', () => {
    const door = entrance(rule)
    const many = Array.from({ length: 50 }, (_, at) => `2001:db8::${at + 1}`)
    assert.equal(coming(door, many, 0), 3)
    assert.equal(coming(door, ['2001:db8:0:1::1'], 0), 1)
  })

  it('lets five times as many of the network around it in', () => {
    const door = entrance(rule)
    const ipv4 = Array.from({ length: 200 }, (_, at) => `192.0.2.${at + 1}`)
    assert.equal(coming(door, ipv4, 0), 15)
    assert.equal(coming(door, ['192.0.3.1'], 0), 1)
    const ipv6 = Array.from({ length: 200 }, (_, at) => `2001:db8:0:${at.toString(16)}::1`)
    assert.equal(coming(door, ipv6, 0), 15)
  })

  it('is open to this machine itself, to Unix sockets, and where there is no rule', () => {
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1', ''])
      assert.equal(coming(entrance(rule), often(address), 0), 100, address)
    assert.equal(coming(entrance('none'), often('192.0.2.1'), 0), 100)
  })

  it('may be a bucket', () => {
    const door = entrance({ perSecond: 1, burst: 2 })
    assert.equal(coming(door, often('192.0.2.1'), 0), 2)
    assert.equal(door.check('192.0.2.1', 0)?.waitMs, 1_000)
    assert.throws(() => entrance({ messages: 0, seconds: 1 }), { code: 'OPTION_INVALID' })
    assert.doesNotThrow(() => entrance({ messages: 10_000, seconds: 1 }), 'the wider network has the same bound')
  })
})
