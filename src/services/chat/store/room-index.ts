/** How many messages each room has, from which to which: what is asked often, and would else be a walk over all of them. */
import { messageNumber, messageTimeMs } from './message-id.ts'
import { checkTargets } from './range.ts'
import type { Target, TargetRange } from './types.ts'

export interface RoomSpan {
  count: number
  bytes: number
  /** The oldest id may be one that is gone already, never one too new. */
  first: string
  last: string
}

export class RoomIndex {
  readonly spans: Map<string, RoomSpan> = new Map()
  messages = 0
  bytes = 0
  #largest = '0000000000000000'

  /** The largest id that was ever added, or said to have been. */
  get lastNumber(): bigint {
    return messageNumber(this.#largest)
  }

  atLeast(id: string): void {
    if (id > this.#largest) this.#largest = id
  }

  /** A message that its room did not have. */
  add(room: string, id: string, bytes: number): void {
    const span = this.spans.get(room)
    if (span === undefined) this.spans.set(room, { count: 1, bytes, first: id, last: id })
    else {
      span.count++
      span.bytes += bytes
      if (id > span.last) span.last = id
      if (id < span.first) span.first = id
    }
    this.messages++
    this.bytes += bytes
    this.atLeast(id)
  }

  /** A message took the place of another that was so much shorter. */
  grow(room: string, bytes: number): void {
    const span = this.spans.get(room)
    if (span === undefined) return
    span.bytes += bytes
    this.bytes += bytes
  }

  /** The oldest so many of a room are gone; `first` is the oldest that is left. */
  removeOldest(room: string, count: number, bytes: number, first: string): void {
    const span = this.spans.get(room)
    if (span === undefined) return
    span.count -= count
    span.bytes -= bytes
    span.first = first
    this.messages -= count
    this.bytes -= bytes
    if (span.count <= 0) this.delete(room)
  }

  /** What a room has, as it was counted anew. */
  set(room: string, count: number, bytes: number, first = '', last = ''): void {
    this.delete(room)
    if (count === 0) return
    this.spans.set(room, { count, bytes, first, last })
    this.messages += count
    this.bytes += bytes
    this.atLeast(last)
  }

  delete(room: string): void {
    const { count = 0, bytes = 0 } = this.spans.get(room) ?? {}
    this.messages -= count
    this.bytes -= bytes
    this.spans.delete(room)
  }

  /** Rooms by the time of their last message, the latest last. */
  targets(range: TargetRange): Target[] {
    const { afterMs, beforeMs, where, limit } = checkTargets(range)
    const found: Target[] = []
    for (const [room, { last }] of this.spans) {
      const latestMs = messageTimeMs(last)
      if (latestMs <= afterMs || latestMs >= beforeMs) continue
      const target = { room, latestMs }
      if (where(target)) found.push(target)
    }
    found.sort((a, b) => a.latestMs - b.latestMs || (a.room < b.room ? -1 : 1))
    return limit === 0 ? [] : found.slice(-limit)
  }
}
