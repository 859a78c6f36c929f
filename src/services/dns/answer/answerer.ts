/**
 * Answers queries from zones: bytes to bytes.
 *
 *   query ─▶ read it ─▶ the zone ─▶ where the name leads ─▶ tail, kept or made ─▶ header, question, tail, OPT
 *               │ odd       │ none
 *               └─▶ error   └─▶ REFUSED
 *
 * The tail of an answer depends on the node that was found, the type and DO alone, but for DNAME and the proofs of signed zones; so
 * tails are kept, and most answers are made without making anything else.
 */
import { randomBytes } from 'node:crypto'

import { dnsClass, edeCode, ednsCode, rcode } from '../wire/codes.ts'
import type { EdnsOption } from '../wire/message-types.ts'
import { type Name, rootName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { HashedName } from '../zone/name-hash.ts'
import type { Zone } from '../zone/zone.ts'
import { Asked } from './asked.ts'
import { Chain } from './chain.ts'
import { addressBytes } from './client-address.ts'
import { answerCookie } from './cookie.ts'
import { found, Match } from './match.ts'
import { Reply } from './reply.ts'
import type { Tail } from './tail.ts'
import { TailCache } from './tail-cache.ts'
import { ZoneSet } from './zone-set.ts'

export interface AnswerOptions {
  readonly transport: 'udp' | 'tcp'
  /** The client's address, as text; cookies are bound to it. */
  readonly peer?: string
  /** Milliseconds since 1970. @default the system's clock */
  readonly now?: number
  /** Options for the answer to a query that has some itself. */
  readonly edns?: readonly EdnsOption[]
  /** What stands behind the question, in place of what the zones say. */
  readonly tail?: Tail
}

export interface AnswererOptions {
  /** Largest answer over UDP, in bytes: 512 to 4,096. @default 1232 */
  readonly udpBytes?: number
  /** Secrets of 16 bytes for cookies; the first makes them, all are known. @default one drawn at the start */
  readonly cookieSecrets?: readonly Uint8Array[]
  /** The server's name for itself (RFC 5001). @default none */
  readonly nsid?: Uint8Array
  /** Keeps tails, and reads plain queries where they lie. @default true */
  readonly keep?: boolean
}

const tailSlots = 0x1_0000
const tailBytesLimit = 64 * 1024 * 1024
const maxTcpBytes = 0xffff
const paddingBlock = 468

export class Answerer {
  readonly zones: ZoneSet
  readonly #asked = new Asked()
  readonly #match = new Match()
  readonly #chain: Chain
  readonly #reply: Reply
  readonly #cache: TailCache | undefined
  readonly #secrets: readonly Uint8Array[]
  readonly #nsid: Uint8Array | undefined
  readonly #udpBytes: number
  #hadZone = true
  #knewCookie = false

  constructor(zones: Iterable<Zone>, options: AnswererOptions = {}) {
    this.zones = new ZoneSet(zones)
    this.#chain = new Chain(this.zones)
    this.#cache = options.keep === false ? undefined : new TailCache(tailSlots, tailBytesLimit)
    this.#secrets = options.cookieSecrets ?? [randomBytes(16)]
    this.#nsid = options.nsid
    this.#udpBytes = options.udpBytes ?? 1232
    this.#reply = new Reply(this.#udpBytes)
  }

  /** What was asked last, for statistics; valid until the next query. */
  get asked(): Asked {
    return this.#asked
  }

  /**
   * The answer, a view that the next one overwrites; undefined for what must not be answered: what is no query, or too short. Never
   * throws.
   */
  answer(query: Uint8Array, options: AnswerOptions): Uint8Array | undefined {
    return this.take(query) ? this.answerTaken(query, options) : undefined
  }

  /** Reads a query into `asked`; false for what must not be answered. */
  take(query: Uint8Array): boolean {
    if (query.length < 12 || query[2]! >= 0x80) return false
    const asked = this.#asked
    if (this.#cache === undefined || !asked.takePlain(query)) asked.takeAny(query)
    return true
  }

  /** Answers the query that was taken last, a view that the next one overwrites. */
  answerTaken(query: Uint8Array, options: AnswerOptions): Uint8Array {
    const asked = this.#asked
    this.#hadZone = true
    this.#knewCookie = false
    if (asked.rcode !== rcode.NOERROR || asked.options.length > 0) return this.#answerOdd(query, options)
    return this.#answerPlain(query, options, undefined)
  }

  /** False when the last answer is REFUSED for want of a zone. */
  get hadZone(): boolean {
    return this.#hadZone
  }

  /** True when the last query came with a cookie of ours, so that its source is not forged (RFC 7873 5.2.4). */
  get knewCookie(): boolean {
    return this.#knewCookie
  }

  #answerPlain(
    query: Uint8Array,
    { transport, tail: given }: AnswerOptions,
    options: readonly EdnsOption[] | undefined,
  ): Uint8Array {
    const asked = this.#asked
    const limit = transport === 'tcp' ? maxTcpBytes : Math.min(asked.udpBytes, this.#udpBytes)
    const { type, name } = asked
    const isServed = asked.class === dnsClass.IN && type !== dnsType.AXFR && type !== dnsType.IXFR
    const image = isServed ? this.zones.zoneOf(name, type) : undefined
    if (image === undefined && given === undefined) {
      this.#hadZone = !isServed
      const why = asked.hasEdns ? [...(options ?? []), notOurs] : undefined
      return this.#reply.error(query, asked, rcode.REFUSED, why)
    }
    if (given === undefined && image!.isStandIn) {
      const why = asked.hasEdns ? [...(options ?? []), notReady] : undefined
      return this.#reply.error(query, asked, rcode.SERVFAIL, why)
    }
    const tail = given ?? this.#tailOf(image!, name, type, asked.dnssec)
    const padding = transport === 'tcp' && asked.options.some(({ code }) => code === ednsCode.PADDING)
    return this.#reply.answer(query, asked, tail, limit, options, padding ? paddingBlock : 0)
  }

  /** Queries that are wrong, or have options. */
  #answerOdd(query: Uint8Array, options: AnswerOptions): Uint8Array {
    const asked = this.#asked
    const answers: EdnsOption[] = [...(options.edns ?? [])]
    const cookie = asked.options.find(({ code }) => code === ednsCode.COOKIE)
    if (cookie !== undefined && asked.version === 0) {
      const seconds = (options.now ?? Date.now()) / 1000
      const { state, data } = answerCookie(cookie.data, addressBytes(options.peer), seconds, this.#secrets)
      this.#knewCookie = state === 'good'
      if (state === 'malformed') asked.rcode = rcode.FORMERR
      if (data !== undefined) answers.push({ code: ednsCode.COOKIE, data })
      // A query without a question asks for a cookie alone (RFC 7873 5.4).
      if (state !== 'malformed' && isCookieQuery(query)) asked.rcode = rcode.NOERROR
    }
    if (this.#nsid !== undefined && asked.options.some(({ code }) => code === ednsCode.NSID)) {
      answers.push({ code: ednsCode.NSID, data: this.#nsid })
    }
    if (asked.rcode !== rcode.NOERROR || asked.questionBytes === 0) {
      return this.#reply.error(query, asked, asked.rcode, answers)
    }
    return this.#answerPlain(query, options, answers)
  }

  #tailOf(image: ZoneImage, name: HashedName, type: number, dnssec: boolean): Tail {
    const match = this.#match
    match.find(image, name, type)
    const isSigned = dnssec && (image.nsecCount > 0 || image.nsec3Count > 0)
    const base = baseOf(image, name, match, isSigned)
    const cache = this.#cache
    if (cache === undefined || !isKept(image, match, isSigned)) {
      return this.#chain.tail(image, name, match, type, dnssec, base)
    }
    const anchor = match.kind === found.nothing && !isSigned ? image.apex : match.node
    const before = match.kind === found.nothing && isSigned ? image.nsecBefore(name.nameFrom(0)) : 0
    // A referral and a missing name are the same whatever the type.
    const asType = match.kind === found.referral || match.kind === found.nothing ? 0 : type
    const what = (match.kind << 17) + (asType << 1) + (dnssec ? 1 : 0)
    const kept = cache.get(anchor, before, what, image.id)
    if (kept !== undefined) return kept
    const tail = this.#chain.tail(image, name, match, type, dnssec, base)
    cache.put(anchor, before, what, image.id, tail)
    return tail
  }
}

const notOurs: EdnsOption = { code: ednsCode.EDE, data: Uint8Array.of(0, edeCode.NotAuthoritative) }

/** A secondary zone that has not come yet, or has expired. */
const notReady: EdnsOption = { code: ednsCode.EDE, data: Uint8Array.of(0, edeCode.NotReady) }

/** Header, no question, one additional record. */
function isCookieQuery(query: Uint8Array): boolean {
  return query[4] === 0 && query[5] === 0 && (query[2]! & 0x78) === 0
}

/** What the tail's pointers lead to: the deepest name that all questions with this tail have in common. */
function baseOf(image: ZoneImage, name: HashedName, match: Match, isSigned: boolean): Name {
  switch (match.kind) {
    case found.data:
    case found.referral:
      return image.nameOf(match.node)
    case found.wildcard:
      return image.nameOf(match.encloser)
    case found.nothing:
      return isSigned ? image.nameOf(match.encloser) : image.origin
    default:
      return name.length === 1 ? rootName : name.nameFrom(0)
  }
}

/** False where the tail depends on more than what was found. */
function isKept(image: ZoneImage, { kind }: Match, isSigned: boolean): boolean {
  if (kind === found.dname) return false
  if (kind === found.wildcard) return !isSigned
  return kind !== found.nothing || !isSigned || image.nsec3Count === 0
}
