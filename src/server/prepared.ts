/**
 * A reply that goes to many peers: what it is on the wire is made once for each way that messages travel, and the same bytes
 * are then sent to all.
 *
 *   prepare(reply) ─┬─ payload ─▶ datagrams
 *                   ├─ framed ──▶ streams, by the framing
 *                   └─ frame ───▶ WebSockets
 */
import type { Bytes, Framing } from '../framing/index.ts'
import { webSocketFrame } from '../io/index.ts'
import type { Formatter } from './lane.ts'

/** Made by `prepare`; `peer.send` of every transport takes it in place of the reply. */
export class Prepared<Reply = Bytes> {
  readonly #reply: Reply
  #payload: Buffer | undefined
  #framed: Buffer | undefined
  #framedBy: Framing<unknown, unknown> | undefined
  #frame: Buffer | undefined

  constructor(reply: Reply) {
    this.#reply = reply
  }

  /** What a datagram carries. Throws what the framing's `format` throws. */
  payload(format: Formatter): Buffer {
    this.#payload ??= own(format(this.#reply))
    return this.#payload
  }

  /** What goes onto a stream. Throws what the framing throws. */
  framed(format: Formatter, framing: Framing<unknown, unknown>): Buffer {
    if (this.#framed === undefined || this.#framedBy !== framing) {
      this.#framed = own(framing.encode(format(this.#reply)))
      this.#framedBy = framing
    }
    return this.#framed
  }

  /** A WebSocket frame: text for a string, else binary. */
  frame(format: Formatter): Buffer {
    this.#frame ??= webSocketFrame(format(this.#reply))
    return this.#frame
  }
}

/**
 * Gets a reply ready for many peers: it is put into bytes when the first of each kind needs it, once. It is for peers of
 * one service; the reply must not be changed afterwards.
 *
 * @example
 * const line = prepare(`${name}: ${text}`)
 * for (const member of members) member.send(line)
 */
export function prepare<Reply = Bytes>(reply: Reply): Prepared<Reply> {
  return new Prepared(reply)
}

/** Bytes that nobody else changes. */
function own(bytes: Bytes): Buffer {
  return Buffer.from(bytes as Uint8Array)
}
