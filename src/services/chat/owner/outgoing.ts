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
   * Calls `publish` once `stored` has resolved, and after all that was added before; at once where nothing waits. Where it rejects, or
   * `publish` throws, `refuse` is called instead, in its turn. `refuse` must not throw.
   */
  add(stored: Promise<void> | undefined, publish: () => void, refuse: (error: unknown) => void): void {
    const entry: Entry = { state: stored === undefined ? 'ready' : 'storing', publish, refuse }
    if (stored === undefined && this.#entries.length === 0) return leave(entry)
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
    // One by one: what is added meanwhile goes behind those that wait still.
    for (let next = this.#entries[0]; next !== undefined && next.state !== 'storing'; next = this.#entries[0]) {
      leave(next)
      this.#entries.shift()
    }
  }
}

/** One that goes wrong takes nobody along. */
function leave({ state, publish, refuse, error }: Entry): void {
  if (state === 'failed') return refuse(error)
  try {
    publish()
  } catch (thrown) {
    refuse(thrown)
  }
}
