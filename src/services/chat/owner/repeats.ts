/**
 * Messages that their client names (`once`), so that it may ask again when an answer was lost: of each stay the last ones are remembered with
 * their answers, and who asks again gets the first answer. They end with the stay, and with the owner.
 */
import type { Answer, Said } from '../types.ts'

/** Named messages of a stay that are remembered; clients send one after the other, or few at once. */
export const namesMost = 32

export class Repeats {
  readonly #said = new Map<string, Map<string, Promise<Answer<Said>>>>()

  /** The answer to what this stay said under this name; where there is none, `say` is called. What was refused is forgotten. */
  answer(member: string, name: string, say: () => Promise<Answer<Said>>): Promise<Answer<Said>> {
    const names = this.#said.get(member) ?? new Map<string, Promise<Answer<Said>>>()
    const former = names.get(name)
    if (former !== undefined) return former
    const answer = say()
    this.#said.set(member, names.set(name, answer))
    for (const oldest of names.keys()) {
      if (names.size <= namesMost) break
      names.delete(oldest)
    }
    const forget = (): void => {
      if (names.get(name) === answer) names.delete(name)
    }
    answer.then((known) => 'fault' in known && forget(), forget)
    return answer
  }

  forget(member: string): void {
    this.#said.delete(member)
  }
}
