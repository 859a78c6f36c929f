/** Limits on messages of one source: datagrams are dropped and counted, streams wait. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines } from '#lanework/framing/index.js'
import { VirtualClock } from '#lanework/testing/index.js'
import { countersOf, serveOn } from '../../support/matrix.ts'
import { pretendedNetwork } from '../../support/pretended.ts'
import { rated } from '../../support/rated.ts'

/** Whose messages were handled, by address. */
function heard(): { message(message: Buffer, peer: { address: unknown }): undefined; from(host: string): number } {
  const counts = new Map<string, number>()
  return {
    message(_message, peer) {
      const { host } = peer.address as { host: string }
      counts.set(host, (counts.get(host) ?? 0) + 1)
    },
    from: (host) => counts.get(host) ?? 0,
  }
}

describe('limits.messagesPerSecond of datagrams', () => {
  it('drops what one source sends beyond it, counted, and nothing of another source', async () => {
    const { message, from } = heard()
    const limits = { messagesPerSecond: 10, messageBurst: 5 }
    const { server, clock, client, burst, counters } = await rated({ message }, { limits })
    const [flood, other] = [await client('203.0.113.1'), await client('203.0.113.2')]
    await burst(flood, 500)
    await burst(other, 5)
    assert.deepEqual([from('203.0.113.1'), from('203.0.113.2'), counters()['droppedRate']], [5, 5, 495])
    await clock.advance(1_000)
    await burst(flood, 50)
    assert.equal(from('203.0.113.1'), 10, 'after a second the bucket is full again, and holds no more')
    assert.deepEqual([counters()['messages'], counters()['droppedRate']], [15, 540])
    await server.close()
  })

  it('lets a burst of a whole second through unless messageBurst says otherwise', async () => {
    const { message, from } = heard()
    const { server, client, burst } = await rated({ message }, { limits: { messagesPerSecond: 20 } })
    await burst(await client('203.0.113.1'), 100)
    assert.equal(from('203.0.113.1'), 20)
    await server.close()
  })

  it('counts the addresses of an IPv6 network of 64 bits together', async () => {
    const { message } = heard()
    const { server, client, burst, counters } = await rated({ message }, { limits: { messagesPerSecond: 10 } })
    for (let host = 1; host <= 5; host++) await burst(await client(`2001:db8:0:1::${host}`), 10)
    assert.equal(counters()['messages'], 10)
    await burst(await client('2001:db8:0:2::1'), 10)
    assert.equal(counters()['messages'], 20)
    await server.close()
  })

  it('exempts loopback', async () => {
    const { message, from } = heard()
    const { server, client, burst } = await rated({ message }, { limits: { messagesPerSecond: 1 } })
    await burst(await client('127.0.0.2'), 50)
    assert.equal(from('127.0.0.2'), 50)
    await server.close()
  })
})

describe('limits.messagesPerWindow of datagrams', () => {
  it('never lets more through within any window, and then again', async () => {
    const { message, from } = heard()
    const limits = { messagesPerWindow: 30, windowMs: 10_000 }
    const { server, clock, client, burst, counters } = await rated({ message }, { limits })
    const [flood, other] = [await client('203.0.113.1'), await client('203.0.113.2')]
    await burst(flood, 100)
    await burst(other, 30)
    await clock.advance(8_000)
    await burst(flood, 100)
    assert.deepEqual([from('203.0.113.1'), from('203.0.113.2'), counters()['droppedRate']], [30, 30, 170])
    await clock.advance(4_000)
    await burst(flood, 100)
    assert.equal(from('203.0.113.1'), 60)
    await server.close()
  })

  it('holds together with the bucket: the narrower one counts', async () => {
    const { message, from } = heard()
    const limits = { messagesPerSecond: 100, messagesPerWindow: 7, windowMs: 1_000 }
    const { server, client, burst } = await rated({ message }, { limits })
    await burst(await client('203.0.113.1'), 50)
    assert.equal(from('203.0.113.1'), 7)
    await server.close()
  })
})

describe('limits on messages of streams', () => {
  const limits = { messagesPerSecond: 10, messageBurst: 4, frameBytes: 64 }

  it('let a peer wait until it may, in order and without a loss, and others pass', async () => {
    const { network, arrive } = pretendedNetwork()
    const clock = new VirtualClock()
    const got: string[] = []
    const definition = { framing: lines(), message: (line: Buffer) => void got.push(String(line)) }
    await using server = await serveOn('tcp://192.0.2.1:1', definition, { network, clock, limits })
    const [fast, other] = [arrive('203.0.113.1'), arrive('203.0.113.2')]
    fast.bring(Array.from({ length: 10 }, (_, index) => `f${index}\n`).join(''))
    other.bring('o0\no1\n')
    assert.deepEqual(got, ['f0', 'f1', 'f2', 'f3', 'o0', 'o1'])
    assert.equal(countersOf(server)['heldRate'], 1)
    await clock.advance(350)
    assert.deepEqual(got.slice(6), ['f4', 'f5', 'f6'])
    await clock.advance(1_000)
    assert.deepEqual(
      got.filter((line) => line.startsWith('f')),
      Array.from({ length: 10 }, (_, index) => `f${index}`),
    )
    assert.equal(countersOf(server)['messages'], 12)
  })

  it('pause reading when more than a frame waits, and do not take the pause for idleness or a slow frame', async () => {
    const { network, arrive } = pretendedNetwork()
    const clock = new VirtualClock()
    let handled = 0
    const definition = { framing: lines(), message: () => void handled++ }
    const slow = { ...limits, messagesPerSecond: 1, messageBurst: 1, idleMs: 2_000, frameMs: 500, handshakeMs: 500 }
    await using server = await serveOn('tcp://192.0.2.1:1', definition, { network, clock, limits: slow })
    const peer = arrive('203.0.113.1')
    let [paused, resumed] = [0, 0]
    peer.pause = () => void paused++
    peer.resume = () => void resumed++
    peer.bring('0123456789012345678901234567890\n'.repeat(4))
    assert.deepEqual([handled, paused, resumed], [1, 1, 0])
    await clock.advance(3_500)
    assert.deepEqual([handled, resumed], [4, 1])
    assert.equal(countersOf(server)['connectionsClosed'], 0)
  })

  it('hold a last line back too that only the end completes, and then the connection ends', async () => {
    const { network, arrive } = pretendedNetwork()
    const clock = new VirtualClock()
    const got: string[] = []
    const definition = { framing: lines(), message: (line: Buffer) => void got.push(String(line)) }
    const one = { messagesPerSecond: 1, messageBurst: 1 }
    await using server = await serveOn('tcp://192.0.2.1:1', definition, { network, clock, limits: one })
    const peer = arrive('203.0.113.1')
    let ended = 0
    peer.end = () => void ended++
    peer.bring('first\nlast')
    peer.finish()
    assert.deepEqual([got, ended], [['first'], 0])
    await clock.advance(1_500)
    assert.deepEqual([got, ended], [['first', 'last'], 1])
    assert.equal(countersOf(server)['messages'], 2)
  })

  it('forget a peer that leaves while it waits', async () => {
    const { network, arrive } = pretendedNetwork()
    const clock = new VirtualClock()
    let handled = 0
    const definition = { framing: lines(), message: () => void handled++ }
    await using server = await serveOn('tcp://192.0.2.1:1', definition, { network, clock, limits })
    const peer = arrive('203.0.113.1')
    peer.bring('x\n'.repeat(10))
    peer.leave()
    await clock.advance(5_000)
    assert.deepEqual([handled, countersOf(server)['connectionsClosed']], [4, 1])
    assert.equal(server.status().lanes[0]?.connections, 0)
  })
})
