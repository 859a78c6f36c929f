/** Every limit holds on WebSockets, before and after the handshake. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectWebSocket } from '#lanework/io/index.js'
import type { Peer, PeerEnd, Server, ServeOptions, ServiceDefinition } from '#lanework/server/index.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'
import { ManualClock } from '../../support/manual-clock.ts'
import { addressOf, countersOf, serveOn } from '../../support/matrix.ts'
import { masked, rawConnect, rawWebSocket, readHead, request } from '../../support/raw-websocket.ts'
import { turns, until } from '../../support/until.ts'

const listen = 'ws://127.0.0.1:0/'
const echo = { message: (message: Buffer): Buffer => message }

async function timed(
  options: Partial<ServeOptions>,
  definition: Partial<ServiceDefinition> = echo,
): Promise<{ server: Server; clock: ManualClock; ends: PeerEnd['kind'][] }> {
  const clock = new ManualClock()
  const ends: PeerEnd['kind'][] = []
  const watched = { close: (_peer: unknown, reason: PeerEnd) => void ends.push(reason.kind), ...definition }
  return { server: await serveOn(listen, watched, { clock, ...options }), clock, ends }
}

describe('idleMs', () => {
  it('is no end for a peer that answers pings', async () => {
    const { server, clock, ends } = await timed({ limits: { idleMs: 1_000 } })
    const { stream, frame, send } = await rawWebSocket(addressOf(server))
    for (let round = 0; round < 5; round++) {
      clock.advance(800)
      assert.equal((await frame())?.opening, 0x89)
      await send(masked(0x8a, ''))
      // Whatever it sends afterwards is answered, so the pong has been read.
      await send(masked(0x89, 'last'))
      for (let next = await frame(); next?.opening !== 0x8a; next = await frame()) assert.equal(next?.opening, 0x89)
    }
    assert.deepEqual(ends, [])
    stream.reset()
    await server.close()
  })

  it('ends a peer that does not, with 1001', async () => {
    const { server, clock, ends } = await timed({ limits: { idleMs: 1_000 } })
    const { closeCode } = await rawWebSocket(addressOf(server))
    await until('it is there', () => countersOf(server)['connectionsOpened'] === 1)
    clock.advance(1_600)
    assert.equal(await closeCode(), 1_001)
    assert.deepEqual(ends, ['idle'])
    assert.equal(countersOf(server)['closedIdle'], 1)
    await server.close()
  })
})

describe('frameBytes', () => {
  it('refuses a longer message when it is announced, and one that grows by fragments, with 1009', async () => {
    await using server = await serveOn(listen, echo, { limits: { frameBytes: 100 } })
    for (const bytes of [
      masked(0x82, Buffer.alloc(101)).subarray(0, 8),
      Buffer.concat([masked(0x02, Buffer.alloc(60)), masked(0x80, Buffer.alloc(41))]),
    ]) {
      const { send, closeCode } = await rawWebSocket(addressOf(server))
      await send(bytes)
      assert.equal(await closeCode(), 1_009)
    }
    assert.equal(countersOf(server)['badMessages'], 2)
    await using socket = await connectWebSocket(addressOf(server))
    await socket.send(Buffer.alloc(100))
    assert.equal((await socket.receive())?.data.length, 100)
  })
})

describe('frameMs', () => {
  it('ends a peer whose message does not become whole, control frames or not, with 1008', async () => {
    const { server, clock, ends } = await timed({ limits: { frameMs: 1_000, idleMs: 0 } })
    const { send, closeCode } = await rawWebSocket(addressOf(server))
    await send(masked(0x01, 'half'))
    await until('it is there', () => countersOf(server)['connectionsOpened'] === 1)
    for (let round = 0; round < 3; round++) {
      await send(masked(0x89, 'ping'))
      await turns(20)
      clock.advance(500)
    }
    assert.equal(await closeCode(), 1_008)
    assert.deepEqual(ends, ['frame-timeout'])
    assert.equal(countersOf(server)['closedFrameTimeout'], 1)
    await server.close()
  })
})

describe('handshakeMs', () => {
  it('ends a connection that drips its request with 408, and counts it', async () => {
    const { server, clock, ends } = await timed({ limits: { handshakeMs: 1_000 } })
    const stream = await rawConnect(addressOf(server))
    const text = request('/')
    for (let at = 0; at < 5; at++) {
      await stream.send(text.slice(at, at + 1))
      await until('it is there', () => countersOf(server)['connectionsOpened'] === 1)
      await turns(20)
      clock.advance(300)
    }
    assert.match(await readHead(stream), /^HTTP\/1\.1 408 /)
    assert.equal(countersOf(server)['closedHandshake'], 1)
    assert.deepEqual(ends, [], 'the service knows nothing of it')
    await stream.close()
    await until('its place is free', () => server.status().listeners[0]?.connections === 0)
    await server.close()
  })

  it('is 10 seconds for the request unless given, and nothing for messages', async () => {
    const { server, clock } = await timed({ limits: { idleMs: 0 } })
    const stream = await rawConnect(addressOf(server))
    const { send, frame, stream: open } = await rawWebSocket(addressOf(server))
    await until('both are there', () => countersOf(server)['connectionsOpened'] === 2)
    clock.advance(12_000)
    assert.match(await readHead(stream), /^HTTP\/1\.1 408 /)
    await send(masked(0x81, 'x'))
    assert.equal(String((await frame())?.payload), 'x')
    stream.reset()
    open.reset()
    await server.close()
  })
})

describe('connections', () => {
  it('counts those that have not shaken hands, and gives their places back', async () => {
    await using server = await serveOn(listen, echo, { limits: { connections: 2 } })
    const [first, second] = [await rawConnect(addressOf(server)), await rawWebSocket(addressOf(server))]
    await until('both are counted', () => countersOf(server)['connectionsOpened'] === 2)
    await assert.rejects(rawWebSocket(addressOf(server)))
    assert.equal(countersOf(server)['connectionsRefused'], 1)
    first.reset()
    second.stream.reset()
    await until('both are gone', () => server.status().listeners[0]?.connections === 0)
    const third = await connectWebSocket(addressOf(server))
    await third.close()
  })
})

describe('queueBytes', () => {
  const chunk = Buffer.alloc(64 * 1024, 1)

  async function deaf(
    policy: ServeOptions['queuePolicy'],
  ): Promise<{ server: Server; peer: Peer; ends: PeerEnd['kind'][]; leave: () => void }> {
    const ends: PeerEnd['kind'][] = []
    const seen: Peer[] = []
    const server = await serveOn(
      listen,
      { ...echo, open: (opened) => void seen.push(opened), close: (_peer, { kind }) => void ends.push(kind) },
      { limits: { queueBytes: 256 * 1024 }, ...(policy === undefined ? {} : { queuePolicy: policy }) },
    )
    const { stream } = await rawWebSocket(addressOf(server))
    const peer = await until('it is there', () => seen[0])
    return { server, peer, ends, leave: () => stream.reset() }
  }

  it('disconnects a peer that does not read, and nobody else waits', async () => {
    const { server, peer, ends, leave } = await deaf(undefined)
    for (let sends = 0; ends.length === 0 && sends < 1_000; sends++) {
      peer.send(chunk)
      if (sends % 4 === 0) await turns(1)
    }
    assert.deepEqual(ends, ['queue-full'])
    assert.equal(countersOf(server)['closedQueueFull'], 1)
    const other = await connectWebSocket(addressOf(server))
    await other.send('alive?')
    assert.equal(String((await other.receive())?.data), 'alive?')
    await other.close()
    leave()
    await server.close()
  })

  for (const policy of ['drop-oldest', 'wait'] as const) {
    it(`drops and counts with ${policy}, and keeps the peer`, async () => {
      const { server, peer, ends, leave } = await deaf(policy)
      for (let sends = 0; sends < 400; sends++) {
        peer.send(chunk)
        if (sends % 4 === 0) await turns(1)
      }
      assert.ok((countersOf(server)['droppedQueue'] as number) > 0)
      assert.deepEqual(ends, [])
      leave()
      await server.close()
    })
  }

  it('holds up no end: who says goodbye while bytes wait for him, and breaks off, is gone', async () => {
    const ends: PeerEnd['kind'][] = []
    const handled: string[] = []
    const definition: Partial<ServiceDefinition> = {
      message: (message, peer) => {
        handled.push(String(message))
        while (peer.send(chunk));
      },
      close: (_peer, { kind }) => void ends.push(kind),
    }
    const limits = { idleMs: 0, queueBytes: 64 * 1_048_576 }
    await using server = await serveOn(listen, definition, { queuePolicy: 'wait', limits })
    const { stream, send } = await rawWebSocket(addressOf(server))
    await send(masked(0x81, 'fill'))
    await until('the queue is filled', () => handled.length === 1)
    await send(Buffer.concat([masked(0x81, 'last'), masked(0x88, Buffer.of(3, 232))]))
    await turns(50)
    stream.reset()
    await until('it is gone', () => ends.length === 1)
    assert.equal(server.status().listeners[0]?.connections, 0)
  })

  it('is not gone around by pings whose pongs nobody reads', async () => {
    await using server = await serveOn(listen, echo, { limits: { idleMs: 0 } })
    const { stream, send } = await rawWebSocket(addressOf(server))
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => masked(0x89, Buffer.alloc(125))))
    let isStuck = false
    for (let round = 0; round < 400 && !isStuck; round++) {
      const sent = send(pings).then(() => true)
      isStuck = !(await Promise.race([sent, turns(200).then(() => false)]))
      if (isStuck) sent.catch(() => {})
    }
    // What waits is what the kernel would not take when the first pong found no room.
    const { bytesDropped } = await server.drain({ deadlineMs: 0 })
    assert.ok(bytesDropped < 1_048_576, `${bytesDropped} bytes wait`)
    stream.reset()
  })
})

describe('messagesPerWindow', () => {
  it('makes a WebSocket wait as it does a stream, losing nothing', async () => {
    const [network, clock] = [new MemoryNetwork(), new VirtualClock()]
    const limits = { messagesPerWindow: 2, windowMs: 1_000, idleMs: 0 }
    await using server = await serveOn('ws://192.0.2.1:9000/', echo, { network, clock, limits })
    await using socket = await connectWebSocket('ws://192.0.2.1:9000/', { network })
    for (const word of ['a', 'b', 'c']) await socket.send(word)
    assert.deepEqual([String((await socket.receive())?.data), String((await socket.receive())?.data)], ['a', 'b'])
    await until('the third is held', () => countersOf(server)['heldRate'] === 1)
    await turns(5)
    assert.equal(countersOf(server)['messages'], 2)
    const third = socket.receive()
    await clock.advance(2_000)
    assert.equal(String((await third)?.data), 'c')
  })
})

describe('a handler that is busy', () => {
  it('lets a flood of small messages wait in the peer, not in our memory', async () => {
    let release: () => void = () => {}
    let handled = 0
    await using server = await serveOn(
      listen,
      { message: () => (++handled === 1 ? new Promise<void>((resolve) => (release = resolve)) : undefined) },
      { limits: { frameBytes: 10_000, idleMs: 0 } },
    )
    const { stream, send } = await rawWebSocket(addressOf(server))
    const many = Buffer.concat(Array.from({ length: 5_000 }, () => masked(0x82, '')))
    let [isStuck, rounds] = [false, 0]
    let sending: Promise<unknown> = Promise.resolve()
    for (; rounds < 2_000 && !isStuck; rounds++) {
      sending = send(many)
      isStuck = !(await Promise.race([sending.then(() => true), turns(200).then(() => false)]))
    }
    assert.ok(isStuck, 'the sender is held up')
    assert.equal(handled, 1)
    release()
    await sending
    await until('all are handled', () => handled === rounds * 5_000)
    stream.reset()
  })
})
