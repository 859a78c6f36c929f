/** One listener for each signal, however many tasks it aborts: adding one to a signal costs a walk over all it has. */
export class Aborts<Item> {
  readonly #abort: (item: Item, signal: AbortSignal) => void
  readonly #bySignal = new Map<AbortSignal, { readonly items: Set<Item>; readonly listener: () => void }>()

  constructor(abort: (item: Item, signal: AbortSignal) => void) {
    this.#abort = abort
  }

  add(signal: AbortSignal, item: Item): void {
    const known = this.#bySignal.get(signal)
    if (known !== undefined) {
      known.items.add(item)
      return
    }
    const items = new Set([item])
    const listener = (): void => this.#fire(signal)
    this.#bySignal.set(signal, { items, listener })
    signal.addEventListener('abort', listener, { once: true })
  }

  remove(signal: AbortSignal, item: Item): void {
    const known = this.#bySignal.get(signal)
    if (known === undefined || !known.items.delete(item) || known.items.size > 0) return
    this.#bySignal.delete(signal)
    signal.removeEventListener('abort', known.listener)
  }

  #fire(signal: AbortSignal): void {
    const items = this.#bySignal.get(signal)?.items ?? []
    this.#bySignal.delete(signal)
    for (const item of items) this.#abort(item, signal)
  }
}
