/** What a Condition needs of its lock: to let it go for the time of a wait, and to have it back as it was. */
import type { Taken } from './owner-cell.ts'

export interface Suspension<Kept> {
  /** Lets go at once, at any depth; gives what `resume` needs. Throws LOCK_NOT_HELD. */
  suspend(): Kept
  resume(kept: Kept): Promise<Taken>
  resumeSync(kept: Kept): Taken
  /** Throws LOCK_NOT_HELD unless this thread holds it. */
  checkHeld(): void
}
