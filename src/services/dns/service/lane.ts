/**
 * One lane: its view of the zones, the parts that take queries before and after them, limits, counters, log.
 *
 *   query ─▶ whose? ─▶ special ─▶ own ─▶ Answerer ─▶ forwarder ─▶ rate limit ─▶ counted, logged ─▶ answer
 *            its view
 */
import { NetworkMap, type LaneInfo, type Peer } from '../../../server/index.ts'
import { Answerer, type AnswererOptions, type AnswerOptions } from '../answer/answerer.ts'
import type { Asked } from '../answer/asked.ts'
import { ednsCode, opcode } from '../wire/codes.ts'
import { ednsOptionOf } from '../wire/edns-options.ts'
import type { EdnsOption } from '../wire/message-types.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { Client, Clients } from './client.ts'
import { clientSubnetOf } from './client-subnet.ts'
import { count, unansweredAt } from './counters.ts'
import type { DnsServiceOptions } from './options.ts'
import { Outgoing } from './outgoing.ts'
import { allParts, makeParts, type LaneParts } from './parts.ts'
import { checkRateLimit } from './rate-limit-options.ts'
import { decodeViews, secretOf } from './snapshot.ts'
import { Source } from './source.ts'
import { OpenedZones } from './zone-memory.ts'

const tcpIdleMsUsual = 10_000
const nobody = new Client(0, 0, true)
const none: readonly EdnsOption[] = []

export class DnsLane {
  readonly info: LaneInfo
  /** Resolved once there are zones, and the parts are ready. */
  readonly ready: Promise<void>
  readonly #parts: LaneParts
  readonly #clients: Clients
  readonly #viewCount: number
  readonly #subnets: NetworkMap<true> | undefined
  readonly #outgoing: Outgoing
  readonly #asking: Asking
  readonly #keepalive: EdnsOption
  /** The parts have names of their own, or nothing to do with most queries. */
  readonly #hasClients: boolean
  readonly #opened = new OpenedZones()
  readonly #stop: () => void
  readonly #options: DnsServiceOptions
  #secret: Uint8Array = new Uint8Array(0)
  /** By view. */
  #answerers: readonly Answerer[] = []
  #zones: readonly Zone[] = []
  #source: Source

  constructor(info: LaneInfo, options: DnsServiceOptions) {
    this.info = info
    this.#options = options
    const { views = [], rateLimit, clientSubnet, tcpIdleMs = tcpIdleMsUsual } = options
    const limit = rateLimit === false ? undefined : checkRateLimit(rateLimit)
    this.#viewCount = views.length
    this.#clients = new Clients(views, limit)
    this.#hasClients = views.length > 0 || limit !== undefined
    this.#subnets =
      clientSubnet === undefined || views.length === 0
        ? undefined
        : new NetworkMap<true>().addAll('clientSubnet', clientSubnet, true)
    this.#parts = makeParts(options, info, () => this.#zones)
    this.#outgoing = new Outgoing(info, limit, options.queryLog)
    this.#keepalive = ednsOptionOf({ option: 'KEEPALIVE', idleMs: Math.floor(tcpIdleMs / 100) * 100 })
    this.#asking = new Asking()
    this.#source = new Source(this.#outgoing)
    let stop = (): void => {}
    const zones = new Promise<void>((resolve) => {
      stop = info.shared.onSnapshot((snapshot) => {
        this.#take(snapshot)
        resolve()
      })
    })
    this.#stop = stop
    this.ready = Promise.all([zones, ...allParts(this.#parts).map((part) => part.ready)]).then(() => {})
  }

  async stop(): Promise<void> {
    this.#stop()
    for (const part of allParts(this.#parts)) await part.stop?.()
    await this.#outgoing.stop()
    this.#opened.close()
  }

  /** The answer, a view that the next one overwrites; undefined where there is none, or none yet. */
  answer(query: Uint8Array, peer: Peer): Uint8Array | undefined {
    const source = this.#source
    const client = this.#hasClients ? this.#clientOf(peer) : nobody
    source.begin(peer, client)
    const answer = this.#answerOf(query, source)
    if (answer === 'later') {
      // Whoever answers later keeps the source; the next query gets another.
      source.keep(query)
      this.#source = new Source(this.#outgoing)
      return undefined
    }
    if (answer === undefined || answer === null) {
      count(this.info.counters, unansweredAt)
      return undefined
    }
    return this.#outgoing.pass(answer, source, source.answerer.asked)
  }

  #answerOf(query: Uint8Array, source: Source): Uint8Array | 'later' | null | undefined {
    let answerer = this.#answerers[source.client.view]
    if (answerer === undefined || !answerer.take(query)) return undefined
    const asking = this.#asking
    asking.source = source
    asking.edns = none
    const mayMatter = source.transport === 'tcp' || this.#subnets !== undefined
    if (mayMatter && answerer.asked.options.length > 0) answerer = this.#withOptions(query, answerer, source)
    const { asked } = answerer
    source.answerer = answerer
    const { special, own, forward } = this.#parts
    if (special !== undefined && isSpecial(query, asked)) {
      const answer = special.take(query, asked, source)
      if (answer !== undefined) return answer
    }
    for (const part of own) {
      const answer = part.take(query, asked, source)
      if (answer !== undefined) return answer
    }
    const answer = answerer.answerTaken(query, asking)
    if (forward === undefined || answerer.hadZone || !wantsRecursion(query)) return answer
    const foreign = forward.take(query, asked, source)
    return foreign === undefined ? answer : foreign
  }

  /** What options of the query are the lane's matter; gives the answerer of the view that they lead to. */
  #withOptions(query: Uint8Array, answerer: Answerer, source: Source): Answerer {
    const { asked } = answerer
    const told: EdnsOption[] = []
    if (source.transport === 'tcp' && asked.options.some(({ code }) => code === ednsCode.KEEPALIVE)) {
      told.push(this.#keepalive)
    }
    const subnet = this.#subnets?.find(source.host) === undefined ? undefined : clientSubnetOf(asked)
    if (subnet !== undefined) told.push(subnet.told)
    this.#asking.edns = told
    const view = subnet === undefined ? source.client.view : this.#clients.viewOf(subnet.address).view
    const other = this.#answerers[view]!
    if (other !== answerer) other.take(query)
    return other
  }

  /** Remembered with the peer, so that its address is looked at once. */
  #clientOf(peer: Peer): Client {
    const known = peer.state
    if (known instanceof Client) return known
    const client = this.#clients.of(this.#source.hostOf(peer))
    peer.state = client
    return client
  }

  #take(snapshot: Uint8Array): void {
    const secret = secretOf(snapshot)
    const [common = [], ...views] = this.#opened.change((open) => decodeViews(snapshot, open))
    // Answerers and their tables stay, unless cookies are made of something else.
    const old = Buffer.compare(secret, this.#secret) === 0 ? this.#answerers : []
    const answerers: Answerer[] = []
    for (let view = 0; view <= this.#viewCount; view++) {
      // Of two zones of one name the later one counts.
      const zones = view === 0 ? common : [...common, ...(views[view - 1] ?? [])]
      const answerer = old[view] ?? new Answerer(zones, answererOptions(this.#options, secret))
      answerer.replaceZones(zones)
      answerers.push(answerer)
    }
    this.#zones = common
    this.#secret = secret
    this.#answerers = answerers
  }
}

/** What queries about zones are not. Who signs is answered by the special part alone: docs/dns-transfer.md says what he goes without. */
function isSpecial(query: Uint8Array, { type, isSigned }: Asked): boolean {
  const operation = (query[2]! >>> 3) & 0xf
  if (operation === opcode.NOTIFY || operation === opcode.UPDATE) return true
  return isSigned || type === dnsType.AXFR || type === dnsType.IXFR
}

/** RD, in a query. */
function wantsRecursion(query: Uint8Array): boolean {
  return (query[2]! & 0x79) === 1
}

function answererOptions({ udpBytes, nsid, cookieSecrets }: DnsServiceOptions, secret: Uint8Array): AnswererOptions {
  return {
    ...(udpBytes === undefined ? {} : { udpBytes }),
    ...(nsid === undefined ? {} : { nsid: Buffer.from(nsid) }),
    cookieSecrets: cookieSecrets?.map((text) => Buffer.from(text, 'hex')) ?? [secret],
  }
}

/** The query at hand, as the engine is told. Few queries need the address or the time, which cost something. */
class Asking implements AnswerOptions {
  source!: Source
  edns: readonly EdnsOption[] = none

  get transport(): 'udp' | 'tcp' {
    return this.source.transport
  }

  get peer(): string {
    return this.source.host
  }

  get now(): number {
    return Date.now()
  }
}
