/** A reply is put into bytes once, and sent to peers of every transport. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines, type Framing } from '#lanework/framing/index.js'
import { connect, connectWebSocket, udp } from '#lanework/io/index.js'
import { prepare, serve, service, type Peer } from '#lanework/server/index.js'
import { until } from '../../support/until.ts'

describe('prepare()', () => {
  it('serves datagrams, streams and WebSockets, framed once for each', async () => {
    const counts = { encode: 0, format: 0 }
    const plain = lines() as unknown as Framing<string, { text: string }>
    const framing: Framing<string, { text: string }> = {
      ...plain,
      parse: String,
      encode: (payload) => (counts.encode++, plain.encode(payload)),
      format: ({ text }) => (counts.format++, text),
    }
    const members = new Set<Peer<{ text: string }>>()
    const made = service<string, { text: string }>({
      name: 'room',
      framing,
      message(text, peer) {
        members.add(peer)
        if (text !== 'all') return undefined
        const prepared = prepare({ text: 'für alle' })
        for (const member of members) member.send(prepared)
        return undefined
      },
    })
    await using server = await serve(made, {
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'ws://127.0.0.1:0'],
      limits: { replyFactor: 0 },
    })
    const [datagrams, streams, sockets] = server.addresses as [string, string, string]
    const web = [await connectWebSocket(sockets), await connectWebSocket(sockets)]
    const tcp = [await connect(streams), await connect(streams)]
    const sender = udp()
    for (const socket of web) await socket.send('join')
    for (const stream of tcp) await stream.send('join\n')
    await until('all have joined', () => members.size === 4)
    await sender.sendTo('all', datagrams)
    assert.equal(String(await sender.recv(100, { timeoutMs: 15_000 })), 'für alle')
    for (const stream of tcp) assert.equal(String(await stream.read(10)), 'für alle\n')
    for (const socket of web) {
      assert.deepEqual(await socket.receive(), { data: Buffer.from('für alle'), isText: true })
    }
    assert.deepEqual(counts, { encode: 1, format: 3 })
    for (const each of [...web, ...tcp, sender]) await each.close()
  })

  it('may be what a handler answers, at once or later', async () => {
    const same = prepare('same')
    const made = service({ name: 'same', message: (message) => (message.length > 1 ? Promise.resolve(same) : same) })
    await using server = await serve(made, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] })
    const [datagrams, streams, sockets] = server.addresses as [string, string, string]
    const [sender, tcp, web] = [udp(), await connect(streams), await connectWebSocket(sockets)]
    for (const message of ['x', 'xx']) {
      await sender.sendTo(message, datagrams)
      assert.equal(String(await sender.recv(100, { timeoutMs: 15_000 })), 'same')
      await tcp.send(message)
      assert.equal(String(await tcp.read(4)), 'same')
      await web.send(message)
      assert.deepEqual(await web.receive(), { data: Buffer.from('same'), isText: true })
    }
    for (const each of [sender, tcp, web]) await each.close()
  })

  it('keeps what it was given, though its buffer is used again', async () => {
    const bytes = Buffer.from('first')
    const prepared = prepare(bytes)
    const made = service({ name: 'kept', message: () => prepared })
    await using server = await serve(made, { listen: 'ws://127.0.0.1:0' })
    await using socket = await connectWebSocket(server.addresses[0] as string)
    await socket.send('')
    assert.equal(String((await socket.receive())?.data), 'first')
    bytes.fill('x')
    await socket.send('')
    assert.equal(String((await socket.receive())?.data), 'first')
  })

  it('refuses what cannot be sent where it is sent', async () => {
    const made = service({ name: 'wrong', message: () => prepare(7 as never) })
    const errors: unknown[] = []
    await using server = await serve(made, { listen: 'ws://127.0.0.1:0' })
    server.on('handlerError', ({ error }) => errors.push(error))
    await using socket = await connectWebSocket(server.addresses[0] as string)
    await socket.send('')
    assert.equal((await socket.closed).code, 1_011)
    assert.equal((errors[0] as { code: string }).code, 'OPTION_INVALID')
  })
})
