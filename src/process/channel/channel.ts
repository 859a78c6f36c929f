/**
 * Messages between processes and threads: values in frames, over any transport.
 *
 *      0        4      6             8        12
 *     +--------+------+-------------+--------+-----------------+
 *     | length | kind | descriptors | locals | values (length) |     little endian
 *     +--------+------+-------------+--------+-----------------+
 *
 * Frames that are sent in one turn of the event loop leave in one write. Descriptors go with the first bytes of a
 * write, so they are never later than the frame that counts them.
 */
import { fail, isLaneworkError } from '../../core/index.ts'
import { loadNative } from '../../native/index.ts'
import { Decoder, Encoder, type Luggage } from '../codec/index.ts'
import { descriptorsPerWrite, type Sink, type Transport } from './transport.ts'
import { unsent } from './unsent.ts'

const headerBytes = 12
const roomBytes = 65_536
/** From here on a message does not wait for the turn's end. */
const eagerBytes = 65_536
const nothing: readonly unknown[] = []
/** What the header can count. */
const frameDescriptorsLimit = 65_535
/** Buffers larger than this are given back once they are empty. */
const keptBytes = 1_048_576

/** Largest frame by default: 1 GiB. Arrays beyond 256 KiB mostly travel as shared memory and do not count. */
export const frameBytesDefault = 1_073_741_824

export interface ChannelHandlers {
  /** Called with each message; the decoder stands at its values and is valid during the call only. */
  readonly message: (kind: number, values: Decoder) => void
  /** Nothing more will arrive: the other end closed, died or sent nonsense. */
  readonly ended: (error?: Error) => void
}

export class Channel implements Sink {
  readonly #transport: Transport
  readonly #handlers: ChannelHandlers
  /** Largest frame that is sent or taken. */
  frameBytes: number
  readonly #luggage: Luggage
  #encoder: Encoder
  #frameStart = 0
  #frameDescriptors = 0
  #frameParting = 0
  #frameLocals = 0
  #sent = 0
  #flushing: NodeJS.Immediate | undefined
  #blocked = false
  /** Something arrived since the last flush, so what is sent now is probably awaited. */
  #asked = false
  #drained: (() => void)[] = []

  readonly #decoder = new Decoder()
  #incoming: Buffer = Buffer.allocUnsafeSlow(roomBytes)
  #from = 0
  #to = 0
  #locals: unknown[] = []
  #descriptors: number[] = []
  #paused = false
  #parsing = false
  /** Nothing more will arrive, for this reason. */
  #ended = false
  #error: Error | undefined
  /** The receiver knows. */
  #told = false
  #closed = false

  constructor(transport: Transport, handlers: ChannelHandlers, options: { frameBytes?: number } = {}) {
    this.#transport = transport
    this.#handlers = handlers
    this.frameBytes = options.frameBytes ?? frameBytesDefault
    this.#luggage = {
      takesDescriptors: transport.passesDescriptors,
      descriptors: [],
      parting: [],
      locals: transport.passesLocals ? [] : undefined,
    }
    this.#encoder = this.#newEncoder()
    transport.start(this)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Bytes that the other end has not yet taken. */
  get waitingBytes(): number {
    return this.#encoder.length - this.#sent
  }

  /** Sends one message. Throws NOT_SERIALIZABLE, and then nothing was sent. */
  send(kind: number, ...values: readonly unknown[]): void {
    const encoder = this.begin(kind)
    try {
      for (const value of values) encoder.value(value)
    } catch (error) {
      this.cancel()
      throw error
    }
    this.commit()
  }

  /** Begins a message whose values the caller writes; `commit` or `cancel` must follow in the same call. */
  begin(kind: number): Encoder {
    const encoder = this.#encoder
    this.#frameStart = encoder.length
    this.#frameDescriptors = this.#luggage.descriptors.length
    this.#frameParting = this.#luggage.parting.length
    this.#frameLocals = this.#luggage.locals?.length ?? 0
    encoder.uint32(0)
    encoder.uint32(kind)
    encoder.uint32(0)
    return encoder
  }

  /** Takes back what was written since `begin`. */
  cancel(): void {
    this.#encoder.length = this.#frameStart
    this.#encoder.unpack({
      descriptors: this.#frameDescriptors,
      parting: this.#frameParting,
      locals: this.#frameLocals,
    })
  }

  commit(): void {
    const encoder = this.#encoder
    const start = this.#frameStart
    const length = encoder.length - start - headerBytes
    if (length > this.frameBytes) {
      this.cancel()
      throw tooLong(length, this.frameBytes)
    }
    if (this.#closed) return this.cancel()
    const descriptors = this.#luggage.descriptors.length - this.#frameDescriptors
    if (descriptors > frameDescriptorsLimit) {
      this.cancel()
      throw fail('NOT_SERIALIZABLE', {
        what: 'the message',
        reason: `it holds more than ${frameDescriptorsLimit} handles`,
      })
    }
    encoder.patchUint32(start, length)
    if (descriptors > 0) encoder.bytes.writeUInt16LE(descriptors, start + 6)
    const locals = (this.#luggage.locals?.length ?? 0) - this.#frameLocals
    if (locals > 0) encoder.patchUint32(start + 8, locals)
    if (this.waitingBytes >= eagerBytes) this.flush()
    else if (!this.#blocked && this.#flushing === undefined) this.#scheduleFlush()
  }

  /** An answer leaves as soon as this callback is over; what is sent unasked waits for the end of the turn, for more. */
  #scheduleFlush(): void {
    if (!this.#asked) {
      this.#flushing = setImmediate(() => this.flush())
      return
    }
    this.#asked = false
    queueMicrotask(() => this.flush())
  }

  /** Writes now what waits for the turn's end. */
  flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing)
    this.#flushing = undefined
    if (this.#blocked || this.#closed || this.waitingBytes === 0) return
    this.#write()
    if (this.waitingBytes === 0) return this.#emptied()
    this.#blocked = true
    unsent.add(this)
    if (this.#sent > keptBytes && this.#sent > this.#encoder.length / 2) this.#compact()
  }

  /** A reader that is always behind must not make the buffer grow by what it has read. */
  #compact(): void {
    const { bytes, length } = this.#encoder
    bytes.copyWithin(0, this.#sent, length)
    this.#encoder.length = length - this.#sent
    this.#sent = 0
  }

  /** Resolves once at most `bytes` wait to be taken by the other end, or the channel is closed. */
  async drained(bytes = 0): Promise<void> {
    while (!this.#closed && !this.#ended && this.waitingBytes + (this.#transport.waitingBytes ?? 0) > bytes) {
      await new Promise<void>((resolve) => {
        this.#drained.push(resolve)
        this.flush()
      })
    }
  }

  /**
   * Blocks the thread until something has arrived and is handed over, or, with `writes`, until something was written; false
   * after the time (-1: no limit). Throws UNSUPPORTED where only the event loop reads.
   */
  runNow(writes: boolean, timeoutMs: number): boolean {
    this.flush()
    const transport = this.#transport
    if (transport.runNow !== undefined)
      return (writes && this.waitingBytes === 0) || transport.runNow(writes, timeoutMs)
    throw fail('UNSUPPORTED', { feature: 'blocking in a pipe', reason: 'only the event loop reads it here' })
  }

  /** Stops or resumes reading; the other end then waits, once the buffers between are full. */
  pause(yes: boolean): void {
    if (this.#paused === yes || this.#closed) return
    this.#paused = yes
    this.#transport.pause(yes)
    if (!yes) setImmediate(() => this.#parse())
  }

  /** Whether the channel keeps the program running while it is open. */
  ref(yes: boolean): void {
    this.#transport.ref(yes)
  }

  /** What was sent is written if the other end takes it now; nothing more is received. */
  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    unsent.delete(this)
    this.#transport.close()
    this.#dropLuggage()
    this.#release()
  }

  // The sink of the transport.

  room(): Buffer {
    if (this.#to === this.#incoming.length) this.#makeRoom()
    return this.#to === 0 ? this.#incoming : this.#incoming.subarray(this.#to)
  }

  filled(bytes: number, descriptors: readonly number[], locals: readonly unknown[]): void {
    if (this.#closed) return closeAll(descriptors)
    if (descriptors.length > 0) this.#descriptors.push(...descriptors)
    if (locals.length > 0) this.#locals.push(...locals)
    this.#to += bytes
    this.#asked = true
    this.#parse()
  }

  ended(error?: Error): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#error = error
    this.#release()
    // Of what has arrived, messages may still wait to be handed over.
    this.#parse()
  }

  writable(): void {
    this.#blocked = false
    this.flush()
    if (this.waitingBytes === 0) this.#release() // the transport's own bytes may have been the last
  }

  #newEncoder(): Encoder {
    return new Encoder(this.#luggage, 4096)
  }

  #write(): void {
    const { descriptors, locals } = this.#luggage
    const bytes = this.#encoder.bytes
    const end = this.#encoder.length
    // One byte carries each full load of descriptors, so that all have gone before the last byte has.
    while (descriptors.length > descriptorsPerWrite && this.#sent < end) {
      const load = descriptors.slice(0, descriptorsPerWrite)
      if (this.#transport.write(bytes, this.#sent, this.#sent + 1, load, []) === 0) return
      this.#sent += 1
      descriptors.splice(0, descriptorsPerWrite)
    }
    const taken = this.#transport.write(bytes, this.#sent, end, descriptors, locals ?? nothing)
    if (taken === 0) return
    this.#sent += taken
    descriptors.length = 0
    if (locals !== undefined) locals.length = 0
    for (const parting of this.#luggage.parting.splice(0)) parting.sent()
  }

  #emptied(): void {
    unsent.delete(this)
    this.#sent = 0
    this.#encoder.length = 0
    if (this.#encoder.bytes.length > keptBytes) this.#encoder = this.#newEncoder()
    this.#release()
  }

  #release(): void {
    if (this.#drained.length === 0) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** Descriptors that nobody has taken are nobody's, and would stay open. */
  #dropLuggage(): void {
    for (const parting of this.#luggage.parting.splice(0)) parting.kept()
    closeAll(this.#descriptors.splice(0))
  }

  #makeRoom(): void {
    const pending = this.#to - this.#from
    const needed = pending >= 4 ? this.#incoming.readUInt32LE(this.#from) + headerBytes : headerBytes
    const wanted = Math.max(roomBytes, Math.min(needed, this.frameBytes + headerBytes))
    const size = wanted > pending ? wanted : pending * 2
    const next = size <= this.#incoming.length && this.#from > 0 ? this.#incoming : Buffer.allocUnsafeSlow(size)
    this.#incoming.copy(next, 0, this.#from, this.#to)
    this.#incoming = next
    this.#from = 0
    this.#to = pending
  }

  #parse(): void {
    if (this.#parsing) return
    this.#parsing = true
    try {
      while (!this.#paused && !this.#closed && this.#take()) continue
    } finally {
      this.#parsing = false
    }
    if (this.#from === this.#to) this.#rewind()
    if (this.#ended) this.#tellEnd()
  }

  #tellEnd(): void {
    const pending = this.#to - this.#from
    if (this.#told || this.#closed || (this.#paused && pending > 0)) return
    this.#told = true
    const cut = pending > 0 ? fail('FRAME_TRUNCATED', { framing: 'values', pendingBytes: pending }) : undefined
    this.#handlers.ended(this.#error ?? cut)
  }

  #rewind(): void {
    this.#from = 0
    this.#to = 0
    if (this.#incoming.length > keptBytes) this.#incoming = Buffer.allocUnsafeSlow(roomBytes)
  }

  /** Hands over one whole frame; false when there is none. */
  #take(): boolean {
    const pending = this.#to - this.#from
    if (pending < headerBytes) return false
    const start = this.#from
    const buffer = this.#incoming
    const length = buffer.readUInt32LE(start)
    if (length > this.frameBytes) return this.#broken(tooLong(length, this.frameBytes))
    if (pending < headerBytes + length) return false
    const decoder = this.#decoder
    const descriptors = buffer.readUInt16LE(start + 6)
    const locals = buffer.readUInt32LE(start + 8)
    // The system drops what this process has no room for; what follows would take the wrong ones.
    if (descriptors > this.#descriptors.length) return this.#broken(lostDescriptors())
    decoder.read(buffer, start + headerBytes, start + headerBytes + length)
    decoder.descriptors = descriptors === 0 ? [] : this.#descriptors.splice(0, descriptors)
    decoder.locals = locals === 0 ? [] : this.#locals.splice(0, locals)
    this.#from = start + headerBytes + length
    try {
      this.#handlers.message(buffer.readUInt16LE(start + 4), decoder)
    } catch (error) {
      if (isLaneworkError(error, 'FRAME_INVALID')) return this.#broken(error)
      // The error is the caller's; the messages behind this one are not lost for it.
      setImmediate(() => this.#parse())
      throw error
    } finally {
      closeAll(decoder.descriptors)
    }
    return true
  }

  #broken(error: Error): false {
    this.#ended = true
    this.#told = true
    this.#paused = true
    this.#transport.pause(true)
    this.#from = this.#to
    this.#release()
    this.#handlers.ended(error)
    return false
  }
}

function closeAll(descriptors: readonly number[]): void {
  for (const descriptor of descriptors) loadNative()?.close(descriptor)
}

function lostDescriptors(): Error {
  return fail('FRAME_INVALID', {
    framing: 'values',
    reason: 'descriptors that did not arrive; has this process too many?',
  })
}

function tooLong(sizeBytes: number, limitBytes: number): Error {
  return fail('FRAME_TOO_LONG', { framing: 'values', sizeBytes, limitBytes })
}
