/**
 * Typed events. The library never logs: it emits, and whoever wants a log subscribes.
 * A listener that throws does not stop the others nor the emitter; its error goes to the
 * process as an uncaught exception on a later tick, where it belongs.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>()

  /** Subscribes; returns the function that unsubscribes. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const listeners = this.#listeners.get(name)
    if (listeners === undefined) return
    // A copy, as listeners may come and go while they are called.
    const present = [...listeners] as ((event: Events[Name]) => void)[]
    for (const listener of present) callSafely(listener, event)
  }

  /** True when somebody listens: lets a caller skip building an expensive event. */
  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }
}

function callSafely<Event>(listener: (event: Event) => void, event: Event): void {
  try {
    listener(event)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
