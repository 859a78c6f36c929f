/**
 * Answers queries from zones: bytes to bytes.
 *
 *   query ─▶ read it ─▶ the zone ─▶ where the name leads ─▶ tail, kept or made ─▶ header, question, tail, OPT
 *               │ odd       │ none          │ one set, sent as it is                 ▲
 *               └─▶ error   └─▶ REFUSED     └─▶ its records, from the image ─────────┘
 *
 * The tail of an answer depends on the node that was found, the type and DO alone, but for DNAME and the proofs of signed zones; so
 * tails are kept, and most answers are made without making anything else.
 */
import { randomBytes } from 'node:crypto'

import { dnsClass, edeCode, ednsCode, rcode } from '../wire/codes.ts'
import type { EdnsOption } from '../wire/message-types.ts'
import { packedPlans } from '../wire/message-reader.ts'
import { type Name, rootName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import { nodeFlag } from '../zone/layout.ts'
import type { HashedName } from '../zone/name-hash.ts'
import type { Zone } from '../zone/zone.ts'
import { hasHosts } from './additional.ts'
import { Asked } from './asked.ts'
import { Chain } from './chain.ts'
import { AddressBytes } from './client-address.ts'
import { Cookies } from './cookie.ts'
import { found, Match } from './match.ts'
import { OptionBytes } from './option-bytes.ts'
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
  /** Options for the answer to a query with EDNS, 48 bytes at most. */
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
/** A cookie, an error, the begin of the server's name, and options of the caller's. */
const optionsRoom = 64 + 48
const nothingTold = new Uint8Array(0)

export class Answerer {
  #zones: ZoneSet
  #given: readonly Zone[]
  readonly #asked = new Asked()
  readonly #match = new Match()
  #chain: Chain
  readonly #reply: Reply
  readonly #cache: TailCache | undefined
  readonly #cookies: Cookies
  readonly #addresses = new AddressBytes()
  readonly #extra: OptionBytes
  readonly #nsid: Uint8Array | undefined
  readonly #udpBytes: number
  #hadZone = true
  #knewCookie = false
  #toldBytes = 0

  constructor(zones: Iterable<Zone>, options: AnswererOptions = {}) {
    this.#given = [...zones]
    this.#zones = new ZoneSet(this.#given)
    this.#chain = new Chain(this.#zones)
    this.#cache = options.keep === false ? undefined : new TailCache(tailSlots, tailBytesLimit)
    this.#cookies = new Cookies(options.cookieSecrets ?? [randomBytes(16)])
    this.#nsid = options.nsid
    this.#extra = new OptionBytes(optionsRoom + (this.#nsid?.length ?? 0))
    this.#udpBytes = options.udpBytes ?? 1232
    this.#reply = new Reply(this.#udpBytes)
  }

  get zones(): ZoneSet {
    return this.#zones
  }

  /** Answers from these zones from now on; what is kept stays where they are the same ones as before. */
  replaceZones(zones: Iterable<Zone>): void {
    const given = [...zones]
    if (given.length === this.#given.length && given.every((zone, at) => zone === this.#given[at])) return
    this.#given = given
    this.#zones = new ZoneSet(given)
    this.#chain = new Chain(this.#zones)
    this.#cache?.clear()
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
    this.#knewCookie = false
    const asked = this.#asked
    if (this.#cache === undefined || !asked.takePlain(query)) asked.takeAny(query)
    return true
  }

  /** Answers the query that was taken last, a view that the next one overwrites. */
  answerTaken(query: Uint8Array, options: AnswerOptions): Uint8Array {
    const asked = this.#asked
    const extra = this.#extra
    this.#hadZone = true
    this.#toldBytes = 0
    extra.length = 0
    const { edns } = options
    if (edns !== undefined && edns.length > 0) for (const { code, data } of edns) extra.put(code, data)
    if (asked.cookieSize >= 0 || asked.wantsNsid) this.#answerOptions(query, options)
    if (asked.rcode !== rcode.NOERROR || asked.questionBytes === 0) {
      return this.#reply.error(query, asked, asked.rcode, this.#limit(options.transport), extra)
    }
    if (options.tail !== undefined) return this.#answerTail(options.tail, query, options.transport)
    const { type, name } = asked
    const isServed = asked.class === dnsClass.IN && type !== dnsType.AXFR && type !== dnsType.IXFR
    const image = isServed ? this.#zones.zoneOf(name, type) : undefined
    if (image !== undefined) return this.#answerFrom(image, query, options.transport)
    this.#hadZone = !isServed
    this.#toldBytes = extra.length
    if (asked.hasEdns) extra.put(ednsCode.EDE, notAuthoritative)
    return this.#reply.error(query, asked, rcode.REFUSED, this.#limit(options.transport), extra)
  }

  /** False when the last answer is REFUSED for want of a zone. */
  get hadZone(): boolean {
    return this.#hadZone
  }

  /**
   * Options that belong into the answer to the last query, where somebody else than a zone gives it: its cookie, the server's name, what
   * the caller told. A view that the next query overwrites; empty where a zone answered.
   */
  get told(): Uint8Array {
    return this.#toldBytes === 0 ? nothingTold : this.#extra.bytes.subarray(0, this.#toldBytes)
  }

  /** True when the last query came with a cookie of ours, so that its source is not forged (RFC 7873 5.2.4). */
  get knewCookie(): boolean {
    return this.#knewCookie
  }

  #answerTail(tail: Tail, query: Uint8Array, transport: 'udp' | 'tcp'): Uint8Array {
    const asked = this.#asked
    const limit = this.#limit(transport)
    const padding = asked.wantsPadding && transport === 'tcp' ? paddingBlock : 0
    return this.#reply.answer(query, asked, tail, limit, this.#extra, padding)
  }

  #answerFrom(image: ZoneImage, query: Uint8Array, transport: 'udp' | 'tcp'): Uint8Array {
    const [asked, match, extra] = [this.#asked, this.#match, this.#extra]
    const { type, name, dnssec } = asked
    const limit = this.#limit(transport)
    if (image.isStandIn) {
      if (asked.hasEdns) extra.put(ednsCode.EDE, notReady)
      return this.#reply.error(query, asked, rcode.SERVFAIL, limit, extra)
    }
    const padding = asked.wantsPadding && transport === 'tcp' ? paddingBlock : 0
    match.find(image, name, type)
    const isSigned = dnssec && (image.nsecCount > 0 || image.nsec3Count > 0)
    const set = setAlone(image, match, type, isSigned)
    if (set > 0 && this.#cache !== undefined && isSentAsItIs(type)) {
      const answer = this.#reply.set(query, asked, image, set, limit, extra, padding)
      if (answer !== undefined) return answer
    }
    const tail = this.#tailOf(image, set === 0 && !isSigned)
    return this.#reply.answer(query, asked, tail, limit, extra, padding)
  }

  /** Bytes that the answer may have. */
  #limit(transport: 'udp' | 'tcp'): number {
    return transport === 'tcp' ? maxTcpBytes : Math.min(this.#asked.udpBytes, this.#udpBytes)
  }

  /** Cookies and the server's name, and what a bad cookie does to the answer. */
  #answerOptions(query: Uint8Array, options: AnswerOptions): void {
    const asked = this.#asked
    if (asked.cookieSize >= 0 && asked.version === 0) {
      const seconds = (options.now ?? Date.now()) / 1000
      const address = this.#addresses.of(options.peer)
      const state = this.#cookies.judge(asked.cookie, asked.cookieSize, address, seconds)
      this.#knewCookie = state === 'good'
      if (state === 'malformed') asked.rcode = rcode.FORMERR
      else {
        this.#extra.put(ednsCode.COOKIE, this.#cookies.answer)
        // A query without a question asks for a cookie alone (RFC 7873 5.4).
        if (isCookieQuery(query)) asked.rcode = rcode.NOERROR
      }
    }
    if (this.#nsid !== undefined && asked.wantsNsid) this.#extra.put(ednsCode.NSID, this.#nsid)
  }

  /** The tail for what was matched; `isNoData` where the name is there and the type is not, in an answer without proofs. */
  #tailOf(image: ZoneImage, isNoData: boolean): Tail {
    const [match, cache] = [this.#match, this.#cache]
    const { name, type, dnssec } = this.#asked
    const isSigned = dnssec && (image.nsecCount > 0 || image.nsec3Count > 0)
    const isOfZone = isNoData || (match.kind === found.nothing && !isSigned)
    if (cache === undefined || !isKept(image, match, isSigned)) return this.#make(image, isOfZone)
    const anchor = isOfZone ? image.apex : match.node
    const before = match.kind === found.nothing && isSigned ? image.nsecBefore(name) : 0
    const what =
      (isNoData ? noDataKind : match.kind << 17) + (isOfAnyType(match, isOfZone) ? 0 : type << 1) + (dnssec ? 1 : 0)
    const kept = cache.get(anchor, before, what, image.id)
    if (kept !== undefined) return kept
    const tail = this.#make(image, isOfZone)
    cache.put(anchor, before, what, image.id, tail)
    return tail
  }

  #make(image: ZoneImage, isOfZone: boolean): Tail {
    const { name, type, dnssec } = this.#asked
    const base = isOfZone ? image.origin : baseOf(image, name, this.#match)
    return this.#chain.tail(image, name, this.#match, type, dnssec, base)
  }
}

const notAuthoritative = Uint8Array.of(0, edeCode.NotAuthoritative)
/** A secondary zone that has not come yet, or has expired. */
const notReady = Uint8Array.of(0, edeCode.NotReady)
/** Behind the kinds of matches. */
const noDataKind = 7 << 17

/** Types whose data has no names that are sent compressed, and none whose addresses go along. */
const sentAsItIs = Uint8Array.from({ length: 0x200 }, (_, type) => (packedPlans.has(type) || hasHosts(type) ? 0 : 1))

function isSentAsItIs(type: number): boolean {
  return type >= 0x200 || sentAsItIs[type] === 1
}

/**
 * The set that is the whole answer: of the name or of a wildcard that needs no proof. 0 where there is no such set, below 0 where the
 * answer is of another kind.
 */
function setAlone(image: ZoneImage, { kind, node }: Match, type: number, isSigned: boolean): number {
  if (kind !== found.data && (kind !== found.wildcard || isSigned)) return -1
  if (type === dnsType.ANY || type === dnsType.RRSIG || (image.flagsOf(node) & nodeFlag.cname) !== 0) return -1
  return image.setOf(node, type)
}

/** A referral is the same whatever the type, and so is that a name is not there, or not with this type. */
function isOfAnyType({ kind }: Match, isOfZone: boolean): boolean {
  return isOfZone || kind === found.referral || kind === found.nothing
}

/** Header, no question, one additional record. */
function isCookieQuery(query: Uint8Array): boolean {
  return query[4] === 0 && query[5] === 0 && (query[2]! & 0x78) === 0
}

/** What the tail's pointers lead to: the deepest name that all questions with this tail have in common. */
function baseOf(image: ZoneImage, name: HashedName, match: Match): Name {
  switch (match.kind) {
    case found.data:
    case found.referral:
      return image.nameOf(match.node)
    case found.wildcard:
    case found.nothing:
      return image.nameOf(match.encloser)
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
