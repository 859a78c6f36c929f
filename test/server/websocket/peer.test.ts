/** What a service sees of WebSocket peers, and what they are told at the end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { jsonLines, lines } from '#lanework/framing/index.js'
import { connectWebSocket } from '#lanework/io/index.js'
import { serve, service, type Peer, type PeerEnd } from '#lanework/server/index.js'
import { addressOf, countersOf, serveOn } from '../../support/matrix.ts'
import { masked, rawWebSocket } from '../../support/raw-websocket.ts'
import { until } from '../../support/until.ts'

const listen = 'ws://127.0.0.1:0/chat'

/** A server that notes how its connections ended. */
async function ending(
  message: (message: Buffer, peer: Peer) => unknown,
  options = {},
): Promise<{ server: Awaited<ReturnType<typeof serveOn>>; ends: PeerEnd['kind'][] }> {
  const ends: PeerEnd['kind'][] = []
  const definition = { message, close: (_peer: Peer, { kind }: PeerEnd) => void ends.push(kind) }
  return { server: await serveOn(listen, definition as never, options), ends }
}

describe('a WebSocket peer', () => {
  it('is known by transport, address, what it asked for, and the word of its target', async () => {
    const seen: Peer[] = []
    const made = service({ name: 'seen', message: () => undefined, open: (peer) => void seen.push(peer) })
    await using server = await serve(made, {
      listen: [
        { address: listen, protocol: 'chat', protocols: ['b', 'a'], origins: ['https://page.example'] },
        { address: 'tcp://127.0.0.1:0', protocol: 'irc' },
      ],
    })
    await using socket = await connectWebSocket(`${addressOf(server)}?room=1`, {
      origin: 'https://page.example',
      protocols: ['a', 'b', 'c'],
    })
    const peer = await until('it is there', () => seen[0])
    assert.equal(socket.protocol, 'b')
    assert.deepEqual(peer.handshake, { path: '/chat?room=1', origin: 'https://page.example', protocol: 'b' })
    assert.deepEqual(
      [peer.transport, peer.address.scheme, peer.local?.scheme, peer.protocol],
      ['ws', 'ws', 'ws', 'chat'],
    )
    assert.match(addressOf(server), /^ws:\/\/127\.0\.0\.1:\d+\/chat$/)
    assert.deepEqual(
      server.status().listeners.map(({ protocol }) => protocol),
      ['chat', 'irc'],
    )
  })

  it('tells text from bytes, and is sent strings as text, bytes as bytes', async () => {
    await using server = await serveOn(listen, {
      message: (message, { isText }) => (isText === true ? `text ${message}` : message),
    })
    await using socket = await connectWebSocket(addressOf(server))
    await socket.send('grüezi')
    await socket.send(Buffer.of(0, 255))
    await socket.send('')
    const got = [await socket.receive(), await socket.receive(), await socket.receive()]
    assert.deepEqual(got, [
      { data: Buffer.from('text grüezi'), isText: true },
      { data: Buffer.of(0, 255), isText: false },
      { data: Buffer.from('text '), isText: true },
    ])
  })

  it('keeps the kind of each message that waits for its handler', async () => {
    const kinds: (boolean | undefined)[] = []
    await using server = await serveOn(listen, {
      message: async (message, peer) => {
        kinds.push(peer.isText)
        await new Promise((resolve) => setImmediate(resolve))
        return message
      },
    })
    await using socket = await connectWebSocket(addressOf(server))
    const sent = [true, false, false, true, false, true]
    await Promise.all(sent.map((isText) => socket.send(isText ? 'x' : Buffer.of(1))))
    for (const _ of sent) await socket.receive()
    assert.deepEqual(kinds, sent)
  })

  it('has its messages parsed and formatted by the framing, but not cut by it', async () => {
    await using server = await serveOn(listen, {
      framing: jsonLines() as never,
      message: ((value: { a: number }) => ({ a: value.a + 1 })) as never,
    })
    await using socket = await connectWebSocket(addressOf(server))
    await socket.send('{"a":1}')
    assert.deepEqual(JSON.parse(String((await socket.receive())?.data)), { a: 2 })
    await socket.send('no JSON')
    assert.equal((await socket.closed).code, 1_007)
  })

  it('may be sent newlines, which lines() refuses on streams', async () => {
    await using server = await serveOn(listen, { framing: lines(), message: () => 'a\nb' })
    await using socket = await connectWebSocket(addressOf(server))
    await socket.send('x\ny')
    assert.equal(String((await socket.receive())?.data), 'a\nb')
  })

  it('cannot be had by a service that takes bytes', async () => {
    const made = service({ name: 'bytes', connection: async () => {} })
    await assert.rejects(serve(made, { listen }), { code: 'SERVICE_INVALID' })
  })
})

describe('the end of a WebSocket', () => {
  it('is told by its code: closed, a handler that fails, a server that drains', async () => {
    const { server, ends } = await ending((message, peer) => {
      if (String(message) === 'close') peer.close()
      if (String(message) === 'throw') throw new Error('thrown')
      return 'ok'
    })
    for (const [word, code] of [
      ['close', 1_000],
      ['throw', 1_011],
      ['stay', 1_001],
    ] as const) {
      const socket = await connectWebSocket(addressOf(server))
      await socket.send(word)
      if (word === 'stay') {
        await socket.receive()
        void server.drain()
      }
      assert.equal((await socket.closed).code, code, word)
    }
    await server.closed
    assert.deepEqual(ends, ['closed', 'handler-error', 'drain'])
  })

  it('is `end` after a goodbye with whatever code, which is answered, and `reset` without one', async () => {
    const { server, ends } = await ending(() => undefined)
    for (const code of [1_000, 1_001, 4_321]) {
      const socket = await connectWebSocket(addressOf(server))
      assert.equal((await socket.close(code, 'reason')).code, code)
      await until('it is noticed', () => ends.length === 1)
      assert.deepEqual(ends.splice(0), ['end'])
    }
    for (const vanish of ['end', 'reset'] as const) {
      const { stream } = await rawWebSocket(addressOf(server))
      if (vanish === 'end') await stream.close()
      else stream.reset()
      await until('it is noticed', () => ends.length === 1)
      assert.deepEqual(ends.splice(0), ['reset'], vanish)
    }
    await server.close()
  })

  it('comes after the messages before it have been handled, also behind a busy handler', async () => {
    const handled: string[] = []
    let release: () => void = () => {}
    const { server, ends } = await ending((message) => {
      handled.push(String(message))
      return handled.length === 1 ? new Promise<void>((resolve) => (release = resolve)) : undefined
    })
    const socket = await connectWebSocket(addressOf(server))
    for (const word of ['a', 'b', 'c']) await socket.send(word)
    await until('the first is being handled', () => handled.length === 1)
    assert.equal((await socket.close()).code, 1_000)
    assert.deepEqual([handled, ends], [['a'], []])
    release()
    await until('it has ended', () => ends.length === 1)
    assert.deepEqual([handled, ends], [['a', 'b', 'c'], ['end']])
    await server.close()
  })

  it('is not waited for longer than a moment when the peer never answers', async () => {
    const { server, ends } = await ending((_message, peer) => peer.close())
    const { stream, send, closeCode } = await rawWebSocket(addressOf(server))
    await send(masked(0x81, 'x'))
    assert.equal(await closeCode(), 1_000)
    await until('it is cut off', () => ends.length === 1)
    assert.deepEqual(ends, ['closed'])
    assert.equal(countersOf(server)['connectionsClosed'], 1)
    stream.reset()
    await server.close()
  })
})
