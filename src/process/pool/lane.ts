/** What the dispatcher sees of a lane, whatever its kind. */
import type { Death } from '../death.ts'
import type { Entry } from './entry.ts'
import type { LaneState, LaneStatus } from './types.ts'

export interface LaneEvents {
  /** It can take tasks. */
  ready(lane: Lane): void
  /** A task is done; the lane ran it for so long. */
  done(lane: Lane, entry: Entry, ranUs: number, outcome: Outcome): void
  /** It has ended, asked or not; what it had is in `entries`. */
  ended(lane: Lane, death: Death | undefined): void
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown }

export interface Lane {
  readonly state: LaneState
  readonly status: LaneStatus
  /** Why it could not be started. */
  readonly startError: Error | undefined
  /** Given and not done, in order. */
  readonly entries: ReadonlyMap<number, Entry>
  /** Whether it takes another task now. */
  readonly hasRoom: boolean
  /** Gives it a task. Throws NOT_SERIALIZABLE, and then it was not given. */
  give(entry: Entry): void
  /** Takes a task back; false when it has begun or may have. */
  takeBack(entry: Entry): boolean
  /** Whether a task has begun, or may have. */
  hasBegun(entry: Entry): boolean
  /** How long a task has run, in milliseconds; 0 when it has not begun. */
  runningMs(entry: Entry): number
  /** Asks a task that runs to stop. */
  abort(entry: Entry): void
  /** Lets it know that nothing more is given in this turn. */
  flush(): void
  /** Finishes what it has, then ends. */
  drain(): void
  kill(): void
  /** Its resident memory; undefined where it cannot be known. */
  rssBytes(): number | undefined
}
