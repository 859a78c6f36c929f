/**
 * What the owner has decided, on its way out: stored first, then heard, then answered, in one order for everybody. What nobody has
 * stored nobody hears; many messages go to the disk together.
 */

interface Entry {
  state: 'storing' | 'ready' | 'failed'
  readonly publish: () => void
  readonly refuse: (error: unknown) => void
  error?: unknown
}

export class Outgoing {
  readonly #entries: Entry[] = []

  /** Entries that wait for the disk, and those behind them. */
  get size(): number {
    return this.#entries.length
  }

  /**
   * Calls `publish` once `stored` has resolved, and after all that was added before; at once where nothing waits. Where it rejects,
   * `refuse` is called instead, in its turn.
   */
  add(stored: Promise<void> | undefined, publish: () => void, refuse: (error: unknown) => void): void {
    if (stored === undefined && this.#entries.length === 0) return publish()
    const entry: Entry = { state: stored === undefined ? 'ready' : 'storing', publish, refuse }
    this.#entries.push(entry)
    stored?.then(
      () => this.#settle(entry, 'ready'),
      (error: unknown) => {
        entry.error = error
        this.#settle(entry, 'failed')
      },
    )
  }

  #settle(entry: Entry, state: 'ready' | 'failed'): void {
    entry.state = state
    let done = 0
    for (const next of this.#entries) {
      if (next.state === 'storing') break
      done += 1
    }
    const leaving = this.#entries.splice(0, done)
    for (const next of leaving) {
      if (next.state === 'failed') next.refuse(next.error)
      else next.publish()
    }
  }
}
