/** Senders that take their time: before the first frame, and within one, byte by byte. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines } from '#lanework/framing/index.js'
import type { Limits, PeerEnd, Server } from '#lanework/server/index.js'
import { VirtualClock } from '#lanework/testing/index.js'
import { countersOf, serveOn } from '../../support/matrix.ts'
import { pretendedNetwork, type Pretended } from '../../support/pretended.ts'

interface Slow {
  readonly server: Server
  readonly clock: VirtualClock
  readonly ends: PeerEnd['kind'][]
  arrive(host: string): Pretended
}

async function slow(limits: Partial<Limits>, message: () => unknown = () => undefined): Promise<Slow> {
  const { network, arrive } = pretendedNetwork()
  const clock = new VirtualClock()
  const ends: PeerEnd['kind'][] = []
  const definition = {
    framing: lines(),
    message: message as () => undefined,
    close: (_peer: unknown, { kind }: PeerEnd) => void ends.push(kind),
  }
  const server = await serveOn('tcp://192.0.2.1:1', definition, { network, clock, limits })
  return { server, clock, ends, arrive }
}

describe('limits.handshakeMs', () => {
  it('closes a connection that says nothing, and one that sends its first frame byte by byte', async () => {
    const { server, clock, ends, arrive } = await slow({ handshakeMs: 1_000, idleMs: 0, frameMs: 0 })
    const [, trickling, good] = [arrive('203.0.113.1'), arrive('203.0.113.2'), arrive('203.0.113.3')]
    good.bring('hello\n')
    for (let tenth = 0; tenth < 15; tenth++) {
      trickling.bring('x')
      await clock.advance(100)
    }
    assert.deepEqual(ends, ['handshake-timeout', 'handshake-timeout'])
    assert.equal(countersOf(server)['closedHandshake'], 2)
    await clock.advance(60_000)
    assert.equal(server.status().lanes[0]?.connections, 1, 'who has sent a frame may be silent')
    await server.close()
  })

  it('is no limit unless it is given', async () => {
    const { server, clock, ends, arrive } = await slow({ idleMs: 0 })
    arrive('203.0.113.1')
    await clock.advance(600_000)
    assert.deepEqual([ends, countersOf(server)['closedHandshake']], [[], 0])
    await server.close()
  })
})

describe('limits.frameBytesPerSecond', () => {
  const limits = { frameBytesPerSecond: 100, frameMs: 0, idleMs: 0 }

  it('cuts off a frame that comes byte by byte, and counts it', async () => {
    const { server, clock, ends, arrive } = await slow(limits)
    const trickling = arrive('203.0.113.1')
    trickling.bring('whole\n')
    for (let tenth = 0; tenth < 70; tenth++) {
      trickling.bring('x')
      await clock.advance(100)
    }
    assert.deepEqual([ends, countersOf(server)['closedSlow']], [['frame-too-slow'], 1])
    await server.close()
  })

  it('leaves who is fast enough, however long the frame, and who is silent between frames', async () => {
    const { server, clock, ends, arrive } = await slow(limits)
    const [steady, silent] = [arrive('203.0.113.1'), arrive('203.0.113.2')]
    silent.bring('once\n')
    for (let tenth = 0; tenth < 300; tenth++) {
      steady.bring('x'.repeat(11))
      await clock.advance(100)
    }
    steady.bring('\n')
    assert.deepEqual([ends, countersOf(server)['messages'], countersOf(server)['closedSlow']], [[], 2, 0])
    await server.close()
  })

  it('notices who was fast at first and then stops', async () => {
    const { server, clock, ends, arrive } = await slow(limits)
    arrive('203.0.113.1').bring('x'.repeat(10_000))
    await clock.advance(5_900)
    assert.deepEqual(ends, [])
    await clock.advance(6_000)
    assert.deepEqual([ends, countersOf(server)['closedSlow']], [['frame-too-slow'], 1])
    await server.close()
  })

  it('does not blame a peer that a running handler holds up', async () => {
    let answer: () => void = () => {}
    const { server, clock, ends, arrive } = await slow(limits, () => new Promise<void>((resolve) => (answer = resolve)))
    const peer = arrive('203.0.113.1')
    peer.bring('question\npart of the next')
    await clock.advance(20_000)
    assert.deepEqual(ends, [])
    answer()
    await clock.advance(4_000)
    peer.bring('\n')
    assert.deepEqual(ends, [])
    answer()
    await server.close()
  })
})
