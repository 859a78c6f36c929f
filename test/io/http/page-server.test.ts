/** Pages over connections: on a listener of their own, and beside a WebSocket. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { connect, connectWebSocket, servePages, type ByteStream } from '#lanework/io/index.js'
import { serve, service } from '#lanework/server/index.js'
import { MemoryNetwork } from '#lanework/testing/index.js'
import { freshPath } from '../../support/folder.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { readHead } from '../../support/raw-websocket.ts'
import { turns, until } from '../../support/until.ts'

const big = Buffer.alloc(4_000_000, 'abcdefgh')

function folder(): URL {
  const root = freshPath()
  mkdirSync(root)
  writeFileSync(join(root, 'index.html'), '<!doctype html><title>t</title>')
  writeFileSync(join(root, 'big.bin'), big)
  return pathToFileURL(`${root}/`)
}

interface Answer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

async function answer(stream: ByteStream, hasBody = true): Promise<Answer> {
  const head = await readHead(stream)
  const size = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
  const body = hasBody && size > 0 ? await stream.read(size) : Buffer.alloc(0)
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head, body }
}

const get = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`

describe('servePages()', () => {
  it('answers a browser, and says where it is', async () => {
    await using pages = await servePages('tcp://127.0.0.1:0', folder())
    const response = await fetch(pages.url as string)
    assert.equal(await response.text(), '<!doctype html><title>t</title>')
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
    const whole = await fetch(`${pages.url}big.bin`)
    assert.ok(Buffer.from(await whole.arrayBuffer()).equals(big))
    assert.equal((await fetch(`${pages.url}none`)).status, 404)
    assert.deepEqual(pages.counts.statuses, { 200: 2, 404: 1 })
  })

  it('keeps a connection for several requests, in order, also when they come together', async () => {
    await using pages = await servePages('tcp://127.0.0.1:0', folder())
    const stream = await connect(pages.address)
    await stream.send(get('/') + get('/big.bin') + get('/none') + get('/'))
    const statuses = [await answer(stream), await answer(stream), await answer(stream), await answer(stream)]
    assert.deepEqual(
      statuses.map(({ status, body }) => [status, body.length > 0]),
      [
        [200, true],
        [200, true],
        [404, true],
        [200, true],
      ],
    )
    assert.equal(pages.connections, 1)
    await stream.close()
  })

  it('answers a request that offers another protocol as if it did not (RFC 9110, section 7.8)', async () => {
    await using pages = await servePages('tcp://127.0.0.1:0', folder())
    const h2c = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n'
    for (const [text, status, size] of [
      [get('/', h2c), 200, 31],
      [get('/big.bin', h2c), 200, big.length],
      [get('/', h2c).replace('GET', 'HEAD'), 200, 0],
      [get('/none', h2c).replace('GET', 'HEAD'), 404, 0],
      [get('/none', h2c), 404, 14],
      [get('/', h2c).replace('Host: a\r\n', ''), 400, 16],
      [get('http://a/', h2c), 200, 31],
    ] as const) {
      const stream = await connect(pages.address)
      await stream.send(text)
      const { status: got, body, head } = await answer(stream, size > 0)
      assert.deepEqual([got, body.length], [status, size], text)
      assert.match(head, /^connection: close\r$/im)
      assert.equal((await stream.recv()).length, 0, 'and nothing follows')
      await stream.close()
    }
    await until('all are gone', () => pages.connections === 0)
    assert.deepEqual(pages.counts.statuses, { 200: 4, 404: 2, 400: 1 })
  })

  it('ends the connection after what it does not trust, and when asked to', async () => {
    await using pages = await servePages('tcp://127.0.0.1:0', folder())
    for (const [text, status] of [
      ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc', 405],
      [get('/', 'Content-Length: 3\r\n') + 'abc', 400],
      [get('/', 'Connection: close\r\n'), 200],
      [get('/', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'), 400],
      ['rubbish\r\n\r\n', 400],
      ['GET / HTTP/1.0\r\n\r\n', 200],
    ] as const) {
      const stream = await connect(pages.address)
      await stream.send(text)
      assert.equal((await answer(stream)).status, status, text)
      assert.equal((await stream.recv()).length, 0)
      await stream.close()
    }
    await until('all are gone', () => pages.connections === 0)
  })

  it('gives up who asks too slowly, rests too long, or does not read', async () => {
    const clock = new ManualClock()
    await using pages = await servePages('tcp://127.0.0.1:0', folder(), { clock, askMs: 1_000, idleMs: 60_000 })
    const slow = await connect(pages.address)
    const resting = await connect(pages.address)
    const deaf = await connect(pages.address, { receiveBufferBytes: 4_096 })
    await slow.send('GET /')
    await resting.send(get('/'))
    await answer(resting)
    await deaf.send(get('/big.bin'))
    await until('all are there', () => pages.connections === 3 && pages.counts.statuses[200] === 2)
    for (let at = 0; at < 6; at++) {
      clock.advance(250)
      await turns(5)
    }
    assert.equal((await answer(slow)).status, 408)
    clock.advance(5_000)
    assert.equal((await resting.recv()).length, 0, 'it is ended, and no error')
    for (let at = 0; at < 80; at++) {
      clock.advance(1_000)
      await turns(1)
    }
    await until('all are gone', () => pages.connections === 0)
    assert.equal(pages.counts.givenUp, 2)
    for (const stream of [slow, resting, deaf]) await stream.close()
  })

  it('refuses connections beyond its limit, and closes at once', async () => {
    const pages = await servePages('tcp://127.0.0.1:0', folder(), { connections: 1 })
    const first = await connect(pages.address)
    await until('it is there', () => pages.connections === 1)
    // It may be there already when connecting returns.
    const second = connect(pages.address).then((stream) => stream.recv())
    await assert.rejects(second, { code: 'CONNECTION_RESET' })
    assert.equal(pages.counts.refused, 1)
    await pages.close()
    assert.equal((await first.recv().catch(() => Buffer.alloc(0))).length, 0)
    await first.close()
  })

  it('works over memory, chunks cut anywhere', async () => {
    const network = new MemoryNetwork({ split: true, seed: 7 })
    await using pages = await servePages('tcp://192.0.2.1:80', folder(), { network })
    const stream = await connect('tcp://192.0.2.1:80', { network })
    await stream.send(get('/'))
    assert.equal((await answer(stream)).status, 200)
    assert.equal(pages.url, 'http://192.0.2.1:80/')
    await stream.close()
  })

  it('refuses wrong options', async () => {
    await assert.rejects(servePages('tcp://127.0.0.1:0', new URL('file:///none')), { code: 'OPTION_INVALID' })
    await assert.rejects(servePages('tcp://127.0.0.1:0', folder(), { idle: 1 } as never), { code: 'OPTION_INVALID' })
  })
})

describe('pages beside a WebSocket', () => {
  it('are served at the same address, the WebSocket at its path', async () => {
    const made = service({ name: 'room', pages: folder(), message: (message) => message })
    await using server = await serve(made, { listen: ['ws://127.0.0.1:0/chat', 'ws://127.0.0.1:0'] })
    const [room, root] = server.addresses.map((address) => address.replace('ws:', 'http:')) as [string, string]
    assert.equal((await fetch(room.replace('/chat', '/'))).status, 200)
    assert.equal((await fetch(room)).status, 426)
    assert.equal((await fetch(root)).status, 200, 'a page at the path of the WebSocket')
    for (const address of server.addresses) {
      await using socket = await connectWebSocket(address)
      await socket.send('x')
      assert.equal(String((await socket.receive())?.data), 'x')
    }
    assert.equal(server.status().listeners[0]?.counters['pageRequests'], 2)
  })

  it('must be a folder that can be read', async () => {
    const made = service({ name: 'room', pages: new URL('file:///none/'), message: (message) => message })
    await assert.rejects(serve(made, { listen: 'ws://127.0.0.1:0' }), { code: 'OPTION_INVALID' })
  })

  it('hold up no drain: who rests is ended', async () => {
    const made = service({ name: 'room', pages: folder(), message: (message) => message })
    const server = await serve(made, { listen: 'ws://127.0.0.1:0' })
    const stream = await connect(server.addresses[0]?.replace('ws:', 'tcp:') as string)
    await stream.send(get('/'))
    await answer(stream)
    const report = await server.drain()
    assert.deepEqual([report.connectionsClosed, report.connectionsAborted], [1, 0])
    assert.equal((await stream.recv()).length, 0)
    await stream.close()
  })
})
