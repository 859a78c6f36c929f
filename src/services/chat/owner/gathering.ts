/**
 * How a new owner begins: it hears first who is in, from all lanes that had an owner before it. What it decided sooner, members of those that
 * it does not know yet would miss, and their nicks would be free for others.
 *
 *   lane ─▶ hello ─▶ told ──all have, or it takes too long──▶ whole        requests of the first wait for the hello of the last
 */
import { afterAwake, type Clock, type Timer } from '../../../core/index.ts'

/** A lane that does not come in this time has ended with the owner before, or is taken for hanging. */
const mostMs = 5_000

export class Gathering {
  readonly #missing: number
  readonly #told = new Set<string>()
  readonly #timer: Timer | undefined
  #whole: Promise<void> | undefined
  #open: () => void = () => {}

  /** Of so many lanes. */
  constructor(clock: Clock, lanes: number) {
    this.#missing = lanes
    if (lanes === 0) return
    this.#whole = new Promise((resolve) => (this.#open = resolve))
    this.#timer = afterAwake(clock, mostMs, () => this.#end())
  }

  /** Resolves once all have come; undefined from then on. */
  get whole(): Promise<void> | undefined {
    return this.#whole
  }

  /** A lane has told all of its members. */
  told(lane: string): void {
    this.#told.add(lane)
    if (this.#told.size >= this.#missing) this.#end()
  }

  close(): void {
    this.#timer?.cancel()
  }

  #end(): void {
    this.#timer?.cancel()
    this.#whole = undefined
    this.#open()
  }
}
