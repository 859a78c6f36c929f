/** What the service counts, for `status` and the metrics; a fuller table is in statistics.ts. */
import { rcode } from '../wire/codes.ts'

/** In the order of the lane's cells; new ones are added at the end, 32 in all at most. */
export const counterNames = [
  'queries',
  'noError',
  'nxDomain',
  'refused',
  'formErr',
  'otherErrors',
  'truncated',
  'unanswered',
  'servFail',
  'notImp',
  'overTcp',
  'rateDropped',
  'rateSlipped',
  'rateLeaked',
  'scripted',
  'scriptErrors',
  'logged',
  'logDropped',
  // In the order of forwarderCounts.
  'forwardHits',
  'forwardAsked',
  'forwardJoined',
  'forwardLocal',
  'forwardStale',
  'forwardFailed',
  'forwardRefused',
  'forwardOverBudget',
  'forwardPrefetched',
  'forwardLoops',
] as const

export type CounterName = (typeof counterNames)[number]

/** The place of a counter among the lane's cells. */
export function counterAt(name: CounterName): number {
  return counterNames.indexOf(name)
}

export function count(cells: Float64Array, at: number, by = 1): void {
  cells[at] = cells[at]! + by
}

const counterOfRcode: Readonly<Record<number, number>> = {
  [rcode.NOERROR]: counterAt('noError'),
  [rcode.NXDOMAIN]: counterAt('nxDomain'),
  [rcode.REFUSED]: counterAt('refused'),
  [rcode.FORMERR]: counterAt('formErr'),
  [rcode.SERVFAIL]: counterAt('servFail'),
  [rcode.NOTIMP]: counterAt('notImp'),
}
const byRcode = Uint8Array.from({ length: 16 }, (_, code) => counterOfRcode[code] ?? counterAt('otherErrors'))
const [queriesAt, truncatedAt, tcpAt] = [counterAt('queries'), counterAt('truncated'), counterAt('overTcp')]
export const unansweredAt: number = counterAt('unanswered')

/** Counts an answer. */
export function countAnswer(cells: Float64Array, answer: Uint8Array, transport: 'udp' | 'tcp'): void {
  count(cells, queriesAt)
  count(cells, byRcode[answer[3]! & 0xf]!)
  if ((answer[2]! & 2) !== 0) count(cells, truncatedAt)
  if (transport === 'tcp') count(cells, tcpAt)
}
