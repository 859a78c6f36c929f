/**
 * Addresses whose members were gone while they spoke in another room than the default one: what they send next was meant for that room, and is
 * not to be said to others. Of one lane; forgotten after an hour, and the oldest first when there are many.
 */
import type { Clock } from '../../../core/index.ts'

const keptMs = 3_600_000
const keptMost = 10_000

export interface Gone {
  /** The member at this address has gone; it spoke in `room`. */
  add(address: string, room: string): void
  /** The room in which this address spoke, told once. */
  take(address: string): string | undefined
}

export function makeGone(clock: Clock): Gone {
  const known = new Map<string, { readonly room: string; readonly atMs: number }>()
  const isOld = (atMs: number): boolean => clock.monotonicMs() - atMs > keptMs
  return {
    add(address, room) {
      known.delete(address)
      known.set(address, { room, atMs: clock.monotonicMs() })
      for (const [first, { atMs }] of known) {
        if (known.size <= keptMost && !isOld(atMs)) break
        known.delete(first)
      }
    },
    take(address) {
      const found = known.get(address)
      known.delete(address)
      return found === undefined || isOld(found.atMs) ? undefined : found.room
    },
  }
}
