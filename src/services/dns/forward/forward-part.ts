/** The forwarder as a part of a lane. */
import { systemNetwork } from '../../../io/index.ts'
import type { LaneInfo } from '../../../server/index.ts'
import { counterAt } from '../service/counters.ts'
import type { LanePart } from '../service/parts.ts'
import { Forwarder } from './forwarder.ts'
import { countCells } from './forwarder-counts.ts'
import { listsOf } from './lists.ts'
import { type ForwardOptions, forwardSettings } from './options.ts'

/** Makes the part: called for what no zone here answers. `udpBytes` is the largest answer over UDP. Throws OPTION_INVALID, ADDRESS_INVALID. */
export function forwardPart(options: ForwardOptions, lane: LaneInfo, udpBytes = 1232): LanePart {
  const settings = forwardSettings(options)
  const counts = countCells(lane.counters, counterAt('forwardHits'))
  const forwarder = new Forwarder(settings, { clock: lane.clock, network: systemNetwork(), udpBytes, counts })
  let checksum: number | undefined
  const unsubscribe = lane.shared.onSnapshot((snapshot) => {
    const lists = listsOf(snapshot, settings.blockAnswer)
    // A snapshot of other zones leaves what is kept true; the lists are read anew all the same, as the old memory goes.
    forwarder.setLocal(lists, lists?.checksum === checksum)
    checksum = lists?.checksum
  })
  return {
    take: (query, asked, from) => forwarder.take(query, asked, from),
    stop: () => {
      unsubscribe()
      forwarder.stop()
    },
  }
}
