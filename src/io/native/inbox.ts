/**
 * Datagrams on their way in: batches out of the kernel, handed over one call a batch.
 *
 * A batch is small while little comes (4), up to 64 while they come back full, and at most 256 datagrams are
 * received before the event loop gets its turn, so that timers never starve.
 *
 * Messages that handlers may keep are copied into parcels by the addon, small ones side by side. A parcel lives as
 * long as one of its messages is kept, so it is small: 16 KiB; what does not fit gets memory of its own.
 */
import type { Bytes } from '../../framing/index.ts'
import type { Handle, Native } from '../../native/index.ts'
import type { Scheme } from '../address.ts'
import type { DatagramBatch, DatagramCounts } from '../types.ts'
import { momentNs, readRealTime, type Moment } from '../real-time.ts'
import { copyOut } from './copy.ts'
import type { Outbox } from './outbox.ts'
import { NativeEndpoint } from './record.ts'
import { slotCount, type Ring } from './ring.ts'

const batchLeast = 4
const turnBudget = 256
/** From this many datagrams on a batch is worth asking for the next at once. */
const busyBatch = 8
const parcelBytes = 16_384
/** A parcel with less room than this is given up for a new one. */
const parcelReserve = 4_096
const noParcel = Buffer.alloc(0)
const flagTruncated = 1
const flagNewEndpoint = 2

export class Inbox implements DatagramBatch {
  /** Datagrams in the batch now being handled. */
  count = 0
  readonly #native: Native
  readonly #handle: Handle<'datagrams'>
  readonly #scheme: Scheme
  readonly #ring: Ring
  readonly #outbox: Outbox
  readonly #counts: DatagramCounts
  /** By entry of the addon's table of peers. */
  readonly #endpoints: NativeEndpoint[] = []
  readonly #slotEndpoints: NativeEndpoint[] = Array.from({ length: slotCount })
  #parcel: Buffer = noParcel
  #parcelUsed = 0
  #batchSize = batchLeast
  readonly #views: (Buffer | undefined)[] = Array.from({ length: slotCount }, () => undefined)
  /** Written by the addon for each batch; undefined unless asked for. */
  #times: Float64Array | undefined
  readonly #moment: Moment = { seconds: 0, nanoseconds: 0 }

  constructor(
    native: Native,
    handle: Handle<'datagrams'>,
    scheme: Scheme,
    ring: Ring,
    outbox: Outbox,
    counts: DatagramCounts,
  ) {
    this.#native = native
    this.#handle = handle
    this.#scheme = scheme
    this.#ring = ring
    this.#outbox = outbox
    this.#counts = counts
  }

  /** From now on messages are copied for keeping; without it only `borrow` is fast. */
  copyMessages(): void {
    this.#parcel = newParcel()
    this.#parcelUsed = 0
  }

  /** From now on the addon writes here when datagrams came. */
  keepTimes(times: Float64Array): void {
    this.#times = times
  }

  /**
   * Receives and hands over batches while there are any, within the budget of one turn. Gives -errno of an earlier send on a connected
   * socket, which ends the turn; else 0.
   */
  turn(onBatch: (batch: DatagramBatch) => void, goesOn: () => boolean): number {
    let budget = turnBudget
    while (budget > 0 && goesOn()) {
      const asked = this.#batchSize
      if (this.#parcel !== noParcel && this.#parcelUsed > parcelBytes - parcelReserve) this.copyMessages()
      const count = this.#native.datagramReceive(this.#handle, asked, this.#parcel, this.#parcelUsed)
      if (count <= 0) return count
      budget -= count
      this.#load(count)
      try {
        onBatch(this)
      } finally {
        this.#outbox.flush() // Replies name slots, which the next batch overwrites.
      }
      if (count === asked) this.#batchSize = Math.min(slotCount, asked * 4)
      else if (count * 4 < asked) this.#batchSize = Math.max(batchLeast, asked / 4)
      // While a batch was handled the next has come: asking again is cheaper than a round of the event loop.
      if (count < busyBatch) return 0
    }
    return 0
  }

  // DatagramBatch

  message(index: number): Buffer {
    const { received, memory, strideBytes } = this.#ring
    const size = received[index * 4] as number
    const place = received[index * 4 + 3] as number
    if (place >= 0) return this.#parcel.subarray(place, place + size)
    return copyOut(memory, index * strideBytes, size)
  }

  /** A view of one slot and length is made once: most messages of a protocol are equally long. */
  borrow(index: number): Buffer {
    const { received, memory, strideBytes } = this.#ring
    const size = received[index * 4] as number
    const known = this.#views[index]
    if (known !== undefined && known.length === size) return known
    const start = index * strideBytes
    return (this.#views[index] = memory.subarray(start, start + size))
  }

  truncated(index: number): boolean {
    return ((this.#ring.received[index * 4 + 2] as number) & flagTruncated) !== 0
  }

  source(index: number): NativeEndpoint {
    return this.#slotEndpoints[index] as NativeEndpoint
  }

  receivedAt(index: number, moment: Moment): void {
    const times = this.#times
    if (times === undefined) return readRealTime(moment)
    moment.seconds = times[index * 2] as number
    moment.nanoseconds = times[index * 2 + 1] as number
  }

  receivedNs(index: number): bigint {
    this.receivedAt(index, this.#moment)
    return momentNs(this.#moment)
  }

  flush(): void {
    this.#outbox.flush()
  }

  reply(index: number, data: Bytes): void {
    this.#outbox.reply(index, data)
  }

  /** Reads the quads of a new batch in order, since a later slot may replace an endpoint's entry. */
  #load(count: number): void {
    const { received } = this.#ring
    const counts = this.#counts
    let bytes = 0
    for (let slot = 0; slot < count; slot++) {
      const size = received[slot * 4] as number
      const entry = received[slot * 4 + 1] as number
      const flags = received[slot * 4 + 2] as number
      const place = received[slot * 4 + 3] as number
      bytes += size
      if (place >= 0) this.#parcelUsed = place + size
      if ((flags & flagTruncated) !== 0) counts.truncated++
      if ((flags & flagNewEndpoint) !== 0) this.#endpoints[entry] = this.#arrival(slot)
      this.#slotEndpoints[slot] = this.#endpoints[entry] as NativeEndpoint
    }
    counts.received += count
    counts.receivedBytes += bytes
    counts.batches++
    this.count = count
  }

  #arrival(slot: number): NativeEndpoint {
    const size = this.#native.recordBytes
    return new NativeEndpoint(this.#native, this.#scheme, copyOut(this.#ring.arrivals, slot * size, size))
  }
}

function newParcel(): Buffer {
  return Buffer.allocUnsafeSlow(parcelBytes)
}
