/** The items of one stream that wait for their reader, never more than its window. */
export class ItemQueue {
  readonly #window: number
  readonly #grant: (items: number) => void
  #waiting: unknown[] = []
  #taken = 0
  #error: Error | undefined
  #isOver = false
  #wake: (() => void) | undefined

  /** `grant` tells the sender that there is room for so many more. */
  constructor(windowItems: number, grant: (items: number) => void) {
    this.#window = windowItems
    this.#grant = grant
  }

  /** True when the sender knows that nothing more is wanted. */
  get isOver(): boolean {
    return this.#isOver
  }

  push(item: unknown): void {
    this.#waiting.push(item)
    this.#wake?.()
  }

  end(): void {
    this.#isOver = true
    this.#wake?.()
  }

  /** The sender ended it with an error, after the items that wait. */
  over(error: Error): void {
    this.#error ??= error
    this.end()
  }

  /** The reader gives up: what waits is dropped. */
  fail(error: Error): void {
    this.#error ??= error
    this.#waiting = []
    this.#wake?.()
  }

  async *items(): AsyncGenerator<unknown, void> {
    for (;;) {
      while (this.#waiting.length > 0) {
        const item = this.#waiting.shift()
        this.#count()
        yield item
      }
      if (this.#error !== undefined) throw this.#error
      if (this.#isOver) return
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Room is announced in halves of the window, not item by item. */
  #count(): void {
    this.#taken++
    if (this.#isOver || this.#taken < Math.ceil(this.#window / 2)) return
    this.#grant(this.#taken)
    this.#taken = 0
  }
}
