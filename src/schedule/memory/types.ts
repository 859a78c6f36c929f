/**
 * Memory that is shared in space: what every allocator gives, whichever rule it places by.
 *
 *      0        200          450      520                1024
 *      | system |    A       | (hole) |        B           |
 *                 └ a region: base, size, and whose it is ┘
 *
 * Addresses and sizes are in one unit of the user's choice (bytes, KiB, pages).
 */
import type { AdmissionMemory } from '../machine/spec.ts'

/** One stretch of memory. All regions of a map follow each other without a gap. */
export interface Region {
  readonly base: number
  readonly size: number
  /** The job that owns it; undefined for a hole. */
  readonly job: string | undefined
  /** What the job asked for; the rest of the region is internal fragmentation. 0 for a hole. */
  readonly used: number
}

/** Where a job was put. */
export interface Placement {
  readonly base: number
  /** What it got, which may be more than it asked for. */
  readonly size: number
  /** Size of the hole, partition or block that was chosen, before it was cut. */
  readonly hole: number
  /** Holes that were looked at before one was chosen. */
  readonly searched: number
}

export type MemoryEventKind = 'placed' | 'waits' | 'released' | 'moved' | 'swapped-out' | 'swapped-in'

/** One line of the ledger: who got, gave back or moved what, and why so. */
export interface MemoryEvent {
  readonly at: number
  readonly kind: MemoryEventKind
  readonly job: string
  /** Undefined where nothing was given. */
  readonly base: number | undefined
  readonly size: number
  /** Base before a move. */
  readonly from?: number | undefined
  /** Time that it took, where something was copied. */
  readonly cost?: number | undefined
  /** A sentence. */
  readonly why: string
}

/** How well memory is used at this moment. free + given = size. */
export interface MemoryUsage {
  readonly size: number
  /** In regions that jobs own. */
  readonly given: number
  /** What jobs asked for. */
  readonly used: number
  readonly free: number
  readonly holes: number
  readonly largestHole: number
  /** Given and not used: internal fragmentation. */
  readonly internal: number
  /** Part of the free memory that the largest hole does not have, 0 to 1: external fragmentation. */
  readonly external: number
}

export interface LedgerOptions {
  /** Events that are kept, the latest ones; 0 keeps none, for long simulations. @default 10_000 */
  readonly ledger?: number | undefined
}

/**
 * Memory that places jobs. It is an `AdmissionMemory`, so a simulated machine admits jobs with it; `release` throws
 * OPTION_INVALID for a job that has none, `admit` for one that has some already and for a size that is no number above 0,
 * and MEMORY_IMPOSSIBLE for one that would never fit.
 */
export interface Allocator extends AdmissionMemory {
  /** The rule in words: `first fit`. */
  readonly title: string
  /** A place, or undefined if the job has to wait. @param now time for the ledger, default 0 */
  admit(job: string, size: number, now?: number): Placement | undefined
  release(job: string, now?: number): void
  /** All of memory in the order of addresses. */
  map(): readonly Region[]
  usage(): MemoryUsage
  readonly ledger: readonly MemoryEvent[]
}
