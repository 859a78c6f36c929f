/**
 * Those who watch a batch. One that reads slowly holds nobody up: of what waits for it, the oldest steps are dropped, and of each
 * job only the newest status is kept.
 */
import type { BatchEvent } from '../types.ts'

/** Events that wait for one reader. */
const limit = 10_000

export class Watchers {
  readonly #watchers = new Set<Watcher>()
  #isClosed = false

  /** Whether somebody watches: else statuses need not be made. */
  get any(): boolean {
    return this.#watchers.size > 0
  }

  tell(event: BatchEvent): void {
    for (const watcher of this.#watchers) watcher.push(event)
  }

  /** Everything from now on, until the signal; ends at `close` too, after what waits was read. */
  watch(signal: AbortSignal | undefined): AsyncGenerator<BatchEvent, void> {
    const watcher = new Watcher()
    // From the call on, not from the first read.
    if (!this.#isClosed) this.#watchers.add(watcher)
    else watcher.end()
    return this.#events(watcher, signal)
  }

  close(): void {
    this.#isClosed = true
    for (const watcher of this.#watchers) watcher.end()
  }

  async *#events(watcher: Watcher, signal: AbortSignal | undefined): AsyncGenerator<BatchEvent, void> {
    const onAbort = (): void => watcher.drop()
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      for (;;) {
        const event = watcher.next()
        if (event !== undefined) yield event
        else if (watcher.isOver) return
        else await watcher.more()
      }
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#watchers.delete(watcher)
    }
  }
}

class Watcher {
  isOver = false
  #waiting: BatchEvent[] = []
  #wake: (() => void) | undefined

  push(event: BatchEvent): void {
    if (this.isOver) return
    this.#waiting.push(event)
    if (this.#waiting.length > 2 * limit) this.#waiting = thinned(this.#waiting)
    this.#wake?.()
  }

  next(): BatchEvent | undefined {
    return this.#waiting.shift()
  }

  more(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Nothing that waits is wanted any more. */
  drop(): void {
    this.#waiting = []
    this.end()
  }

  end(): void {
    this.isOver = true
    this.#wake?.()
  }
}

/** At most `limit`: without the statuses that a later one replaces, then without the oldest steps. */
function thinned(events: readonly BatchEvent[]): BatchEvent[] {
  const newest = new Map(events.flatMap((event) => (event.kind === 'job' ? [[event.job.id, event] as const] : [])))
  const kept = events.filter((event) => event.kind !== 'job' || newest.get(event.job.id) === event)
  let surplus = kept.length - limit
  return kept.filter((event) => event.kind !== 'step' || surplus-- <= 0)
}
