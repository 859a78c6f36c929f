/** So many at a time: the others wait in their order. */
export class Turns {
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Resolves when there is room; gives what is called once, afterwards. */
  take(): Promise<() => void> {
    return new Promise((resolve) => {
      const begin = (): void => {
        this.#taken++
        resolve(() => {
          this.#taken--
          this.#waiting.shift()?.()
        })
      }
      if (this.#taken < this.#limit) begin()
      else this.#waiting.push(begin)
    })
  }
}
