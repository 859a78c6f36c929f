/** Counts restarts in a sliding window. As in OTP, one that is exactly `withinMs` old still counts. */
export class RestartWindow {
  readonly #restarts: number
  readonly #withinMs: number
  #times: number[] = []

  constructor(restarts: number, withinMs: number) {
    this.#restarts = restarts
    this.#withinMs = withinMs
  }

  /** One more, now; true when that is one too many. Times that are too old are dropped, so it stays short. */
  add(nowMs: number): boolean {
    this.#times = this.#times.filter((atMs) => atMs >= nowMs - this.#withinMs)
    this.#times.push(nowMs)
    return this.#times.length > this.#restarts
  }
}
