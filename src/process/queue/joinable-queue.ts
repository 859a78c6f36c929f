/** A queue whose producers can wait until everything that they put has been worked on. */
import { fail } from '../../core/index.ts'
import { registerShareable } from '../codec/shareable.ts'
import { word } from './layout.ts'
import { Line, type WaitLimits } from './line.ts'
import { nothing } from './ring.ts'
import { Queue, type QueueOptions } from './queue.ts'
import { QueueStore } from './store.ts'

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
  readonly #joiners: Line
  readonly #header: Int32Array

  constructor(options: QueueOptions<Item, Batch> = {}, store: QueueStore = QueueStore.create(options)) {
    super(options, store)
    this.#header = store.header
    this.#joiners = new Line(store.done, 'joining the queue')
  }

  /** Items that were put and are not done; others may change that at any time. */
  unfinished(): number {
    this.qsize()
    const dones = Atomics.load(this.#header, word.dones)
    return (Atomics.load(this.#header, word.puts) - dones) >>> 0
  }

  /** One item that was taken has been worked on. Throws TASKS_DONE_EXCEEDED when there is none, CLOSED. */
  taskDone(): void {
    this.qsize()
    let dones = Atomics.load(this.#header, word.dones)
    for (;;) {
      if (dones === Atomics.load(this.#header, word.gets)) throw fail('TASKS_DONE_EXCEEDED', { what: 'queue' })
      const seen = Atomics.compareExchange(this.#header, word.dones, dones, (dones + 1) | 0)
      if (seen === dones) break
      dones = seen
    }
    if (this.unfinished() === 0) this.store.done.wake()
  }

  /** Waits until everything that was put is done. Rejects with TIMED_OUT, ABORTED or CLOSED. */
  async join(limits: WaitLimits = {}): Promise<void> {
    if (this.unfinished() === 0) return
    await this.#joiners.wait(() => (this.unfinished() === 0 ? true : nothing), limits)
  }

  /** `join` that blocks the thread, for worker code. */
  joinSync(limits: Pick<WaitLimits, 'timeoutMs'> = {}): void {
    this.qsize()
    this.#joiners.waitSync(() => (this.unfinished() === 0 ? true : nothing), limits)
  }

  override close(): void {
    this.#joiners.close()
    super.close()
  }
}

registerShareable(
  'joinable-queue',
  (_data, descriptors) => new JoinableQueue({}, QueueStore.attach(descriptors)),
  (handle) => !handle.closed,
)
