/** Frames as the server builds them and progress as it is counted, beside the receiver of `ws`. */
import assert from 'node:assert/strict'
import type { EventEmitter } from 'node:events'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as ws from 'ws'
import { webSocketFrame } from '#lanework/io/index.js'
import { controlFrame } from '#lanework/io/websocket-frame.js'
import { MessageProgress } from '#lanework/io/websocket/progress.js'
import { masked } from '../../support/raw-websocket.ts'

/** What `ws` exports besides what its types tell. */
const { Receiver, Sender } = ws as unknown as {
  Receiver: new (options: object) => EventEmitter & { write(bytes: Uint8Array): boolean }
  Sender: new (socket: object) => { send(data: Uint8Array, options: object, sent: () => void): void }
}

interface Seen {
  readonly messages: { readonly data: Buffer; readonly isBinary: boolean }[]
  readonly pings: Buffer[]
}

/** What a client's receiver makes of a server's bytes. */
function receive(bytes: Uint8Array): Seen {
  const seen: Seen = { messages: [], pings: [] }
  const receiver = new Receiver({ isServer: false })
  receiver.on('message', (data: Buffer, isBinary: boolean) => seen.messages.push({ data, isBinary }))
  receiver.on('ping', (data: Buffer) => seen.pings.push(data))
  receiver.on('error', (error: Error) => assert.fail(error))
  receiver.write(bytes)
  return seen
}

describe('a WebSocket frame', () => {
  for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]) {
    it(`of ${size} bytes is read by ws as the one message that it is`, () => {
      const payload = Buffer.alloc(size, 'x')
      assert.deepEqual(receive(webSocketFrame(payload)).messages, [{ data: payload, isBinary: true }])
      assert.deepEqual(receive(webSocketFrame('x'.repeat(size))).messages, [{ data: payload, isBinary: false }])
    })
  }

  it('of text is valid UTF-8 whatever the string, and has its length in bytes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const [message] = receive(webSocketFrame(`${text}\ud800ü`)).messages
        assert.equal(String(message?.data), Buffer.from(`${text}\ud800ü`).toString())
      }),
    )
  })

  it('of control is read as a ping', () => {
    assert.deepEqual(receive(controlFrame('ping', Buffer.from('abc'))).pings, [Buffer.from('abc')])
  })
})

describe('the progress of messages', () => {
  const frame = fc.oneof(
    fc.record({ kind: fc.constantFrom(0x82, 0x81), size: fc.oneof(fc.nat(300), fc.nat(70_000)) }),
    fc.record({ kind: fc.constantFrom(0x89, 0x8a), size: fc.nat(125) }),
  )

  it('is 0 exactly when every message is whole, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(500)), (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ kind, size }) => masked(kind, Buffer.alloc(size))))
        const ends = new Set([0])
        let at = 0
        for (const { kind, size } of frames) ends.add((at += masked(kind, Buffer.alloc(size)).length))
        const progress = new MessageProgress()
        at = 0
        for (const cut of [...cuts, bytes.length]) {
          const chunk = bytes.subarray(at, at + cut)
          at += chunk.length
          progress.push(chunk)
          assert.equal(progress.partBytes === 0, ends.has(at), `after ${at} bytes`)
        }
      }),
    )
  })

  it('goes on through fragments and the control frames between them', () => {
    const progress = new MessageProgress()
    const parts: [Buffer, boolean][] = [
      [masked(0x01, Buffer.from('ab')), false],
      [masked(0x89, Buffer.from('ping')), false],
      [masked(0x00, Buffer.alloc(0)), false],
      [masked(0x80, Buffer.from('c')), true],
      [masked(0x8a, Buffer.alloc(0)), true],
      [masked(0x01, Buffer.alloc(0)), false],
    ]
    for (const [bytes, isWhole] of parts) {
      progress.push(bytes)
      assert.equal(progress.partBytes === 0, isWhole)
    }
  })

  it('agrees with the sender of ws on where a fragmented message ends', () => {
    const chunks: Buffer[] = []
    const socket = { cork() {}, uncork() {}, write: (data: Buffer | string) => void chunks.push(Buffer.from(data)) }
    const sender = new Sender(socket)
    const options = { binary: true, mask: true, fin: false, compress: false }
    sender.send(Buffer.alloc(1_000), options, () => {})
    const progress = new MessageProgress()
    for (const chunk of chunks.splice(0)) progress.push(chunk)
    assert.ok(progress.partBytes > 1_000)
    sender.send(Buffer.alloc(10), { ...options, fin: true }, () => {})
    for (const chunk of chunks) progress.push(chunk)
    assert.equal(progress.partBytes, 0)
  })
})
