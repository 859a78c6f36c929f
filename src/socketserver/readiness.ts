/** Whether a request waits: watched once for each, however often and with whatever time limit somebody asks. */

export class Readiness {
  readonly #watch: () => Promise<void>
  #state: 'unwatched' | 'watched' | 'ready' = 'unwatched'
  #error: { readonly error: unknown } | undefined
  readonly #waiting = new Set<() => void>()

  /** `watch` resolves when a request waits. */
  constructor(watch: () => Promise<void>) {
    this.#watch = watch
  }

  /** True when a request waits; false when the time is over or the signal aborted. Throws what watching threw. */
  async wait(limitMs: number | undefined, stop: AbortSignal | undefined): Promise<boolean> {
    if (this.#state === 'unwatched') this.#begin()
    if (this.#state === 'watched' && stop?.aborted !== true) await this.#change(limitMs, stop)
    const { error } = this.#error ?? {}
    const failed = this.#error !== undefined
    this.#error = undefined
    if (failed) throw error
    return this.#state === 'ready' && stop?.aborted !== true
  }

  /** The request has been taken; the next one is to be watched for. */
  taken(): void {
    if (this.#state === 'ready') this.#state = 'unwatched'
  }

  #begin(): void {
    this.#state = 'watched'
    this.#watch().then(
      () => this.#become('ready'),
      (error: unknown) => {
        this.#error = { error }
        this.#become('unwatched')
      },
    )
  }

  #become(state: 'unwatched' | 'ready'): void {
    this.#state = state
    for (const wake of this.#waiting) wake()
  }

  async #change(limitMs: number | undefined, stop: AbortSignal | undefined): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    let wake = (): void => {}
    await new Promise<void>((resolve) => {
      wake = resolve
      this.#waiting.add(wake)
      if (limitMs !== undefined) timer = setTimeout(wake, limitMs)
      stop?.addEventListener('abort', wake, { once: true })
    })
    clearTimeout(timer)
    stop?.removeEventListener('abort', wake)
    this.#waiting.delete(wake)
  }
}
