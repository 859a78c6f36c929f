/** What the service counts: for each answer, by its response code. */
import { rcode } from '../wire/codes.ts'

/** In the order of the lane's cells; new ones are added at the end. */
export const counterNames = [
  'queries',
  'noError',
  'nxDomain',
  'refused',
  'formErr',
  'otherErrors',
  'truncated',
  'unanswered',
] as const

export type CounterName = (typeof counterNames)[number]

/** The place of a counter among the lane's cells. */
export function counterAt(name: CounterName): number {
  return counterNames.indexOf(name)
}

const counterOfRcode: Readonly<Record<number, number>> = {
  [rcode.NOERROR]: counterAt('noError'),
  [rcode.NXDOMAIN]: counterAt('nxDomain'),
  [rcode.REFUSED]: counterAt('refused'),
  [rcode.FORMERR]: counterAt('formErr'),
}
const [queriesAt, othersAt] = [counterAt('queries'), counterAt('otherErrors')]
const [truncatedAt, unansweredAt] = [counterAt('truncated'), counterAt('unanswered')]

/** Counts an answer, or that there is none. */
export function countAnswer(cells: Float64Array, answer: Uint8Array | undefined): void {
  if (answer === undefined) return add(cells, unansweredAt)
  add(cells, queriesAt)
  add(cells, counterOfRcode[answer[3]! & 0xf] ?? othersAt)
  if ((answer[2]! & 2) !== 0) add(cells, truncatedAt)
}

function add(cells: Float64Array, at: number): void {
  cells[at] = cells[at]! + 1
}
