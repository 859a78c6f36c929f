/** connectWebSocket(): what comes, how it ends, and what it says when it cannot. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectWebSocket, formatAddress, listen, type AcceptSocket } from '#lanework/io/index.js'
import { MemoryNetwork } from '#lanework/testing/index.js'
import { addressOf, serveOn } from '../../support/matrix.ts'
import { masked, readHead, unmasked } from '../../support/raw-websocket.ts'

const echo = { message: (message: Buffer): Buffer => message }

async function silent(): Promise<{ socket: AcceptSocket; url: string }> {
  const socket = await listen('tcp://127.0.0.1:0')
  return { socket, url: formatAddress(socket.address).replace('tcp:', 'ws:') }
}

describe('a WebSocket client', () => {
  it('iterates over messages until the server says goodbye', async () => {
    await using server = await serveOn('ws://127.0.0.1:0', {
      message(_message, peer) {
        for (const word of ['a', 'b', 'c']) peer.send(word)
        peer.close()
      },
    })
    await using socket = await connectWebSocket(addressOf(server))
    await socket.send('')
    const got: string[] = []
    for await (const { data } of socket) got.push(String(data))
    assert.deepEqual(got, ['a', 'b', 'c'])
    assert.deepEqual(await socket.closed, { code: 1_000, reason: '' })
    await assert.rejects(socket.send('late'), { code: 'CLOSED' })
    assert.equal(await socket.receive(), undefined)
  })

  it('reads megabytes that nobody takes at once, whole', async () => {
    await using server = await serveOn('ws://127.0.0.1:0', echo, { limits: { frameBytes: 1_000_000 } })
    await using socket = await connectWebSocket(addressOf(server))
    const message = Buffer.alloc(400_000, 'x')
    const sending = Promise.all(Array.from({ length: 10 }, () => socket.send(message)))
    for (let count = 0; count < 10; count++) assert.ok((await socket.receive())?.data.equals(message))
    await sending
  })

  it('works over memory, chunks cut anywhere', async () => {
    const network = new MemoryNetwork({ split: true, seed: 3 })
    await using server = await serveOn('ws://192.0.2.1:80/x', echo, { network })
    await using socket = await connectWebSocket(addressOf(server), { network })
    await socket.send('through memory')
    assert.equal(String((await socket.receive())?.data), 'through memory')
  })

  it('throws what keeps it from connecting', async () => {
    await using server = await serveOn('ws://127.0.0.1:0/x', echo)
    const closed = addressOf(server)
    await assert.rejects(connectWebSocket(`${addressOf(server)}y`), (error: Error & { code?: string }) => {
      return error.code === 'HANDSHAKE_REFUSED' && /404 Not Found/.test(error.message)
    })
    await assert.rejects(connectWebSocket(addressOf(server), { origin: 'http://evil.example' }), /403 Forbidden/)
    await server.close()
    await assert.rejects(connectWebSocket(closed), { code: 'CONNECTION_REFUSED' })
    await assert.rejects(connectWebSocket('tcp://127.0.0.1:1'), { code: 'ADDRESS_INVALID' })
    await assert.rejects(connectWebSocket('ws://no-such-host.invalid:1'), { code: 'NAME_NOT_FOUND' })
  })

  it('gives up on a server that says nothing, or when told to', async () => {
    const { socket, url } = await silent()
    await assert.rejects(connectWebSocket(url, { timeoutMs: 50 }), { code: 'CONNECT_TIMEOUT' })
    const abort = new AbortController()
    const connecting = connectWebSocket(url, { signal: abort.signal })
    setImmediate(() => abort.abort())
    await assert.rejects(connecting, { code: 'ABORTED' })
    await assert.rejects(connectWebSocket(url, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
    await socket.close()
  })

  for (const [what, after, code] of [
    ['breaks off', undefined, 'CONNECTION_RESET'],
    ['masks its frames', masked(0x81, 'x'), 'FRAME_INVALID'],
    ['sends what is too long', unmasked(0x82, Buffer.alloc(2_000)), 'FRAME_INVALID'],
  ] as const) {
    it(`throws ${code} when the server ${what}`, async () => {
      const { socket, url } = await silent()
      const accepting = socket.accept()
      const connecting = connectWebSocket(url, { messageBytes: 1_000 })
      const server = await accepting
      const head = await readHead(server)
      const key = /Sec-WebSocket-Key: (\S+)/i.exec(head)?.[1] ?? ''
      const { createHash } = await import('node:crypto')
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      await server.send(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      const client = await connecting
      if (after === undefined) await server.close()
      else await server.send(after)
      await assert.rejects(client.receive(), { code })
      await client.close()
      await server.close()
      await socket.close()
    })
  }
})
