/**
 * The DNS service: answers from zones, over UDP and over TCP, where messages follow their length (RFC 1035 4.2.2).
 *
 *   owner: zone files ─▶ images ─▶ snapshot ─▶ each lane: query ─▶ Answerer ─▶ answer
 *
 * One owner per server loads the zones and publishes them; lanes map what it published and change over between two queries.
 */
import { fail } from '../../../core/index.ts'
import { lengthPrefix } from '../../../framing/index.ts'
import { isInternet } from '../../../io/index.ts'
import {
  service,
  serviceMaker,
  wellKnownPorts,
  type LaneInfo,
  type Peer,
  type Service,
  type ServiceMaker,
  type SharedMethods,
  type SharedServer,
} from '../../../server/index.ts'
import { Answerer, type AnswererOptions, type AnswerOptions } from '../answer/answerer.ts'
import { rcode } from '../wire/codes.ts'
import { formatName } from '../wire/name.ts'
import { loadZones } from './load-zones.ts'
import { checkDnsOptions, type DnsOptions } from './options.ts'
import { decodeZones, encodeZones } from './snapshot.ts'

/** What the service counts, in the order of its counters. */
const counterNames = [
  'queries',
  'noError',
  'nxDomain',
  'refused',
  'formErr',
  'otherErrors',
  'truncated',
  'unanswered',
] as const

const counterOfRcode: Readonly<Record<number, number>> = {
  [rcode.NOERROR]: 1,
  [rcode.NXDOMAIN]: 2,
  [rcode.REFUSED]: 3,
  [rcode.FORMERR]: 4,
}
const [truncatedAt, unansweredAt] = [6, 7]

/** Other servers ask from 53; answers are never answered, so that no two can keep each other busy. */
const silentPorts: readonly number[] = wellKnownPorts.filter((port) => port !== 53)

/** Of a query's bytes, IP and UDP headers included; what comes to 1,232 for the shortest one. */
const replyFactor = 28

/** What the method `zones` of the shared part tells. */
export interface ZoneStatus {
  readonly zone: string
  readonly serial: number
  readonly names: number
  readonly records: number
  readonly imageBytes: number
}

/**
 * Makes the DNS service. Throws OPTION_INVALID; the server does not start where a zone's file cannot be loaded.
 *
 * @example
 * await serve(dnsService({ zones: ['example.zone'] }), { listen: ['udp://127.0.0.1:9053', 'tcp://127.0.0.1:9053'] })
 */
export function dnsService(options: DnsOptions = {}): Service {
  checkDnsOptions(options)
  // Hooks are not told which lane calls them, so a service object has one; each thread and process makes its own from a module.
  let lane: DnsLane | undefined
  return service({
    name: 'dns',
    framing: lengthPrefix({ bytes: 2 }),
    borrow: true,
    counters: counterNames,
    silentPorts,
    schemes: ['udp', 'tcp'],
    limits: { frameBytes: 0xffff, replyFactor },
    start: async (info) => {
      if (lane !== undefined) {
        throw fail('SERVICE_INVALID', { source: 'dns', reason: 'it is served already; make one for each server' })
      }
      lane = new DnsLane(info, answererOptions(options))
      await lane.ready
    },
    stop: (info) => {
      // One that was refused stops too.
      if (lane?.info !== info) return
      lane.stop()
      lane = undefined
    },
    shared: (server) => ownZones(options, server),
    message: (message, peer) => lane?.answer(message, peer),
  })
}

/** The service for modules and `lanework serve dns`: options come in the URL. */
export const dns: ServiceMaker<DnsOptions> = serviceMaker((options) => dnsService(options))

/** Loads and publishes the zones; `reload` does so again, and leaves the old ones where it cannot. */
function ownZones(options: DnsOptions, server: SharedServer): SharedMethods {
  let zones: ZoneStatus[] = []
  const load = (): ZoneStatus[] => {
    const loaded = loadZones(options)
    server.publish(encodeZones(loaded))
    zones = loaded.map(({ origin, serial, image }) => ({
      zone: formatName(origin),
      serial,
      names: image.nameCount,
      records: image.recordCount,
      imageBytes: image.bytes.length,
    }))
    return zones
  }
  load()
  return { zones: () => zones, reload: load }
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

/** One lane: its view of the zones, and its counters. */
class DnsLane {
  readonly info: LaneInfo
  /** Resolved once there are zones. */
  readonly ready: Promise<void>
  #answerer: Answerer | undefined
  readonly #stop: () => void
  readonly #asking = new Asking()

  constructor(info: LaneInfo, options: AnswererOptions) {
    this.info = info
    let stop = (): void => {}
    this.ready = new Promise((resolve) => {
      stop = info.shared.onSnapshot((snapshot) => {
        this.#answerer = new Answerer(decodeZones(snapshot), options)
        resolve()
      })
    })
    this.#stop = stop
  }

  stop(): void {
    this.#stop()
  }

  answer(query: Uint8Array, peer: Peer): Uint8Array | undefined {
    const asking = this.#asking
    asking.from = peer
    asking.transport = peer.transport === 'udp' ? 'udp' : 'tcp'
    const answer = this.#answerer?.answer(query, asking)
    this.#count(answer)
    // What goes to a stream may wait there, and the next answer takes the same place.
    return asking.transport === 'udp' ? answer : answer?.slice()
  }

  #count(answer: Uint8Array | undefined): void {
    const { counters } = this.info
    const add = (at: number): void => void (counters[at] = counters[at]! + 1)
    if (answer === undefined) return add(unansweredAt)
    add(0)
    add(counterOfRcode[answer[3]! & 0xf] ?? 5)
    if ((answer[2]! & 2) !== 0) add(truncatedAt)
  }
}

/** Where the query at hand comes from. Few queries need the address or the time, which cost something. */
class Asking implements AnswerOptions {
  transport: 'udp' | 'tcp' = 'udp'
  from: Peer | undefined

  get peer(): string {
    const address = this.from?.address
    return address !== undefined && isInternet(address) ? address.host : ''
  }

  get now(): number {
    return Date.now()
  }
}
