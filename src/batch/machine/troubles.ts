/** What could not be done, for people: the newest of each kind, and no more than a screen of them. */
const kept = 50

export class Troubles {
  readonly #texts = new Map<string, string>()

  /** One of a key replaces the one before; no text takes it away. */
  add(key: string, text: string | undefined): void {
    this.#texts.delete(key)
    if (text === undefined) return
    this.#texts.set(key, text)
    const [oldest] = this.#texts.keys()
    if (this.#texts.size > kept && oldest !== undefined) this.#texts.delete(oldest)
  }

  list(): readonly string[] {
    return [...this.#texts.values()]
  }
}
