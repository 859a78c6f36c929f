/**
 * All native streams of this thread: one epoll set, one poll on it, batches in both directions.
 *
 *   poll ready ─▶ streamWait: accepts and reads ─▶ events ─▶ listeners and connections
 *   writes of the turn ─▶ arena + quads ─▶ streamFlush at the end of the turn
 *
 * A descriptor number is the key everywhere. At most one entry of a connection is in the arena at a time, so
 * that a partial write can never be overtaken by a later one, and a turn's writes of a connection are one system call.
 */
import { constants } from 'node:os'

import { Poll, readable, errnoName, type Handle, type Native } from '../../native/index.ts'
import { systemError } from '../system-error.ts'
import { copyOut } from './copy.ts'
import type { NativeConnection } from './connection.ts'
import type { NativeListener } from './listener.ts'
import { OutgoingArena } from './outgoing-arena.ts'

const arenaBytes = 1_048_576
const eventCount = 512
const eventInts = 8
/** Rounds of waiting and handling before the event loop gets its turn. */
const roundsPerTurn = 8
/** Another round is only worth a system call when this many events came. */
const busyEvents = 8
const { EAGAIN } = constants.errno

const kinds = { accept: 1, data: 2, end: 3, error: 4, writable: 5, acceptError: 6 } as const

export const wantRead = 1
export const wantWrite = 2

export class StreamEngine {
  readonly native: Native
  readonly connections: (NativeConnection | undefined)[] = []
  readonly listeners: (NativeListener | undefined)[] = []
  /** Counts flushes; a connection remembers in which epoch it last put an entry. */
  epoch = 1
  readonly #handle: Handle<'streams'>
  readonly #poll: Poll
  readonly #arena: Buffer = Buffer.from(new ArrayBuffer(arenaBytes))
  readonly #events = new Int32Array(eventCount * eventInts)
  readonly #outgoing = new OutgoingArena(arenaBytes)
  #inTurn = false
  #scheduled: NodeJS.Immediate | undefined
  #references = 0

  constructor(native: Native) {
    this.native = native
    const handle = native.streamOpen(this.#arena, this.#events, this.#outgoing.bytes, this.#outgoing.quads)
    if (typeof handle === 'number')
      throw systemError(errnoName(handle), { syscall: 'epoll_create', address: 'streams' })
    this.#handle = handle
    this.#poll = new Poll(native, native.streamDescriptor(handle), readable, () => this.#turn())
    this.#poll.ref(false)
  }

  /** Starts watching; `accepts` > 0 makes it a listener that accepts so many at once. */
  watch(fd: number, accepts: number, wanted: number): number {
    return this.native.streamWatch(this.#handle, fd, accepts, wanted)
  }

  want(fd: number, wanted: number): void {
    this.native.streamWant(this.#handle, fd, wanted)
  }

  forget(fd: number): void {
    this.native.streamForget(this.#handle, fd)
    this.connections[fd] = undefined
    this.listeners[fd] = undefined
  }

  /** Counts what keeps the process running. */
  reference(change: 1 | -1): void {
    this.#references += change
    if (this.#references === (change === 1 ? 1 : 0)) this.#poll.ref(change === 1)
  }

  /**
   * Queues bytes for a connection; they leave at the end of the turn. False when they were not taken, because a flush
   * for room left the connection with bytes of its own waiting, or closed it.
   */
  put(connection: NativeConnection, bytes: Uint8Array): boolean {
    let entry = this.#outgoing.add(connection.fd, this.#entryOf(connection), bytes)
    while (entry < 0) {
      this.flush()
      if (connection.hasWaiting) return false
      entry = this.#outgoing.add(connection.fd, this.#entryOf(connection), bytes)
    }
    connection.epoch = this.epoch
    connection.entry = entry
    if (!this.#inTurn) this.#scheduled ??= setImmediate(() => this.flush())
    return true
  }

  #entryOf(connection: NativeConnection): number {
    return connection.epoch === this.epoch ? connection.entry : -1
  }

  /** Hands all queued bytes to the kernel; what it does not take waits with its connection. */
  flush(): void {
    if (this.#scheduled !== undefined) {
      clearImmediate(this.#scheduled)
      this.#scheduled = undefined
    }
    const count = this.#outgoing.entries
    if (count === 0) return
    this.#outgoing.seal()
    const partial = this.native.streamFlush(this.#handle, count)
    const leftovers = partial > 0 ? this.#collect(count) : undefined
    this.#outgoing.clear()
    this.epoch++
    // Only now, with an empty arena, since these calls may write to other connections.
    leftovers?.forEach(({ connection, rest, errno }) => {
      if (errno === 0) connection.keep(rest)
      else connection.fail(errno)
    })
  }

  #collect(count: number): { connection: NativeConnection; rest: Buffer; errno: number }[] {
    const leftovers = []
    const { bytes, quads } = this.#outgoing
    for (let entry = 0; entry < count; entry++) {
      const fd = quads[entry * 4] as number
      const offset = quads[entry * 4 + 1] as number
      const size = quads[entry * 4 + 2] as number
      const result = quads[entry * 4 + 3] as number
      const connection = this.connections[fd]
      if (result === size || connection === undefined) continue
      const written = Math.max(0, result)
      const rest = copyOut(bytes, offset + written, size - written)
      leftovers.push({ connection, rest, errno: result < 0 && result !== -EAGAIN ? result : 0 })
    }
    return leftovers
  }

  #turn(): void {
    this.#inTurn = true
    try {
      for (let round = 0; round < roundsPerTurn; round++) {
        const count = this.native.streamWait(this.#handle)
        for (let index = 0; index < count; index++) this.#dispatchSafely(index * eventInts)
        this.flush()
        if (count < busyEvents) return
      }
    } finally {
      this.#inTurn = false
      this.flush()
    }
  }

  /** An owner that throws must not take the events of the others with it; its error surfaces on a later turn. */
  #dispatchSafely(at: number): void {
    try {
      this.#dispatch(at)
    } catch (error) {
      setImmediate(() => {
        throw error
      })
    }
  }

  #dispatch(at: number): void {
    const events = this.#events
    const kind = events[at] as number
    const fd = events[at + 1] as number
    if (kind === kinds.data) {
      // Closed by an earlier event of the same batch: its bytes have no reader.
      this.connections[fd]?.onBytes(copyOut(this.#arena, events[at + 2] as number, events[at + 3] as number))
    } else if (kind === kinds.writable) this.connections[fd]?.onWritable()
    else if (kind === kinds.end) this.connections[fd]?.onPeerEnd()
    else if (kind === kinds.error) this.connections[fd]?.fail(-(events[at + 4] as number))
    else if (kind === kinds.accept) this.#accept(fd, events[at + 5] as number, events[at + 2] as number)
    else if (kind === kinds.acceptError) this.listeners[fd]?.onAcceptError(-(events[at + 4] as number))
  }

  #accept(fd: number, listenerFd: number, offset: number): void {
    const listener = this.listeners[listenerFd]
    if (listener === undefined) {
      this.forget(fd)
      this.native.close(fd)
      return
    }
    listener.onAccept(fd, copyOut(this.#arena, offset, this.native.recordBytes))
  }
}

let engine: StreamEngine | undefined

/** The engine of this thread, made when the first stream is. */
export function streamEngine(native: Native): StreamEngine {
  engine ??= new StreamEngine(native)
  return engine
}
