/** The forwarder as a part of a lane. */
import { systemNetwork } from '../../../io/index.ts'
import type { LaneInfo } from '../../../server/index.ts'
import type { LanePart } from '../service/parts.ts'
import { Forwarder } from './forwarder.ts'
import { type ForwardOptions, forwardSettings } from './options.ts'

/** Makes the part: called for what no zone here answers. `udpBytes` is the largest answer over UDP. Throws OPTION_INVALID, ADDRESS_INVALID. */
export function forwardPart(options: ForwardOptions, lane: LaneInfo, udpBytes = 1232): LanePart {
  const forwarder = new Forwarder(forwardSettings(options), { clock: lane.clock, network: systemNetwork(), udpBytes })
  return {
    take: (query, asked, from) => forwarder.take(query, asked, from),
    stop: () => forwarder.stop(),
  }
}
