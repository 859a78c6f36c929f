/**
 * Datagrams on their way out. Those of one turn leave together (sendmmsg); what the kernel has no room for
 * waits in a bounded queue, and what does not fit there is dropped and counted. An error of one
 * datagram never stops the others.
 *
 *   reply, send ─▶ arena + quads ─flush─▶ kernel
 *                       │ EAGAIN            ▲
 *                       └──▶ waiting ───────┘ when writable (UDP) or after 1 ms (Unix)
 */
import { constants } from 'node:os'

import type { Handle, Native } from '../../native/index.ts'
import type { Bytes } from '../../framing/index.ts'
import type { DatagramCounts } from '../types.ts'
import type { NativeEndpoint } from './record.ts'

const entriesLimit = 256
/** Room for this many bytes is room for one entry more. */
const entryShareBytes = 64
const usualArenaBytes = 262_144
const toConnected = -2
const toRecordOfEntry = -1
/** One Unix receiver that does not read may hold this share of the waiting bytes... */
const queueShare = 4
/** ... and its datagrams are given up after this time. */
const waitingMs = 5_000
const { EAGAIN, ENOBUFS } = constants.errno

/** What the outbox needs to know of its socket. */
export interface OutboxOwner {
  readonly counts: DatagramCounts
  /** The peer of the message in `slot` of the batch now being handled. */
  endpointOfSlot(slot: number): NativeEndpoint
  /** Asks to have `retry` called when the kernel may have room again. */
  waitForRoom(): void
}

interface Waiting {
  readonly bytes: Buffer
  /** Whom it waits for: all of UDP shares one kernel buffer, every Unix socket has a queue of its own. */
  readonly queue: string
  readonly sinceMs: number
  /** Undefined for the peer of a connected socket. */
  readonly record: Buffer | undefined
}

export class Outbox {
  readonly arena: Buffer
  readonly #arenaBytes: number
  readonly #entriesLimit: number
  readonly outgoing: Buffer
  readonly #quads: Int32Array
  readonly #records: Buffer
  readonly #native: Native
  readonly #owner: OutboxOwner
  readonly #queueBytes: number
  #handle: Handle<'datagrams'> | undefined
  #entries = 0
  #used = 0
  #queuedBytes = 0
  /** Where these are in the arena, for more entries of the same: who sent them does not change them. */
  #keptBytes: Uint8Array | undefined
  #keptAt = 0
  #waiting: Waiting[] = []
  #waitingBytes = 0
  /** Bytes waiting in each queue. */
  readonly #queues = new Map<string, number>()
  readonly #sharedQueue: boolean
  #scheduled: NodeJS.Immediate | undefined

  /**
   * `sharedQueue`: all destinations wait for one buffer (UDP); else each for its own (Unix datagrams). `arenaBytes`: room for what leaves
   * together.
   */
  constructor(
    native: Native,
    owner: OutboxOwner,
    queueBytes: number,
    sharedQueue: boolean,
    arenaBytes: number = usualArenaBytes,
  ) {
    this.#arenaBytes = arenaBytes
    const entryCount = Math.min(entriesLimit, Math.ceil(arenaBytes / entryShareBytes))
    this.#entriesLimit = entryCount
    this.arena = Buffer.from(new ArrayBuffer(arenaBytes))
    this.#sharedQueue = sharedQueue
    this.#native = native
    this.#owner = owner
    this.#queueBytes = queueBytes
    this.outgoing = Buffer.from(new ArrayBuffer(entryCount * (16 + native.recordBytes)))
    this.#quads = new Int32Array(this.outgoing.buffer, 0, entryCount * 4)
    this.#records = this.outgoing.subarray(entryCount * 16)
  }

  attach(handle: Handle<'datagrams'>): void {
    this.#handle = handle
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0
  }

  /** Answers the message in `slot`; leaves with the flush at the end of the batch. */
  reply(slot: number, data: Bytes): void {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    this.#makeRoom(bytes.length)
    if (this.#waiting.length > 0) {
      const { record } = this.#owner.endpointOfSlot(slot)
      if (this.#queues.has(this.#queueOf(record))) {
        this.#wait(Buffer.from(bytes), record, performance.now())
        return
      }
    }
    const entry = this.#put(bytes)
    if (entry >= 0) this.#quads[entry * 4 + 2] = slot
  }

  /**
   * Sends to a record, or to the connected peer; leaves with the others of this turn. False when dropped. `isKept`: nobody changes the
   * bytes any more, so that they are copied once, however many get them.
   */
  send(data: Bytes, record: Buffer | undefined, isKept = false): boolean {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    this.#makeRoom(isKept && bytes === this.#keptBytes ? 0 : bytes.length)
    // None may overtake those that wait for the same.
    if (this.#waiting.length > 0 && this.#queues.has(this.#queueOf(record))) {
      return this.#wait(Buffer.from(bytes), record, performance.now())
    }
    const entry = isKept ? this.#putKept(bytes) : this.#put(bytes)
    if (entry < 0) return false
    this.#address(entry, record)
    this.#scheduled ??= setImmediate(() => this.flush())
    return true
  }

  /** Hands everything queued to the kernel; `sinceMs` is since when it waits, by default now. */
  flush(sinceMs?: number): void {
    if (this.#scheduled !== undefined) {
      clearImmediate(this.#scheduled)
      this.#scheduled = undefined
    }
    const count = this.#entries
    if (count === 0 || this.#handle === undefined) return
    const failed = this.#native.datagramSend(this.#handle, count)
    this.#entries = 0
    const sentBytes = this.#queuedBytes
    this.#used = 0
    this.#queuedBytes = 0
    this.#keptBytes = undefined
    const counts = this.#owner.counts
    counts.batches++
    counts.sent += count - failed
    counts.sentBytes += sentBytes
    if (failed > 0) this.#collectFailed(count, sinceMs ?? performance.now())
  }

  /** Tries again what waits; called when the kernel may have room. */
  retry(): void {
    const waiting = this.#forgetWaiting()
    const oldestMs = performance.now() - waitingMs
    for (const { bytes, record, sinceMs } of waiting) {
      if (sinceMs < oldestMs) this.#owner.counts.sendDropped++
      else this.#resend(bytes, record, sinceMs)
    }
    this.flush()
  }

  /** Drops what waits, counted: the socket closes. */
  abandon(): void {
    this.flush()
    this.#owner.counts.sendDropped += this.#forgetWaiting().length
    this.#handle = undefined
  }

  #forgetWaiting(): Waiting[] {
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    this.#queues.clear()
    return waiting
  }

  /** One that waited goes out again, and keeps its age should it have to wait once more. */
  #resend(bytes: Buffer, record: Buffer | undefined, sinceMs: number): void {
    this.#makeRoom(bytes.length)
    if (this.#queues.has(this.#queueOf(record))) {
      this.#wait(bytes, record, sinceMs)
      return
    }
    this.#address(this.#put(bytes), record)
    if (!this.#sharedQueue) this.flush(sinceMs)
  }

  #queueOf(record: Buffer | undefined): string {
    return this.#sharedQueue || record === undefined ? '' : record.toString('latin1')
  }

  /** A flush for room may itself leave datagrams waiting, so callers look at the queues only after it. */
  #makeRoom(size: number): void {
    if (this.#entries === this.#entriesLimit || this.#used + size > this.#arenaBytes) this.flush()
  }

  #address(entry: number, record: Buffer | undefined): void {
    if (entry < 0) return
    this.#quads[entry * 4 + 2] = record === undefined ? toConnected : toRecordOfEntry
    if (record !== undefined) this.#records.set(record, entry * this.#native.recordBytes)
  }

  /** Copies bytes into the arena and opens an entry; -1 when no datagram can be that long. */
  #put(bytes: Uint8Array): number {
    const size = bytes.length
    if (size > this.#arenaBytes) {
      this.#owner.counts.sendFailed++
      return -1
    }
    const offset = this.#used
    this.#used = offset + size
    this.arena.set(bytes, offset)
    return this.#open(offset, size)
  }

  #putKept(bytes: Uint8Array): number {
    if (bytes === this.#keptBytes) return this.#open(this.#keptAt, bytes.length)
    const at = this.#used
    const entry = this.#put(bytes)
    if (entry >= 0) {
      this.#keptBytes = bytes
      this.#keptAt = at
    }
    return entry
  }

  #open(offset: number, size: number): number {
    const entry = this.#entries++
    this.#queuedBytes += size
    this.#quads[entry * 4] = offset
    this.#quads[entry * 4 + 1] = size
    return entry
  }

  #wait(bytes: Buffer, record: Buffer | undefined, sinceMs: number): boolean {
    const queue = this.#queueOf(record)
    const inQueue = (this.#queues.get(queue) ?? 0) + bytes.length
    const queueLimit = this.#sharedQueue ? this.#queueBytes : this.#queueBytes / queueShare
    if (this.#waitingBytes + bytes.length > this.#queueBytes || inQueue > queueLimit) {
      this.#owner.counts.sendDropped++
      return false
    }
    this.#waiting.push({ bytes, record, queue, sinceMs })
    this.#waitingBytes += bytes.length
    this.#queues.set(queue, inQueue)
    return true
  }

  /** After a flush: what the kernel had no room for waits, what it refused is counted. */
  #collectFailed(count: number, sinceMs: number): void {
    const counts = this.#owner.counts
    for (let entry = 0; entry < count; entry++) {
      const [offset, size, destination, errno] = this.#quads.subarray(entry * 4, entry * 4 + 4) as unknown as [
        number,
        number,
        number,
        number,
      ]
      if (errno === 0) continue
      counts.sentBytes -= size
      if (errno !== EAGAIN && errno !== ENOBUFS) {
        counts.sendFailed++
        continue
      }
      const bytes = Buffer.from(this.arena.subarray(offset, offset + size))
      this.#wait(bytes, this.#recordOf(entry, destination), sinceMs)
    }
    if (this.#waiting.length > 0) this.#owner.waitForRoom()
  }

  #recordOf(entry: number, destination: number): Buffer | undefined {
    if (destination === toConnected) return undefined
    if (destination >= 0) return this.#owner.endpointOfSlot(destination).record
    const size = this.#native.recordBytes
    return Buffer.from(this.#records.subarray(entry * size, (entry + 1) * size))
  }
}
