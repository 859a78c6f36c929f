/**
 * The contract of a framing: the rule that cuts a byte stream into messages.
 *
 *   bytes ──push──▶ FrameDecoder ──next──▶ frame ──parse──▶ message ──▶ handler
 *   bytes ◀─encode── Framing ◀──format── reply  ◀─────────────────────────┘
 *
 * A decoder is pulled, not pushed: the server takes one frame at a time and stops while a handler
 * is busy, so that order and back-pressure need no queue of their own. Everything here is pure.
 */

/** What a handler may answer when the framing carries plain bytes; a string is sent as UTF-8. */
export type Bytes = Uint8Array | string

/** Cuts the bytes of one stream into frames. Not shared between connections. */
export interface FrameDecoder {
  /**
   * Takes over `chunk`; frames may be views of it, so the caller must not write to it again.
   * Legal at any time before `end()`, also while frames wait: chunks queue up in order.
   */
  push(chunk: Buffer): void
  /**
   * The next whole frame, or undefined when more bytes are needed.
   * Throws FRAME_TOO_LONG or FRAME_INVALID; the decoder is then of no further use.
   */
  next(): Buffer | undefined
  /** Bytes held back: of a frame that is not yet whole, and of frames not yet taken. */
  readonly pendingBytes: number
  /**
   * Says that the stream has ended, after `next()` returned undefined. May return a last frame that
   * the end itself completes (a last line without its newline); throws FRAME_TRUNCATED when
   * the stream ended inside a frame.
   */
  end(): Buffer | undefined
}

/**
 * A framing, shared by all connections of a service.
 *
 * `Message` is what the handler gets, `Reply` what it may return; both are bytes for every framing
 * but `jsonLines()`.
 */
export interface Framing<Message = Buffer, Reply = Bytes> {
  /** For messages and `--framing`: `lines`, `length-prefix`, ... */
  readonly name: string
  /** True when a chunk of the stream is a message as it comes: no boundaries are kept. */
  readonly raw?: boolean
  /** A decoder for one stream; a frame longer than `frameBytes` is FRAME_TOO_LONG. */
  decoder(frameBytes: number): FrameDecoder
  /**
   * The bytes that carry `payload` as one frame. Throws FRAME_INVALID when the payload cannot be
   * framed (a delimiter inside it, a wrong fixed size).
   */
  encode(payload: Bytes): Bytes
  /** Turns a frame, or a whole datagram, into the handler's message. Default: the bytes themselves. */
  readonly parse?: (frame: Buffer) => Message
  /** Turns the handler's reply into the payload of a frame or datagram. Default: the reply itself. */
  readonly format?: (reply: Reply) => Bytes
}
