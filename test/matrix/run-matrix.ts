/** Every scenario over every transport, for one kind of lanes, on whichever network this process has. */
import { describe, it } from 'node:test'
import { systemNetwork } from '#lanework/io/index.js'
import type { LaneKind } from '#lanework/server/index.js'
import { places, siteOf, transports, type Transport } from '../support/matrix.ts'
import type { Scenario } from './scenario.ts'

type Carried = 'datagrams' | 'streams' | 'ipv6' | 'websockets'

function carriedBy({ name, datagram }: Transport): Carried {
  if (name === 'ws') return 'websockets'
  if (name.endsWith('6')) return 'ipv6'
  return datagram ? 'datagrams' : 'streams'
}

/**
 * Files are limited in time: what starts many lanes is one file for datagrams, one for streams, one for both over IPv6 and one
 * for WebSockets.
 */
export function runMatrix(kind: LaneKind, scenarios: readonly Scenario[], carries: Carried | 'all' = 'all'): void {
  const lanes = kind === 'inline' ? 'an inline lane' : `lanes in ${kind === 'thread' ? 'threads' : 'processes'}`
  for (const transport of transports) {
    if (carries !== 'all' && carriedBy(transport) !== carries) continue
    const site = siteOf(transport, places[kind])
    const name = `${lanes} over ${transport.name} (${systemNetwork().kind})`
    // Each scenario has its own server and waits most of the time, for lanes to start and to end.
    describe(name, { skip: site.skip, concurrency: kind === 'inline' ? 1 : 3 }, () => {
      for (const { claim, only = {}, run } of scenarios) {
        if (only.datagram !== undefined && only.datagram !== transport.datagram) continue
        if (only.kinds !== undefined && !only.kinds.includes(kind)) continue
        if (only.transports !== undefined && !only.transports.includes(transport.name)) continue
        it(claim, () => run(site))
      }
    })
  }
}
