/** The forwarder as a part of a lane. */
import { systemNetwork } from '../../../io/index.ts'
import type { LaneInfo } from '../../../server/index.ts'
import { counterAt } from '../service/counters.ts'
import type { LanePart } from '../service/parts.ts'
import { Forwarder } from './forwarder.ts'
import { countCells } from './forwarder-counts.ts'
import { type Lists, listsOf } from './lists.ts'
import { type BlockAnswer, type ForwardOptions, forwardSettings } from './options.ts'

/** Makes the part: called for what no zone here answers. `udpBytes` is the largest answer over UDP. Throws OPTION_INVALID, ADDRESS_INVALID. */
export function forwardPart(options: ForwardOptions, lane: LaneInfo, udpBytes = 1232): LanePart {
  const settings = forwardSettings(options)
  const counts = countCells(lane.counters, counterAt('forwardHits'))
  const forwarder = new Forwarder(settings, { clock: lane.clock, network: systemNetwork(), udpBytes, counts })
  let checksum: number | undefined
  const unsubscribe = lane.shared.onSnapshot((snapshot) => {
    const lists = readable(snapshot, settings.blockAnswer)
    if (lists === 'unreadable') return
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

/** The lists of a snapshot; where they cannot be read those before stay, and the process is warned: nobody else would hear of it. */
function readable(snapshot: Uint8Array, blockAnswer: BlockAnswer): Lists | 'unreadable' | undefined {
  try {
    return listsOf(snapshot, blockAnswer)
  } catch (error) {
    const text = `forward: hosts files and block lists cannot be read, those before are used on: ${String(error)}`
    process.emitWarning(text, { type: 'DnsWarning', code: 'LISTS_UNREADABLE' })
    return 'unreadable'
  }
}
