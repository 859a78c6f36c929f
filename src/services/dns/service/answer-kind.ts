/** What an answer counts as for rate limiting: what it is about, so that no number of different names gets around the limit. */
import { found, Match } from '../answer/match.ts'
import type { ZoneSet } from '../answer/zone-set.ts'
import { rcode } from '../wire/codes.ts'
import { nodeFlag } from '../zone/layout.ts'
import type { HashedName } from '../zone/name-hash.ts'
import { deniedLabels } from './question.ts'
import { answerKind, mix, type AnswerKind } from './rate-limit.ts'

export class AnswerSubject {
  kind: AnswerKind = answerKind.positive
  /** A hash. */
  subject = 0
  readonly #match = new Match()

  /**
   * Takes an answer to a question for a name; without one it is an error. `about` is not 0 where whoever made it says what it is about.
   */
  take(answer: Uint8Array, name: HashedName | undefined, type: number, zones: ZoneSet, about: number): void {
    const code = answer[3]! & 0xf
    if ((code !== rcode.NOERROR && code !== rcode.NXDOMAIN) || name === undefined) {
      this.#set(answerKind.error, 0)
      return
    }
    const isEmpty = answer[6] === 0 && answer[7] === 0
    if (about !== 0) {
      this.#set(code === rcode.NXDOMAIN || isEmpty ? answerKind.negative : answerKind.positive, about)
      return
    }
    const image = zones.zoneOf(name, type)
    if (image === undefined) {
      // What others answered. Random names are in one zone, whatever they have in front of it.
      if (code === rcode.NXDOMAIN || isEmpty) {
        this.#set(answerKind.negative, name.hashFrom(name.count - Math.min(name.count, deniedLabels(answer))))
      } else this.#set(answerKind.positive, mix(name.hashFrom(0), type))
      return
    }
    const match = this.#match
    match.find(image, name, type)
    if (code === rcode.NXDOMAIN || (isEmpty && match.kind !== found.referral)) {
      this.#set(answerKind.negative, image.id)
    } else {
      // A CNAME answers questions for all types, of which there are many.
      const isOfType =
        (match.kind === found.data || match.kind === found.wildcard) &&
        (image.flagsOf(match.node) & nodeFlag.cname) === 0
      this.#set(answerKind.positive, mix(mix(image.id, match.node), isOfType ? type : 0))
    }
  }

  #set(kind: AnswerKind, subject: number): void {
    this.kind = kind
    this.subject = subject
  }
}
