/**
 * Scripted answers: a function is asked what a name has, and the engine makes an answer of it.
 *
 *   name ─▶ deepest script at or above it ─▶ function ─▶ records, or none ─▶ Answerer: SOA, proofs, truncation, EDNS, cookies
 *                                               │ a promise: answered when it settles, or SERVFAIL at the deadline
 */
import { fail, type Timer } from '../../../core/index.ts'
import type { LaneInfo } from '../../../server/index.ts'
import type { AnswerOptions } from '../answer/answerer.ts'
import type { Asked } from '../answer/asked.ts'
import { dnsClass, rcode } from '../wire/codes.ts'
import { formatName, formatNameWithin, labelCount, lowerName, parseName, type Name } from '../wire/name.ts'
import { dnsType, typeName } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import { count, counterAt } from './counters.ts'
import type { LanePart, QuerySource } from './parts.ts'
import { mix } from './rate-limit.ts'
import { ScriptTails, type ScriptCase } from './script-answer.ts'
import type { Script, ScriptAnswer, ScriptFunction, ScriptModule, ScriptQuestion } from './script-options.ts'

interface Loaded {
  readonly origin: Name
  /** What its answers count as being about, whatever the name: a hash, and not 0. */
  readonly subject: number
  readonly subtree: boolean
  readonly ttl: number
  readonly deadlineMs: number
  answer: ScriptFunction | undefined
}

/** Answers that are waited for at a time, in a lane; one more is SERVFAIL. */
const waitingLimit = 1_024
const [scriptedAt, errorsAt] = [counterAt('scripted'), counterAt('scriptErrors')]

export class ScriptPart implements LanePart {
  readonly ready: Promise<void>
  readonly #lane: LaneInfo
  /** By the hash of their names. */
  readonly #scripts = new Map<number, Loaded[]>()
  readonly #tails = new ScriptTails()
  readonly #waiting = new Set<Timer>()

  constructor(scripts: readonly (Script | ScriptModule)[], lane: LaneInfo) {
    this.#lane = lane
    const hashed = new HashedName()
    const loading: Promise<void>[] = []
    for (const script of scripts) {
      const { name, subtree = false, ttl = 60, deadlineMs = 2_000 } = script
      const origin = lowerName(parseName(name))
      const hash = hashed.takeName(origin).hashFrom(0)
      const answer = 'answer' in script ? script.answer : undefined
      const loaded: Loaded = { origin, subject: mix(hash, origin.length) || 1, subtree, ttl, deadlineMs, answer }
      this.#scripts.set(hash, [...(this.#scripts.get(hash) ?? []), loaded])
      if ('module' in script) loading.push(load(script.module).then((found) => void (loaded.answer = found)))
    }
    this.ready = Promise.all(loading).then(() => {})
  }

  stop(): void {
    for (const timer of this.#waiting) timer.cancel()
    this.#waiting.clear()
  }

  take(query: Uint8Array, asked: Asked, from: QuerySource): Uint8Array | 'later' | null | undefined {
    if (asked.class !== dnsClass.IN || asked.rcode !== rcode.NOERROR || asked.questionBytes === 0) return undefined
    const { type } = asked
    if (type === dnsType.AXFR || type === dnsType.IXFR) return undefined
    const script = this.#scriptOf(asked.name)
    if (script?.answer === undefined) return undefined
    count(this.#lane.counters, scriptedAt)
    const name = asked.name.nameFrom(0)
    const one: ScriptCase = { name, type, dnssec: asked.dnssec, origin: script.origin, ttl: script.ttl }
    from.subject = script.subject
    try {
      const { host, transport } = from
      const answer = script.answer(questionFor(one), { host, transport })
      if (!(answer instanceof Promise)) return this.#put(answer, one, query, from)
      // A copy, which a slice of a Buffer is not.
      return this.#wait(answer, one, new Uint8Array(query), from, script.deadlineMs)
    } catch {
      return this.#failed(query, from)
    }
  }

  /** The deepest one that is for the name. */
  #scriptOf(name: HashedName): Loaded | undefined {
    for (let label = 0; label <= name.count; label++) {
      for (const script of this.#scripts.get(name.hashFrom(label)) ?? []) {
        if ((label === 0 || script.subtree) && isAt(name, label, script.origin)) return script
      }
    }
    return undefined
  }

  #wait(
    answer: Promise<ScriptAnswer>,
    one: ScriptCase,
    query: Uint8Array,
    from: QuerySource,
    deadlineMs: number,
  ): Uint8Array | 'later' {
    if (this.#waiting.size >= waitingLimit) {
      answer.catch(() => {})
      return this.#failed(query, from)
    }
    const settle = (make: () => Uint8Array): void => {
      // Whichever comes first; nothing after the end of the lane.
      if (!this.#waiting.delete(timer)) return
      timer.cancel()
      from.reply(make())
    }
    const timer = this.#lane.clock.after(deadlineMs, () => settle(() => this.#again(query, from)))
    this.#waiting.add(timer)
    answer.then(
      (given) => settle(() => this.#putAgain(given, one, query, from)),
      () => settle(() => this.#again(query, from)),
    )
    return 'later'
  }

  /** The engine has had other queries since. */
  #putAgain(answer: ScriptAnswer, one: ScriptCase, query: Uint8Array, from: QuerySource): Uint8Array {
    from.answerer.take(query)
    try {
      return this.#put(answer, one, query, from)
    } catch {
      return this.#failed(query, from)
    } finally {
      from.knewCookie = from.answerer.knewCookie
    }
  }

  #again(query: Uint8Array, from: QuerySource): Uint8Array {
    from.answerer.take(query)
    const answer = this.#failed(query, from)
    from.knewCookie = from.answerer.knewCookie
    return answer
  }

  #put(answer: ScriptAnswer, one: ScriptCase, query: Uint8Array, from: QuerySource): Uint8Array {
    const tail = this.#tails.tail(answer, one, from.answerer.zones)
    if (tail === undefined) from.subject = 0
    return from.answerer.answerTaken(query, optionsFor(from, tail === undefined ? {} : { tail }))
  }

  #failed(query: Uint8Array, from: QuerySource): Uint8Array {
    count(this.#lane.counters, errorsAt)
    const { answerer } = from
    const tail = this.#tails.tail('SERVFAIL', failedCase, answerer.zones)!
    return answerer.answerTaken(query, optionsFor(from, { tail }))
  }
}

const failedCase: ScriptCase = { name: Uint8Array.of(0), type: 0, dnssec: false, origin: Uint8Array.of(0), ttl: 0 }

function optionsFor({ transport, host }: QuerySource, more: Pick<AnswerOptions, 'tail'>): AnswerOptions {
  return { transport, peer: host, ...more }
}

function questionFor({ name, type, origin }: ScriptCase): ScriptQuestion {
  const within = labelCount(name) > labelCount(origin) ? formatNameWithin(name, origin) : ''
  return { name: formatName(name), type: typeName(type) as ScriptQuestion['type'], prefix: within }
}

function isAt(name: HashedName, label: number, origin: Name): boolean {
  const start = name.startFrom(label)
  if (name.length - start !== origin.length) return false
  return origin.every((byte, at) => byte === name.lower[start + at])
}

/** The function of a module. Throws SERVICE_INVALID. */
async function load(text: string): Promise<ScriptFunction> {
  const url = new URL(text)
  const name = url.hash.slice(1) || 'default'
  url.hash = ''
  const module = (await import(url.href)) as Record<string, unknown>
  const found = module[name]
  if (typeof found !== 'function')
    throw fail('SERVICE_INVALID', { source: text, reason: `it exports no function ${name}` })
  return found as ScriptFunction
}
