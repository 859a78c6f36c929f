/** What lanes of the chat service count, besides what every service does; shown by `lanework status` and the metrics. */

/** In the order of their cells; a new version appends. */
export const chatCounters = [
  /** Messages that members of this lane said. */
  'said',
  /** Messages that left for members of this lane. */
  'delivered',
  /** Refused by a limit, or while muted. */
  'limited',
  /** Hellos that were answered with a cookie. */
  'hellos',
  /** Datagrams from addresses that have proved nothing. */
  'unproved',
  'badCookies',
  /** Stays that went on: in another lane, or after a connection broke. */
  'resumed',
] as const

export type ChatCounter = (typeof chatCounters)[number]
