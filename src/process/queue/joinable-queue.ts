/** A queue whose producers can wait until everything that they put has been worked on. */
import { registerShareable } from '../codec/shareable.ts'
import type { SyncLimits } from './backend.ts'
import { noLimits, type WaitLimits } from './line.ts'
import { arrivedQueue } from './open.ts'
import { Queue } from './queue.ts'

/**
 * A Queue with `taskDone` and `join`. An item that was taken by a process which was killed is never done; put it
 * again, and say that the first is done.
 *
 * @example
 * const queue = new JoinableQueue<string>()
 * await queue.put('work')
 * void (async () => {
 *   for await (const item of queue) {
 *     console.log(item)
 *     queue.taskDone()
 *   }
 * })()
 * await queue.join()
 * await queue.end()
 */
export class JoinableQueue<Item = unknown, Batch extends ArrayLike<Item> = Item[]> extends Queue<Item, Batch> {
  protected override readonly kind: string = 'joinable-queue'

  /** Items that were put and are not done; others may change that at any time. */
  unfinished(): number {
    return this.joins.unfinished()
  }

  /** One item that was taken has been worked on. Throws TASKS_DONE_EXCEEDED when there is none, CLOSED. */
  taskDone(): void {
    this.joins.taskDone()
  }

  /** Waits until everything that was put is done. Rejects with TIMED_OUT, ABORTED, OPTION_INVALID or CLOSED. */
  join(limits: WaitLimits = noLimits): Promise<void> {
    return this.joins.join(limits)
  }

  /** `join` that blocks the thread, for worker code. */
  joinSync(limits: SyncLimits = noLimits): void {
    this.joins.joinSync(limits)
  }
}

registerShareable(
  'joinable-queue',
  (data, descriptors) => new JoinableQueue({}, arrivedQueue(data, descriptors)),
  (handle) => !handle.closed,
)
