/** What is said to who has just entered may overtake the answer that lets it in: it waits until that is here. */
import type { Heard } from '../types.ts'

/** Of what waits. */
const mostEarly = 1_000

export class EarlyHearings {
  readonly #isHere: (member: string) => boolean
  readonly #hear: (heard: Heard) => void
  /** Members that are being let in, and what came for who is not known yet. */
  #entering = 0
  readonly #early: Heard[] = []

  constructor(isHere: (member: string) => boolean, hear: (heard: Heard) => void) {
    this.#isHere = isHere
    this.#hear = hear
  }

  begins(): void {
    this.#entering += 1
  }

  /** One has been let in, or refused. */
  ends(): void {
    this.#entering -= 1
    for (const heard of this.#early.splice(0)) this.take(heard)
  }

  /** Gives it on, now or once it is known who it is for. */
  take(heard: Heard): void {
    const { audience } = heard
    const isKnown = audience.to !== 'members' || audience.members.some((id) => this.#isHere(id))
    if (isKnown || this.#entering === 0) this.#hear(heard)
    else if (this.#early.length < mostEarly) this.#early.push(heard)
  }
}
