/**
 * The NTP service (RFC 5905, SNTP of RFC 4330): answers clients of versions 1 to 4 and nobody else.
 *
 *   packet ─▶ a client's request? ─▶ may it ask? ─▶ within its rate? ─▶ answer of 48 bytes
 *                    │ no                 │ no             │ no: one in 2^leak, else RATE, else nothing
 *                    └──▶ counted         └──▶ nothing or DENY
 *
 * No answer is longer than its request.
 */
import { randomFillSync } from 'node:crypto'

import { fail } from '../../../core/index.ts'
import { isInternet, type Address } from '../../../io/index.ts'
import {
  service,
  serviceMaker,
  wellKnownPorts,
  type LaneInfo,
  type Peer,
  type Service,
  type ServiceMaker,
} from '../../../server/index.ts'
import { sharedSource, type SharedSource } from '../clock/snapshot.ts'
import type { TimeSource } from '../clock/types.ts'
import { upstreamShared } from '../clock/upstream.ts'
import { accessBy } from './access.ts'
import { Answers } from './answer.ts'
import { Exchanges } from './exchanges.ts'
import { localSource, withFallback } from './local-source.ts'
import { checkedRate, checkNtpOptions, type CheckedRate, type NtpOptions } from './options.ts'
import { faultOf, type Fault } from './request.ts'
import { ServingClock, type SystemClock } from './serving-clock.ts'

/** Options that cannot travel: for lanes of the calling thread. */
export interface NtpServiceOptions extends NtpOptions {
  /** What tells the time. @default the system's clock, at `localStratum` */
  readonly source?: TimeSource
  /** The clock that stamps what arrives, for tests. @default the system's */
  readonly systemClock?: SystemClock
}

/** What the service counts, in the order of its counters. */
const counterNames = [
  'answers',
  'interleavedAnswers',
  'leakedAnswers',
  'kissRate',
  'kissDeny',
  'droppedShort',
  'droppedControl',
  'droppedAnswer',
  'droppedMode',
  'droppedVersion',
  'droppedMalformed',
  'droppedDenied',
  'droppedLimited',
] as const

export type NtpCounter = (typeof counterNames)[number]

const counterAt = Object.fromEntries(counterNames.map((name, index) => [name, index])) as Record<NtpCounter, number>

const faultAt: Readonly<Record<Fault, number>> = {
  short: counterAt.droppedShort,
  control: counterAt.droppedControl,
  answer: counterAt.droppedAnswer,
  mode: counterAt.droppedMode,
  version: counterAt.droppedVersion,
  malformed: counterAt.droppedMalformed,
}

/** Clients may well ask from 123; from another privileged port nobody does, but answering services send from there. */
const silentPorts: readonly number[] = [
  ...Array.from({ length: 1_023 }, (_, index) => index + 1),
  ...wellKnownPorts.filter((port) => port >= 1_024),
].filter((port) => port !== 123)

/** Longest packet that is looked at; with NTS cookies requests have some 1,000 bytes. */
const packetBytes = 1_280
const standardExchanges = 4_096

/** What is remembered of a source. */
const mayAsk = 1
const mayNot = 2

/**
 * Makes the NTP service. Its time is that of `source`, by default the system's clock, of which it says that it is not synchronised
 * unless `localStratum` is given: clients do not follow it then. Throws OPTION_INVALID.
 *
 * @example
 * await serve(ntpService({ localStratum: 10 }), { listen: 'udp://127.0.0.1:9123' })
 */
export function ntpService(options: NtpServiceOptions = {}): Service {
  const { source: _, systemClock: __, ...rest } = options
  checkNtpOptions(rest)
  const shared = upstreamOf(options)
  const rate = checkedRate(options.rate)
  // Hooks are not told which lane calls them, so a service object has one; each thread and process makes its own from a module.
  let lane: NtpLane | undefined
  return service({
    name: 'ntp',
    borrow: true,
    timestamps: true,
    counters: counterNames,
    silentPorts,
    schemes: ['udp'],
    limits: {
      frameBytes: packetBytes,
      replyFactor: 1,
      ...(rate === undefined ? {} : { messagesPerSecond: 2 ** -rate.interval, messageBurst: rate.burst }),
    },
    start: (info) => {
      if (lane !== undefined) {
        throw fail('SERVICE_INVALID', { source: 'ntp', reason: 'it is served already; make one for each server' })
      }
      lane = new NtpLane(info, options, rate)
    },
    stop: (info) => {
      // One that was refused stops too.
      if (lane?.info !== info) return
      lane.stop()
      lane = undefined
    },
    ...(shared === undefined ? {} : { shared }),
    message: (message, peer) => lane?.answer(message, peer),
    limited: (message, peer) => lane?.answerLimited(message, peer),
    sent: () => lane?.sent(),
  })
}

/** The service for modules and `lanework serve ntp`: options come in the URL. */
export const ntp: ServiceMaker<NtpOptions> = serviceMaker((options) => {
  checkNtpOptions(options)
  return ntpService(options)
})

/** What keeps the clock of all lanes; undefined when the time is not taken from elsewhere. */
function upstreamOf({ upstream, driftFile, source }: NtpServiceOptions): ReturnType<typeof upstreamShared> | undefined {
  if (upstream === undefined) return undefined
  if (source !== undefined) {
    throw fail('OPTION_INVALID', {
      option: 'upstream',
      rule: 'left out when there is a source',
      got: upstream.join(', '),
    })
  }
  return upstreamShared({ servers: upstream, ...(driftFile === undefined ? {} : { driftFile }) })
}

/** What one lane has: its counters, its remembered exchanges, its view of the clock. */
class NtpLane {
  readonly info: LaneInfo
  readonly #counters: Float64Array
  readonly #answers: Answers
  readonly #mayAsk: (host: string) => boolean
  readonly #kissesDenied: boolean
  readonly #rate: CheckedRate | undefined
  readonly #chance = new Chance()
  readonly #upstream: SharedSource | undefined

  constructor(info: LaneInfo, options: NtpServiceOptions, rate: CheckedRate | undefined) {
    const { interleaved = standardExchanges, denied, upstream } = options
    this.info = info
    this.#upstream = upstream === undefined ? undefined : sharedSource(info.shared)
    const clock = new ServingClock(options.source ?? this.#sourceOf(options), options.systemClock)
    this.#answers = new Answers(clock, interleaved === false ? undefined : new Exchanges(interleaved))
    this.#counters = info.counters
    this.#mayAsk = accessBy(options)
    this.#kissesDenied = denied === 'kiss'
    this.#rate = rate
  }

  answer(request: Buffer, peer: Peer): Buffer | undefined {
    const refused = this.#refused(request, peer)
    return refused === undefined ? this.#answer(request, peer) : refused.answer
  }

  /** A source that asks too often: some are answered all the same, and some are told why not. */
  answerLimited(request: Buffer, peer: Peer): Buffer | undefined {
    const refused = this.#refused(request, peer)
    if (refused !== undefined) return refused.answer
    const rate = this.#rate
    if (rate === undefined) return this.#drop(counterAt.droppedLimited)
    if (this.#chance.oneIn(2 ** rate.leak)) {
      this.#count(counterAt.leakedAnswers)
      return this.#answer(request, peer)
    }
    if (rate.kiss === false || !this.#chance.oneIn(2 ** rate.kiss)) return this.#drop(counterAt.droppedLimited)
    this.#count(counterAt.kissRate)
    return this.#answers.kiss(request, 'RATE', rate.interval)
  }

  sent(): void {
    this.#answers.sent()
  }

  stop(): void {
    this.#upstream?.close()
  }

  #sourceOf({ localStratum: stratum }: NtpServiceOptions): TimeSource {
    const upstream = this.#upstream
    if (upstream === undefined) return localSource({ stratum })
    return stratum === undefined ? upstream : withFallback(upstream, localSource({ stratum }))
  }

  #answer(request: Buffer, peer: Peer): Buffer {
    const answer = this.#answers.to(request, peer.received)
    this.#count(counterAt.answers)
    if (this.#answers.wasInterleaved) this.#count(counterAt.interleavedAnswers)
    return answer
  }

  /** Undefined for a request that is to be answered. */
  #refused(request: Buffer, peer: Peer): { readonly answer: Buffer | undefined } | undefined {
    const fault = faultOf(request, portOf(peer.address))
    if (fault !== undefined) {
      this.#count(faultAt[fault])
      return silence
    }
    peer.state ??= this.#mayAskOf(peer.address)
    if (peer.state === mayAsk) return undefined
    if (!this.#kissesDenied) {
      this.#count(counterAt.droppedDenied)
      return silence
    }
    this.#count(counterAt.kissDeny)
    return { answer: this.#answers.kiss(request, 'DENY', 0) }
  }

  /** Whoever reaches a Unix socket was let in by its file's permissions. */
  #mayAskOf(address: Address): number {
    return !isInternet(address) || this.#mayAsk(address.host) ? mayAsk : mayNot
  }

  #drop(counter: number): undefined {
    this.#count(counter)
    return undefined
  }

  #count(counter: number): void {
    this.#counters[counter] = (this.#counters[counter] as number) + 1
  }
}

const silence = { answer: undefined }

function portOf(address: Address): number {
  return isInternet(address) ? address.port : 0
}

/** Random decisions that nobody can foretell: a leak in a known rhythm would be no protection. */
class Chance {
  readonly #bytes = new Uint8Array(1_024)
  #used = this.#bytes.length

  /** True one time in `count`, a power of two up to 256. */
  oneIn(count: number): boolean {
    if (this.#used === this.#bytes.length) {
      randomFillSync(this.#bytes)
      this.#used = 0
    }
    return ((this.#bytes[this.#used++] as number) & (count - 1)) === 0
  }
}
