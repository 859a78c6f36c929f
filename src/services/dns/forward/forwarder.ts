/**
 * Answers names outside the zones: from the cache, from lists, or by asking servers.
 *
 *   query ─▶ may it? ─▶ cache ─▶ hosts, lists ─▶ asked already? ─▶ servers ─▶ scrubbed ─▶ cache ─▶ all who wait
 *              │ no       │ in time                  │ waits too      │ failed
 *              └ REFUSED  └ answer                   └                └ what is out of date, else SERVFAIL
 *
 * A hit makes nothing: it is found by the hash of the query's own bytes, and copied with id, case and TTLs put in.
 */
import { isLaneworkError, type Clock } from '../../../core/index.ts'
import type { Network } from '../../../io/index.ts'
import type { NetworkMap, Peer } from '../../../server/index.ts'
import type { Asked } from '../answer/asked.ts'
import { askServers, type Asking, type ServerAnswer } from '../client/ask-servers.ts'
import { DnsServers } from '../client/servers.ts'
import type { QuerySource } from '../service/parts.ts'
import { dnsClass, edeCode, rcode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import { AnswerCache } from './cache.ts'
import { entryBit, keyFlag, type KeptAnswer } from './entry.ts'
import { countCells, type CountCells, type ForwarderCount } from './forwarder-counts.ts'
import { extendedError, failureAnswer, keptOf } from './kept-answer.ts'
import { type ForwardSettings, networksOf } from './options.ts'
import { type Client, Renderer } from './render.ts'
import type { TtlLimits } from './scrub.ts'
import { specialAnswer } from './special-names.ts'
import { domainOf, KeyedCounts, Pending } from './waiting.ts'

/** Names that are answered here. */
export interface LocalNames {
  answer(name: HashedName, type: number): KeptAnswer | undefined
}

export interface ForwarderParts {
  /** Where it counts. @default cells of its own */
  readonly counts?: CountCells
  readonly clock: Clock
  readonly network: Network
  /** Largest answer over UDP, in bytes. */
  readonly udpBytes: number
}

/** A client waits so long for a fresh answer while there is an old one (RFC 8767 5). */
const staleAfterMs = 1_800
/** After a failure nobody is asked again for so long while there is an old answer (RFC 8767 5). */
const recheckMs = 30_000
/** TTL of what is out of date, in seconds (RFC 8767 4). */
const staleTtl = 30
/** Failures are kept for so long, in seconds (RFC 9520 3.2: 1 to 300). */
const failureTtl = 5
const rounds = 3
const none: Uint8Array = new Uint8Array(0)
const serverUdpBytes = 1232
/** Types that are no data of a name: transfers, transactions, mail agents of old (RFC 6895 3.1). */
const firstMetaType = 128

export class Forwarder {
  readonly cache: AnswerCache
  readonly #counted: CountCells
  readonly #settings: ForwardSettings
  readonly #clock: Clock
  readonly #network: Network
  readonly #udpBytes: number
  readonly #renderer: Renderer
  readonly #limits: TtlLimits
  readonly #servers: DnsServers
  readonly #clients: NetworkMap<true>
  readonly #known = new WeakMap<Peer, boolean>()
  readonly #pending = new Map<string, Pending>()
  readonly #waiting = new KeyedCounts()
  readonly #asking = new KeyedCounts()
  readonly #client = { questionBytes: 0, hasEdns: false, dnssec: false, limit: 0, options: none }
  readonly #name = new HashedName()
  #local: LocalNames | undefined
  /** Counts the times that it changed: what was asked before is not kept after. */
  #generation = 0
  #isStopped = false

  constructor(settings: ForwardSettings, { clock, network, udpBytes, counts = countCells() }: ForwarderParts) {
    this.#counted = counts
    this.#settings = settings
    this.#clock = clock
    this.#network = network
    this.#udpBytes = udpBytes
    this.#renderer = new Renderer(udpBytes)
    this.#servers = new DnsServers(settings.servers)
    this.#clients = networksOf(settings.allow)
    this.#limits = { least: settings.minTtl, most: settings.maxTtl, mostNegative: settings.maxNegativeTtl }
    this.cache = new AnswerCache(settings.cacheBytes)
  }

  /** Replaces the names that are answered here; what is kept may be wrong then, and goes, unless they say the same as before. */
  setLocal(local: LocalNames | undefined, isSame = false): void {
    this.#local = local
    if (isSame) return
    this.#generation++
    this.cache.clear()
  }

  /** What has happened so far. */
  get counts(): Readonly<Record<ForwarderCount, number>> {
    const { cells, places } = this.#counted
    const entries = Object.entries(places).map(([name, at]) => [name, cells[at]!])
    return Object.fromEntries(entries) as Record<ForwarderCount, number>
  }

  #count(at: number): void {
    const { cells } = this.#counted
    cells[at] = cells[at]! + 1
  }

  /** Questions that are on their way. */
  get inFlight(): number {
    return this.#pending.size
  }

  /** See LanePart. */
  take(query: Uint8Array, asked: Asked, from: QuerySource): Uint8Array | 'later' | null | undefined {
    if (!isForwarded(asked)) return undefined
    const client = this.#clientOf(asked, from)
    if (!this.#mayAsk(from)) {
      this.#count(this.#counted.places.refused)
      return this.#renderer.bare(query, client, rcode.REFUSED, edeCode.Prohibited)
    }
    const { name, type } = asked
    const key = (asked.dnssec ? keyFlag.dnssec : 0) | ((query[3]! & 0x10) === 0 ? 0 : keyFlag.checkingDisabled)
    const at = this.cache.find(name, type, key)
    if (at >= 0) {
      const nowMs = this.#clock.monotonicMs()
      const { memory } = this.cache
      const leftMs = memory.expiresAt(at) - nowMs
      if (leftMs > 0) {
        this.#count(this.#counted.places.hits)
        const storedMs = memory.storedAt(at)
        const age = Math.floor((nowMs - storedMs) / 1000)
        const answer = this.#renderer.answer(memory, at, query, client, age, 0)
        if (leftMs * 10 < nowMs + leftMs - storedMs) this.#prefetch(at, name, type, key, nowMs)
        return answer
      }
      if (nowMs < memory.retryAt(at) && this.#mayBeStale(at, nowMs)) return this.#stale(at, query, client)
    }
    return this.#miss(query, name, type, key, client, from)
  }

  /** Ends all questions; nobody who waits gets an answer. */
  stop(): void {
    this.#isStopped = true
    for (const pending of this.#pending.values()) this.#end(pending)
  }

  #clientOf(asked: Asked, { transport, answerer }: QuerySource): Client {
    const client = this.#client
    client.questionBytes = asked.questionBytes
    client.hasEdns = asked.hasEdns
    client.dnssec = asked.dnssec
    client.options = answerer.told
    client.limit = transport === 'tcp' ? 0xffff : Math.min(asked.udpBytes, this.#udpBytes)
    return client
  }

  #mayAsk({ peer, host }: QuerySource): boolean {
    const known = this.#known.get(peer)
    if (known !== undefined) return known
    const may = host === '' || this.#clients.find(host) !== undefined
    this.#known.set(peer, may)
    return may
  }

  #miss(
    query: Uint8Array,
    name: HashedName,
    type: number,
    key: number,
    client: Client,
    from: QuerySource,
  ): Uint8Array | 'later' | null | undefined {
    const nowMs = this.#clock.monotonicMs()
    const local = this.#local?.answer(name, type) ?? specialAnswer(name, type)
    if (local !== undefined) {
      this.#count(this.#counted.places.local)
      const at = this.cache.put(name, type, key, nowMs, local)
      return this.#renderer.answer(this.cache.memory, at, query, client, 0, 0)
    }
    if (this.#servers.all.length === 0 || this.#isStopped) return undefined
    const text = keyText(name, type, key)
    let pending = this.#pending.get(text)
    if (pending?.hasSent(query) === true) {
      this.#count(this.#counted.places.loops)
      return this.#renderer.bare(query, client, rcode.REFUSED, edeCode.Other)
    }
    if (pending?.hasWaiter(query, from) === true) return null
    if (pending?.isSlow === true) {
      const at = this.#staleAt(name, type, key, nowMs)
      if (at >= 0) return this.#stale(at, query, client)
    }
    const { host } = from
    if (!this.#hasRoom(pending, host, name)) {
      this.#count(this.#counted.places.overBudget)
      return this.#renderer.bare(query, client, rcode.SERVFAIL, edeCode.Other)
    }
    if (pending === undefined) pending = this.#ask(text, name, type, key)
    else this.#count(this.#counted.places.joined)
    pending.add({
      ...client,
      options: new Uint8Array(client.options),
      query: new Uint8Array(query),
      from,
      host,
    })
    this.#waiting.enter(host)
    return 'later'
  }

  #hasRoom(pending: Pending | undefined, host: string, name: HashedName): boolean {
    const { inFlight, clientInFlight, domainInFlight } = this.#settings
    if (pending === undefined) {
      if (this.#pending.size >= inFlight || this.#asking.of(domainOf(name)) >= domainInFlight) return false
    }
    return this.#waiting.of(host) < clientInFlight && this.#waiting.total < inFlight * 10
  }

  #prefetch(at: number, name: HashedName, type: number, key: number, nowMs: number): void {
    const { memory } = this.cache
    const { prefetch, inFlight } = this.#settings
    const isOften = memory.bytes[at + 35]! > 1
    const isOurs = (memory.bytes[at + 37]! & entryBit.local) !== 0
    if (!prefetch || !isOften || isOurs || nowMs < memory.retryAt(at)) return
    if (this.#pending.size * 2 >= inFlight || this.#isStopped || memory.halves[(at >>> 1) + 19] === rcode.SERVFAIL)
      return
    const text = keyText(name, type, key)
    if (this.#pending.has(text)) return
    this.#count(this.#counted.places.prefetched)
    this.#ask(text, name, type, key)
  }

  /** Sends a question off. */
  #ask(text: string, name: HashedName, type: number, key: number): Pending {
    const { mixCase, trustAd, timeoutMs, deadlineMs } = this.#settings
    const pending = new Pending(name, type, key, this.#generation)
    this.#asking.enter(pending.domain)
    this.#pending.set(text, pending)
    this.#count(this.#counted.places.asked)
    pending.timers.push(
      this.#clock.after(deadlineMs, () => pending.controller.abort()),
      this.#clock.after(staleAfterMs, () => this.#tooSlow(pending)),
    )
    const flags = {
      dnssec: (key & keyFlag.dnssec) !== 0,
      cd: (key & keyFlag.checkingDisabled) !== 0,
      ad: trustAd,
      udpBytes: serverUdpBytes,
      mixCase,
    }
    const asking: Asking = {
      servers: this.#servers,
      network: this.#network,
      clock: this.#clock,
      timeoutMs,
      rounds,
      deadlineMs,
      signal: pending.controller.signal,
      onSend: (sent) => pending.sent.push(sent),
    }
    askServers({ name: pending.name, type, class: dnsClass.IN }, flags, asking)
      .then((answer) => this.#answered(text, pending, answer))
      .catch((error: unknown) => {
        this.#failed(text, pending, isRefused(error) ? edeCode.NetworkError : edeCode.NoReachableAuthority)
      })
    return pending
  }

  #answered(text: string, pending: Pending, { message }: ServerAnswer): void {
    const { name, type, key } = pending
    const question = { name, type, class: dnsClass.IN }
    const dnssec = (key & keyFlag.dnssec) !== 0
    const local = this.#nowLocal(pending)
    const kept = local ?? keptOf(message, question, dnssec, this.#settings.trustAd, this.#limits)
    if (kept === undefined) return this.#failed(text, pending, extendedError(message) ?? edeCode.Other)
    if (this.#pending.get(text) !== pending) return
    this.#pending.delete(text)
    this.#asking.leave(pending.domain)
    const at = this.cache.put(this.#name.takeName(name), type, key, this.#clock.monotonicMs(), kept)
    this.#replyAll(pending, at, 0)
  }

  /** The answer that lists have for a question by now, which had none when it was asked. */
  #nowLocal({ name, type, generation }: Pending): KeptAnswer | undefined {
    return generation === this.#generation ? undefined : this.#local?.answer(this.#name.takeName(name), type)
  }

  /** Nobody had an answer: what is out of date stands in, else the failure is told and kept for a moment. */
  #failed(text: string, pending: Pending, ede: number): void {
    if (this.#pending.get(text) !== pending) return
    this.#pending.delete(text)
    this.#asking.leave(pending.domain)
    this.#count(this.#counted.places.failed)
    const { name, type, key } = pending
    const nowMs = this.#clock.monotonicMs()
    const hashed = this.#name.takeName(name)
    const local = this.#nowLocal(pending)
    const old = local === undefined ? this.#staleAt(hashed, type, key, nowMs) : -1
    if (old >= 0) {
      this.cache.memory.setRetry(old, nowMs + recheckMs)
      return this.#replyAll(pending, old, staleTtl)
    }
    const at = this.cache.put(hashed, type, key, nowMs, local ?? failureAnswer(failureTtl, ede))
    this.#replyAll(pending, at, 0)
  }

  /** Whoever waits gets what is out of date; the question goes on. */
  #tooSlow(pending: Pending): void {
    pending.isSlow = true
    const { name, type, key } = pending
    const at = this.#staleAt(this.#name.takeName(name), type, key, this.#clock.monotonicMs())
    if (at >= 0) this.#replyWaiters(pending, at, staleTtl)
  }

  /** Where an answer lies that may stand in, in time or not; -1 for none. */
  #staleAt(name: HashedName, type: number, key: number, nowMs: number): number {
    const at = this.cache.find(name, type, key)
    return at >= 0 && this.#mayBeStale(at, nowMs) ? at : -1
  }

  #mayBeStale(at: number, nowMs: number): boolean {
    const { memory } = this.cache
    if (memory.halves[(at >>> 1) + 19] === rcode.SERVFAIL) return false
    return nowMs < memory.expiresAt(at) + this.#settings.staleSeconds * 1000
  }

  #stale(at: number, query: Uint8Array, client: Client): Uint8Array {
    this.#count(this.#counted.places.stale)
    const isNegative = this.cache.memory.halves[(at >>> 1) + 19] === rcode.NXDOMAIN
    const ede = isNegative ? edeCode.StaleNxdomainAnswer : edeCode.StaleAnswer
    return this.#renderer.answer(this.cache.memory, at, query, client, 0, staleTtl, ede)
  }

  #replyAll(pending: Pending, at: number, stale: number): void {
    this.#replyWaiters(pending, at, stale)
    this.#end(pending)
  }

  #replyWaiters(pending: Pending, at: number, stale: number): void {
    for (const waiter of pending.takeWaiters()) {
      this.#waiting.leave(waiter.host)
      const { query, from } = waiter
      const { memory } = this.cache
      from.reply(stale > 0 ? this.#stale(at, query, waiter) : this.#renderer.answer(memory, at, query, waiter, 0, 0))
    }
  }

  #end(pending: Pending): void {
    for (const timer of pending.timers) timer.cancel()
    for (const { host } of pending.takeWaiters()) this.#waiting.leave(host)
    pending.controller.abort()
  }
}

function isForwarded({ rcode: code, questionBytes, class: asked, type }: Asked): boolean {
  if (code !== rcode.NOERROR || questionBytes === 0 || asked !== dnsClass.IN || type === dnsType.OPT) return false
  return type !== 0 && (type < firstMetaType || type >= dnsType.ANY)
}

function isRefused(error: unknown): boolean {
  return isLaneworkError(error) && error.code !== 'NO_ANSWER' && error.code !== 'ABORTED'
}

function keyText({ lower, length }: HashedName, type: number, key: number): string {
  return `${Buffer.from(lower.buffer, lower.byteOffset, length).toString('latin1')}/${type}/${key}`
}
