/**
 * One lane: its view of the zones, the parts that take queries before and after them, its counters.
 *
 *   query ─▶ special ─▶ scripted ─▶ Answerer ─▶ forwarder ─▶ counted ─▶ answer
 */
import { isInternet } from '../../../io/index.ts'
import type { LaneInfo, Peer } from '../../../server/index.ts'
import { Answerer, type AnswererOptions, type AnswerOptions } from '../answer/answerer.ts'
import type { Asked } from '../answer/asked.ts'
import { opcode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { countAnswer } from './counters.ts'
import type { DnsOptions } from './options.ts'
import { makeParts, type LaneParts, type QuerySource } from './parts.ts'
import { decodeZones } from './snapshot.ts'

export class DnsLane {
  readonly info: LaneInfo
  /** Resolved once there are zones. */
  readonly ready: Promise<void>
  readonly #parts: LaneParts
  readonly #stop: () => void
  readonly #asking = new Asking()
  #answerer: Answerer | undefined
  #zones: readonly Zone[] = []

  constructor(info: LaneInfo, options: DnsOptions) {
    this.info = info
    this.#parts = makeParts(options, info, () => this.#zones)
    let stop = (): void => {}
    this.ready = new Promise((resolve) => {
      stop = info.shared.onSnapshot((snapshot) => {
        this.#zones = decodeZones(snapshot)
        this.#answerer = new Answerer(this.#zones, answererOptions(options))
        resolve()
      })
    })
    this.#stop = stop
  }

  async stop(): Promise<void> {
    this.#stop()
    const { special, scripted, forward } = this.#parts
    for (const part of [special, scripted, forward]) await part?.stop?.()
  }

  /** The answer, a view that the next one overwrites; undefined where there is none, or none yet. */
  answer(query: Uint8Array, peer: Peer): Uint8Array | undefined {
    const asking = this.#asking
    asking.from(peer, this.info.counters)
    const answer = this.#answerOf(query, asking)
    if (answer === 'later') {
      asking.leave()
      return undefined
    }
    countAnswer(this.info.counters, answer ?? undefined)
    return answer ?? undefined
  }

  #answerOf(query: Uint8Array, asking: Asking): Uint8Array | 'later' | null | undefined {
    const answerer = this.#answerer
    if (answerer === undefined || !answerer.take(query)) return undefined
    const { asked } = answerer
    const { special, scripted, forward } = this.#parts
    if (special !== undefined && isSpecial(query, asked)) {
      const answer = special.take(query, asked, asking.source)
      if (answer !== undefined) return answer
    }
    if (scripted !== undefined) {
      const answer = scripted.take(query, asked, asking.source)
      if (answer !== undefined) return answer
    }
    const answer = answerer.answerTaken(query, asking)
    if (forward === undefined || answerer.hadZone || !wantsRecursion(query)) return answer
    const foreign = forward.take(query, asked, asking.source)
    return foreign === undefined ? answer : foreign
  }
}

/** What queries about zones are not. */
function isSpecial(query: Uint8Array, { type, isSigned }: Asked): boolean {
  const operation = (query[2]! >>> 3) & 0xf
  if (operation === opcode.NOTIFY || operation === opcode.UPDATE) return true
  return isSigned || type === dnsType.AXFR || type === dnsType.IXFR
}

/** RD, in a query. */
function wantsRecursion(query: Uint8Array): boolean {
  return (query[2]! & 0x79) === 1
}

function answererOptions({ udpBytes, nsid, cookieSecrets }: DnsOptions): AnswererOptions {
  return {
    ...(udpBytes === undefined ? {} : { udpBytes }),
    ...(nsid === undefined ? {} : { nsid: Buffer.from(nsid) }),
    ...(cookieSecrets === undefined
      ? {}
      : { cookieSecrets: cookieSecrets.map((secret) => Buffer.from(secret, 'hex')) }),
  }
}

/** The query at hand. Few queries need the address or the time, which cost something. */
class Asking implements AnswerOptions {
  #source: Source | undefined

  from(peer: Peer, counters: Float64Array): void {
    const source = (this.#source ??= new Source(counters))
    source.peer = peer
    source.transport = peer.transport === 'udp' ? 'udp' : 'tcp'
  }

  /** Whoever answers later keeps the source; the next query gets another. */
  leave(): void {
    this.#source = undefined
  }

  get source(): QuerySource {
    return this.#source!
  }

  get transport(): 'udp' | 'tcp' {
    return this.#source!.transport
  }

  get peer(): string {
    return this.#source!.host
  }

  get now(): number {
    return Date.now()
  }
}

class Source implements QuerySource {
  transport: 'udp' | 'tcp' = 'udp'
  peer!: Peer
  readonly #counters: Float64Array

  constructor(counters: Float64Array) {
    this.#counters = counters
  }

  get host(): string {
    const { address } = this.peer
    return isInternet(address) ? address.host : ''
  }

  reply(answer: Uint8Array): boolean {
    countAnswer(this.#counters, answer)
    return this.peer.send(answer)
  }
}
