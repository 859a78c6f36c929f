/** Sessions of datagram peers that begin when the service asks for them, and with peers of a lane that has ended. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { parseAddress, type Address } from '#lanework/io/index.js'
import { serve, service, type LaneInfo, type Peer, type ServiceDefinition } from '#lanework/server/index.js'
import { until } from '../support/until.ts'
import { addressOf, clientOf, countersOf } from '../support/matrix.ts'

const sessions = { idleMs: 60_000, limit: 2, begin: 'asked' } as const

/** Joins with `join`, else tells whether it has. */
const room = (definition: Partial<ServiceDefinition> = {}) =>
  service({
    name: 'room',
    sessions,
    limits: { replyFactor: 1 },
    message: (message, peer: Peer) => {
      if (String(message) === 'join') return peer.open?.() === true ? 'in' : 'full'
      if (String(message) === 'leave') peer.close()
      return String(message) === 'much' ? 'x'.repeat(1_000) : undefined
    },
    ...definition,
  })

describe('sessions that are asked for', () => {
  it('begin with open(), not before, and end with close(); only then replyFactor bounds', async () => {
    const events: string[] = []
    const definition = {
      open: (): void => void events.push('open'),
      close: (_: unknown, { kind }: { kind: string }): void => void events.push(kind),
    }
    await using server = await serve(room(definition), { listen: 'udp://127.0.0.1:0' })
    const client = await clientOf(addressOf(server))
    await client.send('much')
    await until('the long reply is refused', () => countersOf(server)['droppedAmplified'] === 1)
    assert.deepEqual([events, server.status().listeners[0]?.connections], [[], 0], 'no session, and none is counted')
    await client.send('join')
    assert.equal(String(await client.receive()), 'in')
    await client.send('much')
    assert.equal((await client.receive()).length, 1_000)
    assert.deepEqual([events, server.status().listeners[0]?.connections], [['open'], 1])
    await client.send('leave')
    await until('it has ended', () => events.length === 2)
    await client.send('much')
    await until('it is bounded again', () => countersOf(server)['droppedAmplified'] === 2)
    assert.deepEqual([events, server.status().listeners[0]?.connections], [['open', 'closed'], 0])
    await client.close()
  })

  it('are not more than the limit; others are told, and served without', async () => {
    await using server = await serve(room({ limits: { replyFactor: 10 } }), { listen: 'udp://127.0.0.1:0' })
    const clients = await Promise.all([1, 2, 3].map(() => clientOf(addressOf(server))))
    const answers: string[] = []
    for (const client of clients) {
      await client.send('join')
      answers.push(String(await client.receive()))
    }
    assert.deepEqual(answers, ['in', 'in', 'full'])
    assert.equal(countersOf(server)['droppedSessions'], 1)
    for (const client of clients) await client.close()
  })

  it('begin with a peer that has sent nothing here, which then is the same when it sends', async () => {
    let lane: LaneInfo | undefined
    const peers: Peer[] = []
    const definition = {
      start: (info: LaneInfo): void => void (lane = info),
      message: (_: Buffer, peer: Peer): undefined => void peers.push(peer),
    }
    await using server = await serve(room(definition), { listen: 'udp://127.0.0.1:0' })
    const client = await clientOf(addressOf(server))
    const [theirs, ours] = [client.address as Address, parseAddress(addressOf(server))]
    const peer = lane?.openPeer(theirs, ours)
    assert.ok(peer?.send('hello'))
    assert.equal(String(await client.receive()), 'hello')
    assert.equal(lane?.openPeer(theirs, ours), peer, 'once')
    await client.send('hi')
    await until('it has come', () => peers.length === 1)
    assert.equal(peers[0], peer)
    assert.equal(lane?.openPeer(theirs, { scheme: 'udp', host: '127.0.0.1', port: 1 }), undefined, 'no such listener')
    await client.close()
  })

  it('are refused where a service has none', async () => {
    const { sessions: _, ...without } = room().definition
    await using server = await serve(service({ ...without, limits: {} }), { listen: 'udp://127.0.0.1:0' })
    const client = await clientOf(addressOf(server))
    await client.send('join')
    assert.equal(String(await client.receive()), 'full')
    await client.close()
  })

  it('of an unknown kind are refused', async () => {
    const wrong = service({ ...room().definition, sessions: { ...sessions, begin: 'never' as never } })
    await assert.rejects(serve(wrong, { listen: 'udp://127.0.0.1:0' }), { code: 'OPTION_INVALID' })
  })
})
