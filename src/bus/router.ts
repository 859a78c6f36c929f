/**
 * Who gets what, without a socket in it: ends are ports here, and every call returns before anything is heard.
 *
 *   publish ─▶ interest ─▶ each interested port once
 *   request ─▶ a responder's port, in turn ─▶ answer ─▶ the port that asked
 */
import { errorToWire, fail } from '../core/index.ts'
import { noBytes, outcomes } from './frames.ts'
import { Interest } from './interest.ts'

/** One end of the bus, as the router sees it. None of its calls may call the router. */
export interface Port {
  readonly echo: boolean
  /** `frame` is the message as it came, where it came as bytes. */
  deliver(subject: string, payload: Uint8Array, frame: Uint8Array | undefined): void
  ask(id: number, subject: string, payload: Uint8Array): void
  outcome(id: number, outcome: number, payload: Uint8Array): void
}

/** A request under way, by the number that the router gave it. */
interface Asked {
  readonly from: Member
  readonly id: number
  readonly to: Member
}

/** A port and all that must be forgotten with it. */
export interface Member {
  readonly port: Port
  readonly patterns: Set<string>
  readonly answers: Set<string>
  /** Requests of its own: its number to the router's. */
  readonly asks: Map<number, number>
  /** Requests that it is to answer, by the router's number. */
  readonly asked: Set<number>
  /** The publication that it got last: patterns may overlap. */
  stamp: number
}

/** Most requests of one port under way. */
const asksLimit = 65_536

export class Router {
  readonly counts = { published: 0, delivered: 0, unheard: 0, requests: 0 }
  readonly #interest = new Interest<Member>()
  readonly #responders = new Map<string, Member[]>()
  readonly #asked = new Map<number, Asked>()
  #responderCount = 0
  #stamp = 0
  #lastAsk = 0
  #turn = 0

  get subscriptions(): number {
    return this.#interest.size
  }

  get responders(): number {
    return this.#responderCount
  }

  get waiting(): number {
    return this.#asked.size
  }

  join(port: Port): Member {
    return { port, patterns: new Set(), answers: new Set(), asks: new Map(), asked: new Set(), stamp: 0 }
  }

  /** Forgets a port: who waits for its answers is told, and what it asked is dropped. */
  leave(member: Member): void {
    for (const pattern of member.patterns) this.#interest.delete(pattern, member)
    for (const subject of member.answers) this.#removeResponder(subject, member)
    member.patterns.clear()
    member.answers.clear()
    for (const asked of member.asked) this.#settle(asked, outcomes.responderLost, noBytes)
    for (const asked of member.asks.values()) {
      this.#asked.get(asked)?.to.asked.delete(asked)
      this.#asked.delete(asked)
    }
    member.asks.clear()
  }

  subscribe(member: Member, pattern: string): void {
    member.patterns.add(pattern)
    this.#interest.add(pattern, member)
  }

  unsubscribe(member: Member, pattern: string): void {
    if (member.patterns.delete(pattern)) this.#interest.delete(pattern, member)
  }

  respond(member: Member, subject: string): void {
    if (member.answers.has(subject)) return
    member.answers.add(subject)
    const present = this.#responders.get(subject)
    if (present === undefined) this.#responders.set(subject, [member])
    else present.push(member)
    this.#responderCount++
  }

  unrespond(member: Member, subject: string): void {
    if (member.answers.delete(subject)) this.#removeResponder(subject, member)
  }

  publish(from: Member, subject: string, payload: Uint8Array, frame: Uint8Array | undefined): void {
    const stamp = ++this.#stamp
    let delivered = 0
    if (!from.port.echo) from.stamp = stamp
    this.#interest.visit(subject, (member) => {
      if (member.stamp === stamp) return
      member.stamp = stamp
      delivered++
      member.port.deliver(subject, payload, frame)
    })
    this.counts.published++
    this.counts.delivered += delivered
    if (delivered === 0) this.counts.unheard++
  }

  request(from: Member, id: number, subject: string, payload: Uint8Array): void {
    this.counts.requests++
    const responders = this.#responders.get(subject)
    if (responders === undefined) return from.port.outcome(id, outcomes.noResponder, noBytes)
    if (from.asks.size >= asksLimit || from.asks.has(id)) return from.port.outcome(id, outcomes.full, noBytes)
    const to = responders[this.#turn++ % responders.length] as Member
    const asked = this.#nextAsk()
    this.#asked.set(asked, { from, id, to })
    from.asks.set(id, asked)
    to.asked.add(asked)
    to.port.ask(asked, subject, payload)
  }

  /** An answer to a request that nobody waits for any more is passed over, and so is one by whom was not asked. */
  answer(member: Member, asked: number, outcome: number, payload: Uint8Array): void {
    if (member.asked.has(asked)) this.#settle(asked, outcome, payload)
  }

  /** The requester has given up. */
  cancel(member: Member, id: number): void {
    const asked = member.asks.get(id)
    if (asked === undefined) return
    member.asks.delete(id)
    this.#asked.get(asked)?.to.asked.delete(asked)
    this.#asked.delete(asked)
  }

  #settle(asked: number, outcome: number, payload: Uint8Array): void {
    const found = this.#asked.get(asked)
    if (found === undefined) return
    this.#asked.delete(asked)
    found.to.asked.delete(asked)
    found.from.asks.delete(found.id)
    found.from.port.outcome(found.id, outcome, payload)
  }

  #nextAsk(): number {
    do this.#lastAsk = (this.#lastAsk + 1) >>> 0
    while (this.#asked.has(this.#lastAsk))
    return this.#lastAsk
  }

  #removeResponder(subject: string, member: Member): void {
    const present = this.#responders.get(subject) ?? []
    const index = present.indexOf(member)
    if (index < 0) return
    this.#responderCount--
    if (present.length === 1) this.#responders.delete(subject)
    else present.splice(index, 1)
  }
}

/** An error as the payload of an answer. */
export function errorPayload(error: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(errorToWire(error)))
  if (bytes.length <= 65_536) return bytes
  return Buffer.from(
    JSON.stringify(errorToWire(fail('OUTPUT_TOO_LONG', { what: 'The error of a responder', limitBytes: 65_536 }))),
  )
}
