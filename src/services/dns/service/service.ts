/**
 * The DNS service: answers from zones, over UDP and over TCP, where messages follow their length (RFC 1035 4.2.2).
 *
 *   owner: zone files ─▶ images ─▶ snapshot ─▶ each lane: query ─▶ Answerer ─▶ answer
 *
 * One owner per server loads the zones and publishes them; lanes map what it published and change over between two queries.
 */
import { fail } from '../../../core/index.ts'
import { lengthPrefix } from '../../../framing/index.ts'
import { service, serviceMaker, wellKnownPorts, type Service, type ServiceMaker } from '../../../server/index.ts'
import { counterNames } from './counters.ts'
import { DnsLane } from './lane.ts'
import { checkDnsOptions, type DnsOptions, type DnsServiceOptions } from './options.ts'
import { ownZones } from './owner.ts'

/** Other servers ask from 53; answers are never answered, so that no two can keep each other busy. */
const silentPorts: readonly number[] = wellKnownPorts.filter((port) => port !== 53)

/** Of a query's bytes, IP and UDP headers included; what comes to 1,232 for the shortest one. */
const replyFactor = 28

/** As other servers have it; a query is whole in less, or never. */
const [tcpIdleMs, frameMs] = [10_000, 10_000]

/**
 * Makes the DNS service. Throws OPTION_INVALID; the server does not start where a zone's file cannot be loaded.
 *
 * @example
 * await serve(dnsService({ zones: ['example.zone'] }), { listen: ['udp://127.0.0.1:9053', 'tcp://127.0.0.1:9053'] })
 */
export function dnsService(options: DnsServiceOptions = {}): Service {
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
    limits: { frameBytes: 0xffff, replyFactor, idleMs: options.tcpIdleMs ?? tcpIdleMs, frameMs },
    start: async (info) => {
      if (lane !== undefined) {
        throw fail('SERVICE_INVALID', { source: 'dns', reason: 'it is served already; make one for each server' })
      }
      lane = new DnsLane(info, options)
      await lane.ready
    },
    stop: async (info) => {
      // One that was refused stops too.
      if (lane?.info !== info) return
      const ending = lane
      lane = undefined
      await ending.stop()
    },
    shared: (server) => ownZones(options, server),
    message: (message, peer) => lane?.answer(message, peer),
  })
}

/** The service for modules and `lanework serve dns`: options come in the URL. */
export const dns: ServiceMaker<DnsOptions> = serviceMaker((options) => dnsService(options))
