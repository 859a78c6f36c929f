/**
 * What is said to who has just entered may overtake the answer that lets it in: it waits until that is here. Where that answer never comes, or
 * nobody waits for it any more, the owner gives this lane a member that it does not know: it goes back.
 */
import type { Heard } from '../types.ts'

/** Of what waits. */
const mostEarly = 1_000

export class EarlyHearings {
  readonly #isHere: (member: string) => boolean
  readonly #hear: (heard: Heard) => void
  readonly #giveBack: (member: string) => void
  /** Members that are being let in, and what came for who is not known yet. */
  #entering = 0
  readonly #early: Heard[] = []
  readonly #given = new Set<string>()

  constructor(
    isHere: (member: string) => boolean,
    hear: (heard: Heard) => void,
    giveBack: (member: string) => void = () => {},
  ) {
    this.#isHere = isHere
    this.#hear = hear
    this.#giveBack = giveBack
  }

  begins(): void {
    this.#entering += 1
  }

  /** One has been let in, or refused. */
  ends(): void {
    this.#entering -= 1
    for (const heard of this.#early.splice(0)) this.take(heard)
    this.#look()
  }

  /** The owner has given this member to the lane. */
  given(member: string): void {
    this.#given.add(member)
    this.#look()
  }

  /** Gives it on, now or once it is known who it is for. */
  take(heard: Heard): void {
    const { audience } = heard
    const isKnown = audience.to !== 'members' || audience.members.some((id) => this.#isHere(id))
    if (isKnown || this.#entering === 0) this.#hear(heard)
    else if (this.#early.length < mostEarly) this.#early.push(heard)
  }

  #look(): void {
    if (this.#entering > 0) return
    const given = [...this.#given]
    this.#given.clear()
    for (const member of given) if (!this.#isHere(member)) this.#giveBack(member)
  }
}
