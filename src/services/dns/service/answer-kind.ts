/** What an answer counts as for rate limiting: what it is about, so that no number of different names gets around the limit. */
import { found, Match } from '../answer/match.ts'
import type { ZoneSet } from '../answer/zone-set.ts'
import { rcode } from '../wire/codes.ts'
import type { HashedName } from '../zone/name-hash.ts'
import { answerKind, mix, type AnswerKind } from './rate-limit.ts'

export class AnswerSubject {
  kind: AnswerKind = answerKind.positive
  /** A hash. */
  subject = 0
  readonly #match = new Match()

  /** Takes an answer to a question for a name; without one it is an error. */
  take(answer: Uint8Array, name: HashedName | undefined, type: number, zones: ZoneSet): void {
    const code = answer[3]! & 0xf
    if ((code !== rcode.NOERROR && code !== rcode.NXDOMAIN) || name === undefined) {
      this.#set(answerKind.error, 0)
      return
    }
    const image = zones.zoneOf(name, type)
    if (image === undefined) {
      // What others answered, or a script.
      const isEmpty = answer[6] === 0 && answer[7] === 0
      this.#set(
        isEmpty ? answerKind.negative : answerKind.positive,
        isEmpty ? name.hashFrom(1) : mix(name.hashFrom(0), type),
      )
      return
    }
    const match = this.#match
    match.find(image, name, type)
    const isEmpty = answer[6] === 0 && answer[7] === 0 && match.kind !== found.referral
    if (code === rcode.NXDOMAIN || isEmpty) this.#set(answerKind.negative, image.id)
    else {
      const about = match.kind === found.data || match.kind === found.wildcard ? type : 0
      this.#set(answerKind.positive, mix(mix(image.id, match.node), about))
    }
  }

  #set(kind: AnswerKind, subject: number): void {
    this.kind = kind
    this.subject = subject
  }
}
