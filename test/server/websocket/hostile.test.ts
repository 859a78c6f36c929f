/** What breaks the protocol costs its sender the connection, with the code that says why, and the server nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connectWebSocket, webSocketFrame, type ByteStream } from '#lanework/io/index.js'
import type { Server } from '#lanework/server/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { addressOf, countersOf, serveOn } from '../../support/matrix.ts'
import { masked, rawConnect, rawWebSocket, readHead, request, unmasked } from '../../support/raw-websocket.ts'
import { until } from '../../support/until.ts'

const listen = 'ws://127.0.0.1:0/'
const echo = { message: (message: Buffer): Buffer => message }

async function answers(server: Server): Promise<void> {
  await using socket = await connectWebSocket(addressOf(server))
  await socket.send('still there?')
  assert.equal(String((await socket.receive())?.data), 'still there?')
}

describe('frames that nobody may send', () => {
  const cases: readonly [what: string, bytes: Buffer, code: number][] = [
    ['without a mask', unmasked(0x81, 'x'), 1_002],
    ['compressed, which was not agreed on', masked(0xc1, 'x'), 1_002],
    ['with reserved bits', masked(0xa1, 'x'), 1_002],
    ['with an opcode that nobody defined', masked(0x83, 'x'), 1_002],
    ['with a control opcode that nobody defined', masked(0x8b, 'x'), 1_002],
    ['that continue nothing', masked(0x80, 'x'), 1_002],
    ['that begin a message within another', Buffer.concat([masked(0x01, 'a'), masked(0x81, 'b')]), 1_002],
    ['of control in fragments', masked(0x09, 'x'), 1_002],
    ['of control with more than 125 bytes', masked(0x89, Buffer.alloc(126)), 1_002],
    ['of text that is no UTF-8', masked(0x81, Buffer.of(0xff)), 1_007],
    [
      'of text whose fragments are no UTF-8 together',
      Buffer.concat([masked(0x01, Buffer.of(0xc3)), masked(0x80, 'x')]),
      1_007,
    ],
    ['that say goodbye with half a code', masked(0x88, Buffer.of(3)), 1_002],
    ['that say goodbye with a code nobody may send', masked(0x88, Buffer.of(3, 238)), 1_002],
    ['that say goodbye in no UTF-8', masked(0x88, Buffer.of(3, 232, 0xff)), 1_007],
    ['of more bytes than there are', Buffer.from('82ffffffffffffffffff01020304', 'hex'), 1_009],
  ]
  for (const [what, bytes, code] of cases) {
    it(`${what} end the connection with ${code}, and are counted`, async () => {
      await using server = await serveOn(listen, echo)
      const { send, closeCode, stream } = await rawWebSocket(addressOf(server))
      await send(bytes)
      assert.equal(await closeCode(), code)
      await until('it is counted', () => countersOf(server)['badMessages'] === 1)
      await stream.close()
      await answers(server)
    })
  }
})

describe('frames that anybody may send', () => {
  it('come in fragments with control frames between them, cut anywhere', async () => {
    await using server = await serveOn(listen, echo)
    const { send, frame, stream } = await rawWebSocket(addressOf(server))
    const bytes = Buffer.concat([
      masked(0x01, Buffer.of(0xc3)),
      masked(0x89, 'now'),
      masked(0x00, ''),
      masked(0x8a, 'unasked'),
      masked(0x80, Buffer.of(0xbc)),
      masked(0x82, ''),
    ])
    for (const byte of bytes) await send(Buffer.of(byte))
    assert.deepEqual(await frame(), { opening: 0x8a, payload: Buffer.from('now') })
    assert.deepEqual(await frame(), { opening: 0x82, payload: Buffer.from('ü') })
    assert.deepEqual(await frame(), { opening: 0x82, payload: Buffer.alloc(0) })
    await stream.close()
  })

  it('may come together with the handshake', async () => {
    await using server = await serveOn(listen, echo)
    const stream = await rawConnect(addressOf(server))
    await stream.send(Buffer.concat([Buffer.from(request('/')), masked(0x81, 'early'), masked(0x81, 'bird')]))
    assert.match(await readHead(stream), /^HTTP\/1\.1 101 /)
    const replies = Buffer.concat([webSocketFrame(Buffer.from('early')), webSocketFrame(Buffer.from('bird'))])
    assert.deepEqual(await stream.read(replies.length), replies)
    await stream.close()
  })
})

describe('a handshake', () => {
  async function statusOf(server: Server, text: string): Promise<number> {
    const stream = await rawConnect(addressOf(server))
    await stream.send(text)
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(await readHead(stream))?.[1])
    stream.reset()
    return status
  }

  it('that is none is refused with the status that says why', async () => {
    await using server = await serveOn(listen, echo)
    const cases: readonly [string, number][] = [
      [request('/none'), 404],
      [request('/', { Origin: 'http://evil.example' }), 403],
      [request('/', { 'Sec-WebSocket-Version': '12' }), 426],
      [request('/', { 'Sec-WebSocket-Key': 'short' }), 400],
      [request('/', { 'Sec-WebSocket-Key': undefined }), 400],
      [request('/', { Upgrade: 'h2c' }), 426],
      [request('/', { 'Sec-WebSocket-Protocol': 'a,,b' }), 400],
      [request('/').replace('GET', 'POST'), 400],
      [request('/', { Connection: 'close', Upgrade: undefined }), 426],
      ['GET / HTTP/1.1\r\n\r\n', 400],
      ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 405],
      ['GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n', 417],
      ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400],
      ['\x16\x03\x01\x02\x00\x01\x00', 400],
      ['GET / HTTP/1.1\r\nHost: a\r\nX: ' + 'x'.repeat(20_000), 431],
      ['GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n', 400],
    ]
    for (const [text, status] of cases)
      assert.equal(await statusOf(server, text), status, JSON.stringify(text.slice(0, 60)))
    await until('all have left', () => server.status().listeners[0]?.connections === 0)
    const { handshakesRefused = 0, pageRequests = 0 } = countersOf(server)
    assert.equal(handshakesRefused + pageRequests, cases.length)
    await answers(server)
  })

  it('does not agree on compression', async () => {
    await using server = await serveOn(listen, echo)
    const stream = await rawConnect(addressOf(server))
    await stream.send(request('/', { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }))
    const head = await readHead(stream)
    assert.match(head, /^HTTP\/1\.1 101 /)
    assert.doesNotMatch(head, /extensions/i)
    await stream.close()
  })
})

describe('random bytes', () => {
  const seed = Number(process.env['LANEWORK_SEED'] ?? 20_261_121)

  /** Sends and reads what comes, until the connection ends or nothing is left to send. */
  async function pour(stream: ByteStream, bytes: Buffer): Promise<void> {
    const reading = (async () => {
      while ((await stream.recv()).length > 0);
    })().catch(() => {})
    await stream.send(bytes).catch(() => {})
    stream.end()
    await reading
    await stream.close()
  }

  /** A frame of chance, more often than not one that has a head. */
  function frame(random: SeededRandom): Buffer {
    const bytes = Buffer.from(Array.from({ length: random.integer(0, 40) }, () => random.integer(0, 255)))
    const openings = [0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x89, 0x8a, 0x88]
    const opening = random.chance(0.9) ? (openings[random.integer(0, 8)] as number) : random.integer(0, 255)
    return random.chance(0.9) ? masked(opening, bytes) : Buffer.concat([Buffer.of(opening), bytes])
  }

  it(`instead of frames, 100,000 of them, end connections and nothing else (seed ${seed})`, async () => {
    const errors: unknown[] = []
    await using server = await serveOn(listen, echo)
    server.on('handlerError', ({ error }) => errors.push(error))
    const random = new SeededRandom(seed)
    const batch = async (): Promise<void> => {
      const { stream } = await rawWebSocket(addressOf(server))
      await pour(stream, Buffer.concat(Array.from({ length: 500 }, () => frame(random))))
    }
    for (let done = 0; done < 100_000; done += 2_000) await Promise.all([batch(), batch(), batch(), batch()])
    assert.deepEqual(errors, [])
    await until('all have left', () => server.status().listeners[0]?.connections === 0)
    const { connectionsOpened, connectionsClosed } = countersOf(server)
    assert.deepEqual([connectionsOpened, connectionsClosed], [200, 200])
    await answers(server)
  })

  it(`instead of a handshake, in whole and in part, end connections and nothing else (seed ${seed})`, async () => {
    await using server = await serveOn(listen, echo)
    const random = new SeededRandom(seed)
    for (let round = 0; round < 300; round++) {
      const stream = await rawConnect(addressOf(server))
      const bytes = Buffer.from(request('/', { Origin: 'http://127.0.0.1' }))
      const changes = random.integer(1, 10)
      for (let change = 0; change < changes; change++)
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255)
      await pour(stream, random.chance(0.2) ? bytes.subarray(0, random.integer(0, bytes.length)) : bytes)
    }
    await until('all have left', () => server.status().listeners[0]?.connections === 0)
    await answers(server)
  })
})
