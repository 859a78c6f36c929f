/** How often a job waited, counted from what the scheduler did. Apart from the history, so that pages in a browser can have it. */
import type { JobStatus } from '../types.ts'

/** Each time that it was put on a CPU ended with a slice, another job, a wait, or its end. */
export function waitsOf({ dispatches, preemptions }: JobStatus): number {
  return Math.max(0, dispatches - preemptions - 1)
}
