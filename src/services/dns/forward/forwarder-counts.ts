/** What a forwarder counts: in cells of its own, or in those of a lane, which operators see. */

/** In the order of the cells. */
export const forwarderCounts = [
  /** Answered from the cache, in time. */
  'hits',
  /** Questions to servers, those sent again not counted. */
  'asked',
  /** Queries that joined a question which was on its way. */
  'joined',
  /** Answered from hosts files and lists; once until its TTL is over. */
  'local',
  /** Answers that were out of date. */
  'stale',
  /** Questions that no server answered. */
  'failed',
  /** Clients that may not use it. */
  'refused',
  /** Turned away, as too many waited. */
  'overBudget',
  /** Questions ahead of time. */
  'prefetched',
  /** Own queries that came back. */
  'loops',
] as const

export type ForwarderCount = (typeof forwarderCounts)[number]

/** Where counts stand. */
export interface CountCells {
  readonly cells: Float64Array
  /** The cell of each. */
  readonly places: Readonly<Record<ForwarderCount, number>>
}

/** Cells in a row, from a place on. */
export function countCells(cells: Float64Array = new Float64Array(forwarderCounts.length), from = 0): CountCells {
  const places = Object.fromEntries(forwarderCounts.map((name, at) => [name, from + at]))
  return { cells, places: places as Record<ForwarderCount, number> }
}
