/** Limits hold exactly, charge all or nothing, say how long to wait, and forget who is idle. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { chatSettings, type ChatLimits, type RateRule } from '#lanework/services/chat/options.js'
import { Limiter, type Speaking } from '#lanework/services/chat/rate/limiter.js'

type Limits = Required<ChatLimits>
const none: Limits = { peer: 'none', address: 'none', room: 'none', enter: 'none', action: 'drop', muteSeconds: 30 }
const limiter = (limits: Partial<ChatLimits>): Limiter => new Limiter({ ...none, ...limits } as Limits)
const from = (member: string, address = '192.0.2.1', room?: string): Speaking =>
  room === undefined ? { member, address } : { member, address, room }
const passes = (limits: Limiter, speaking: Speaking, nowMs: number): boolean =>
  limits.take(speaking, nowMs) === undefined

const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 700 }), who: fc.integer({ min: 0, max: 4 }) }), {
  maxLength: 200,
})

describe('rates of a chat', () => {
  it('have the same bounds as options and in force', () => {
    const most: RateRule[] = [
      { messages: 10_000, seconds: 86_400 },
      { perSecond: 100_000, burst: 100_000 },
    ]
    for (const peer of most) assert.ok(passes(new Limiter(chatSettings({ limits: { peer } }).limits), from('m'), 0))
    const beyond: RateRule[] = [
      { messages: 10_001, seconds: 1 },
      { messages: 1, seconds: 0.05 },
      { perSecond: 100_001, burst: 1 },
      { perSecond: 1, burst: 100_001 },
    ]
    for (const peer of beyond) {
      assert.throws(() => chatSettings({ limits: { peer } }), { code: 'OPTION_INVALID' })
      assert.throws(() => limiter({ peer }), { code: 'OPTION_INVALID' })
    }
  })

  it('let exactly so many messages pass within any window: as the list of all times decides', () => {
    const rules = fc.record({ messages: fc.integer({ min: 1, max: 6 }), seconds: fc.constantFrom(0.1, 1, 2.5) })
    fc.assert(
      fc.property(rules, steps, (rule, moves) => {
        const limits = limiter({ peer: rule })
        const passed = new Map<number, number[]>()
        let now = 1_000
        for (const { afterMs, who } of moves) {
          now += afterMs
          const times = passed.get(who) ?? []
          const within = times.filter((time) => time > now - rule.seconds * 1_000).length
          const fault = limits.take(from(`m${who}`), now)
          assert.equal(fault === undefined, within < rule.messages, `at ${now}`)
          if (fault === undefined) passed.set(who, [...times, now])
          else {
            const oldest = times[times.length - rule.messages] as number
            assert.equal(fault.waitMs, Math.ceil(oldest + rule.seconds * 1_000 - now))
          }
        }
      }),
    )
  })

  it('give out at most burst + rate × time from a bucket, and no less to who waits as long as it is told', () => {
    const rules = fc.record({ perSecond: fc.constantFrom(0.5, 3, 7, 1_000), burst: fc.integer({ min: 1, max: 8 }) })
    fc.assert(
      fc.property(rules, steps, (rule, moves) => {
        const limits = limiter({ peer: rule })
        const times: number[] = []
        let now = 1_000
        for (const { afterMs } of moves) {
          now += afterMs
          const fault = limits.take(from('m'), now)
          if (fault !== undefined) {
            now += fault.waitMs as number
            assert.ok(passes(limits, from('m'), now), `not after ${fault.waitMs} ms`)
          }
          times.push(now)
          for (const [index, start] of times.entries()) {
            const most = rule.burst + ((now - start) / 1_000) * rule.perSecond
            assert.ok(times.length - index <= most + 1e-6, `${times.length - index} of ${most}`)
          }
        }
      }),
    )
  })

  it('take a place in all scopes or in none', () => {
    const limits = limiter({
      peer: { messages: 2, seconds: 10 },
      address: { messages: 3, seconds: 10 },
      room: { messages: 4, seconds: 10 },
    })
    assert.ok(passes(limits, from('a', '192.0.2.1', '#x'), 0))
    assert.ok(passes(limits, from('a', '192.0.2.1', '#x'), 1))
    for (let turn = 0; turn < 5; turn++) {
      assert.equal(limits.take(from('a', '192.0.2.1', '#x'), 2)?.scope, 'peer')
    }
    // What was refused to `a` was charged to nobody: its address has one place left, the room two.
    assert.ok(passes(limits, from('b', '192.0.2.1', '#x'), 3))
    assert.equal(limits.take(from('b', '192.0.2.1', '#x'), 4)?.scope, 'address')
    assert.ok(passes(limits, from('c', '192.0.2.2', '#x'), 5))
    assert.equal(limits.take(from('d', '192.0.2.3', '#x'), 6)?.scope, 'room')
    assert.ok(passes(limits, from('d', '192.0.2.3', '#y'), 6))
    assert.ok(passes(limits, from('d', '192.0.2.3'), 6))
  })

  it('name the scope that has to wait longest, and until all are free', () => {
    const limits = limiter({ peer: { messages: 1, seconds: 1 }, room: { messages: 1, seconds: 5 } })
    assert.ok(passes(limits, from('a', '192.0.2.1', '#x'), 0))
    const fault = limits.take(from('a', '192.0.2.1', '#x'), 500)
    assert.deepEqual([fault?.scope, fault?.waitMs], ['room', 4_500])
    assert.match(fault?.message ?? '', /wait 5 s$/)
    assert.ok(passes(limits, from('a', '192.0.2.1', '#x'), 5_000))
  })

  it('count an IPv6 network of 64 bits as one address, and the machine itself not at all', () => {
    const limits = limiter({ address: { messages: 1, seconds: 10 } })
    assert.ok(passes(limits, from('a', '2001:db8::1'), 0))
    assert.ok(!passes(limits, from('b', '2001:db8::ffff:2'), 0))
    assert.ok(passes(limits, from('c', '2001:db8:0:1::1'), 0))
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '/run/chat.sock', '']) {
      for (let turn = 0; turn < 3; turn++) assert.ok(passes(limits, from('d', address), 0), address)
    }
    assert.ok(passes(limits, from('e', '::2'), 0), 'a neighbour of ::1 counts')
    assert.ok(!passes(limits, from('e', '::2'), 0))
  })

  it('mute who is too fast by itself for a while, and tell how long; then everything is as before', () => {
    const limits = limiter({ peer: { messages: 1, seconds: 1 }, action: 'mute', muteSeconds: 10 })
    assert.ok(passes(limits, from('a'), 0))
    const fault = limits.take(from('a'), 100)
    assert.deepEqual([fault?.code, fault?.action, fault?.waitMs], ['limited', 'mute', 10_000])
    const later = limits.take(from('a'), 5_100)
    assert.deepEqual([later?.code, later?.waitMs], ['muted', 5_000])
    assert.ok(passes(limits, from('b'), 5_100))
    assert.ok(passes(limits, from('a'), 10_100))
    assert.equal(limits.take(from('a'), 10_101)?.action, 'mute')
    limits.forget('a')
    assert.ok(passes(limits, from('a'), 10_102))
  })

  it('neither mute nor disconnect who only meets a full room or network', () => {
    for (const action of ['mute', 'disconnect'] as const) {
      const limits = limiter({ peer: { messages: 5, seconds: 1 }, room: { messages: 1, seconds: 1 }, action })
      assert.ok(passes(limits, from('flood', '192.0.2.1', '#x'), 0))
      assert.equal(limits.take(from('quiet', '192.0.2.2', '#x'), 0)?.action, 'drop')
      assert.ok(passes(limits, from('quiet', '192.0.2.2', '#y'), 0))
    }
    const own = limiter({ peer: { messages: 1, seconds: 1 }, action: 'disconnect' })
    assert.ok(passes(own, from('a'), 0))
    assert.equal(own.take(from('a'), 0)?.action, 'disconnect')
  })

  it('delay so that who asks again when told passes', () => {
    const limits = limiter({ peer: { messages: 3, seconds: 2 }, action: 'delay' })
    let now = 0
    for (let turn = 0; turn < 30; turn++) {
      const fault = limits.take(from('a'), now)
      if (fault === undefined) continue
      assert.equal(fault.action, 'delay')
      now += fault.waitMs as number
      assert.ok(passes(limits, from('a'), now))
    }
    assert.ok(now >= 9 * 2_000)
  })

  it('take a clock that jumps back for one that stood still', () => {
    for (const rule of [
      { messages: 2, seconds: 1 },
      { perSecond: 2, burst: 2 },
    ] satisfies RateRule[]) {
      const limits = limiter({ peer: rule })
      assert.ok(passes(limits, from('a'), 1_000_000))
      assert.ok(passes(limits, from('a'), 1_000_000))
      assert.ok(!passes(limits, from('a'), 0))
      assert.ok(!passes(limits, from('a'), 499))
      assert.ok(passes(limits, from('a'), 1_000))
    }
  })

  it('forget who is idle, and never remember more than they may', () => {
    const limits = new Limiter(
      { ...none, peer: { messages: 5, seconds: 1 }, room: { perSecond: 1, burst: 2 } },
      { keys: 50 },
    )
    for (let index = 0; index < 500; index++) limits.take(from(`m${index}`, '192.0.2.1', `#${index}`), index)
    assert.equal(limits.sizes.peer, 50)
    assert.equal(limits.sizes.room, 50)
    for (let index = 0; index < 60; index++) limits.take(from('late', '192.0.2.1', '#late'), 100_000 + index * 1_000)
    assert.deepEqual(limits.sizes, { peer: 1, address: 0, room: 1, muted: 0 })
  })

  it('forget those muted whose time is over', () => {
    const limits = limiter({ peer: { messages: 1, seconds: 1_000 }, action: 'mute', muteSeconds: 1 })
    for (let index = 0; index < 20; index++) {
      limits.take(from(`m${index}`), index * 10_000)
      limits.take(from(`m${index}`), index * 10_000)
      assert.equal(limits.sizes.muted, 1)
    }
  })

  it('refuse rules that are none', () => {
    const bad: Partial<ChatLimits>[] = [
      { peer: { messages: 0, seconds: 1 } },
      { room: { messages: 1, seconds: 0 } },
      { address: { perSecond: 0, burst: 1 } },
      { peer: { perSecond: 1, burst: 0.5 } },
      { peer: { messages: 1, seconds: 1, burst: 2 } as RateRule },
      { action: 'shout' as 'drop' },
      { muteSeconds: 0 },
    ]
    for (const limits of bad) assert.throws(() => limiter(limits), { code: 'OPTION_INVALID' }, JSON.stringify(limits))
  })
})
