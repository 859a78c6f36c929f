/**
 * All that the lanes of a server share, in one piece of memory: what they count, the connections they hold, and what is
 * remembered of sources if the limits ask for it.
 *
 *     | measures | connection slots | token buckets, if any | sliding windows, if any |
 *
 * Each lane, of whatever generation, writes as a row of its own. The supervisor makes the memory and gives `toLane()` to each lane.
 */
import { checkInteger } from '../../core/index.ts'
import { SharedMemory } from '../../process/index.ts'
import { serverMeasures } from '../measures.ts'
import type { LaneKind, Limits } from '../types.ts'
import { ConnectionSlots, type ConnectionSlotsOptions, type LaneSlots } from './connection-slots.ts'
import { MeasureTable, type LaneMeasures } from './measure-table.ts'
import { aligned, newLaneMemory, type LaneMemory } from './memory.ts'
import { SlidingWindowTable, type SlidingWindowTableOptions } from './sliding-window-table.ts'
import { TokenBucketTable, type TokenBucketTableOptions } from './token-bucket-table.ts'

export interface ServerMemoryOptions {
  /** Writers at most: lanes of all generations that run at a time; 1 to 1,024. */
  readonly rows: number
  readonly listeners: number
  readonly limits: Limits
}

/** All that one lane writes. */
export interface LaneShared {
  readonly row: number
  readonly measures: LaneMeasures
  readonly slots: LaneSlots
  /** Of `messagesPerSecond`. */
  readonly bucket: TokenBucketTable | undefined
  /** Of `messagesPerWindow`. */
  readonly window: SlidingWindowTable | undefined
}

/** What travels to a lane. */
interface LaneForm {
  readonly memory: LaneMemory
  readonly at: Places
}

interface Places {
  readonly slots: number
  readonly bucket: number | undefined
  readonly window: number | undefined
}

export class ServerMemory {
  readonly measures: MeasureTable
  readonly slots: ConnectionSlots
  readonly #memory: LaneMemory
  readonly #at: Places

  private constructor(memory: LaneMemory, at: Places) {
    this.#memory = memory
    this.#at = at
    this.measures = MeasureTable.attach(memory, 0, serverMeasures)
    this.slots = ConnectionSlots.attach(memory, at.slots)
  }

  /** Throws OPTION_INVALID, UNSUPPORTED for processes without the addon, SYSTEM_ERROR. */
  static create(kind: LaneKind, options: ServerMemoryOptions): ServerMemory {
    const { rows, listeners, limits } = options
    const sizes = { lanes: checkInteger('rows', rows, 1, 1_024), listeners }
    const slots = slotsOptions(rows, limits)
    const [bucket, window] = [bucketOptions(limits), windowOptions(limits)]
    let bytes = 0
    const place = (size: number): number => {
      const at = bytes
      bytes = aligned(at + size)
      return at
    }
    place(MeasureTable.bytesFor(serverMeasures, sizes))
    const at: Places = {
      slots: place(ConnectionSlots.bytesFor(slots)),
      bucket: bucket && place(TokenBucketTable.bytesFor(bucket)),
      window: window && place(SlidingWindowTable.bytesFor(window)),
    }
    const memory = newLaneMemory(kind, bytes)
    MeasureTable.create(memory, serverMeasures, sizes)
    ConnectionSlots.create(memory, slots, at.slots)
    if (bucket !== undefined) TokenBucketTable.create(memory, bucket, 0, at.bucket)
    if (window !== undefined) SlidingWindowTable.create(memory, window, 0, at.window)
    return new ServerMemory(memory, at)
  }

  /** What `toLane` gave, in a lane. Throws MEMORY_LAYOUT, CLOSED. */
  static attach(form: unknown): ServerMemory {
    const { memory, at } = form as LaneForm
    return new ServerMemory(memory, at)
  }

  /** What travels to a lane: plain values, and the memory as a handle (processes) or a SharedArrayBuffer (threads). */
  toLane(): unknown {
    return { memory: this.#memory, at: this.#at } satisfies LaneForm
  }

  /** Makes the caller the only writer of a row; what a dead predecessor held is given back, its counters go on. */
  row(row: number): LaneShared {
    const { bucket, window } = this.#at
    return {
      row,
      measures: this.measures.writer(row),
      slots: this.slots.lane(row),
      bucket: bucket === undefined ? undefined : TokenBucketTable.attach(this.#memory, row, bucket),
      window: window === undefined ? undefined : SlidingWindowTable.attach(this.#memory, row, window),
    }
  }

  /** Once a row's lane is dead for sure: its gauges are taken back, its slots and what it was just writing freed. */
  bury(row: number): void {
    const { bucket, window } = this.#at
    this.measures.bury(row)
    this.slots.reclaim(row)
    if (bucket !== undefined) TokenBucketTable.attach(this.#memory, row, bucket).bury(row)
    if (window !== undefined) SlidingWindowTable.attach(this.#memory, row, window).bury(row)
  }

  /** Lets go of the memory; it ends when all have. */
  close(): void {
    if (this.#memory instanceof SharedMemory) this.#memory.close()
  }
}

function slotsOptions(rows: number, { connections, connectionsPerAddress }: Limits): ConnectionSlotsOptions {
  return { lanes: rows, connections, connectionsPerAddress }
}

function bucketOptions({ messagesPerSecond, messageBurst }: Limits): TokenBucketTableOptions | undefined {
  if (messagesPerSecond === 0) return undefined
  return { ratePerSecond: messagesPerSecond, burst: messageBurst === 0 ? Math.max(1, messagesPerSecond) : messageBurst }
}

function windowOptions({ messagesPerWindow, windowMs }: Limits): SlidingWindowTableOptions | undefined {
  return messagesPerWindow === 0 ? undefined : { limit: messagesPerWindow, windowMs }
}
