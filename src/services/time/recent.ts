/** What was used last, up to a limit: strangers choose formats, zones and locales, and memory must not grow with their ideas. */

/** A map that forgets what was not asked for longest. */
export class Recent<Value> {
  readonly #limit: number
  readonly #entries = new Map<string, Value>()
  #newest: string | undefined

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key)
    // Moving an entry costs as much as the rest; who asks for the same again and again does not pay for it.
    if (value === undefined || key === this.#newest) return value
    this.#entries.delete(key)
    this.#entries.set(key, value)
    this.#newest = key
    return value
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    this.#newest = key
    if (this.#entries.size <= this.#limit) return
    const [oldest] = this.#entries.keys()
    this.#entries.delete(oldest as string)
  }
}
