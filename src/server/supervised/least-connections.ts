/**
 * Picks the lane with the fewest connections. Those that were just given to a lane are not in its counters before it has taken
 * them, so they are counted here until then; a crowd that comes at once would otherwise go to one lane as a whole.
 *
 *   connections of a lane = held + (given to it - taken by it)
 */

/** What a lane has written into shared memory. */
export interface LaneConnections {
  /** Open now. */
  readonly held: number
  /** Ever taken, those that it refused as well. Only its growth matters. */
  readonly taken: number
}

interface Account {
  held: number
  /** Given to it since it was first seen. */
  given: number
  /** What stood there when it was first seen. */
  readonly takenBefore: number
  taken: number
  givenMs: number
}

/** Counters are read again after so long; reading them for each connection would cost more than it brings. */
const freshMs = 2
/** A lane that has been given nothing for so long has taken all that it will: what it never counted was lost. */
const settledMs = 1_000

export class LeastConnections<Lane extends object> {
  readonly #read: (lane: Lane) => LaneConnections | undefined
  readonly #accounts = new WeakMap<Lane, Account>()
  #readMs = -Infinity

  /** `read` gives undefined for a lane that has no counters. */
  constructor(read: (lane: Lane) => LaneConnections | undefined) {
    this.#read = read
  }

  /** One of these lanes, which gets the next connection; undefined when there is none. */
  pick(lanes: readonly Lane[], nowMs: number): Lane | undefined {
    const isStale = nowMs - this.#readMs >= freshMs
    if (isStale) this.#readMs = nowMs
    let least: Lane | undefined
    let leastAccount: Account | undefined
    for (const lane of lanes) {
      const account = this.#accountOf(lane, isStale, nowMs)
      if (account === undefined) continue
      if (leastAccount !== undefined && sizeOf(account) >= sizeOf(leastAccount)) continue
      least = lane
      leastAccount = account
    }
    if (leastAccount === undefined) return undefined
    leastAccount.given++
    leastAccount.givenMs = nowMs
    return least
  }

  #accountOf(lane: Lane, isStale: boolean, nowMs: number): Account | undefined {
    const known = this.#accounts.get(lane)
    if (known !== undefined && !isStale) return known
    const seen = this.#read(lane)
    if (seen === undefined) return undefined
    if (known === undefined) {
      const account = { held: seen.held, given: 0, takenBefore: seen.taken, taken: 0, givenMs: nowMs }
      this.#accounts.set(lane, account)
      return account
    }
    known.held = seen.held
    known.taken = seen.taken - known.takenBefore
    if (nowMs - known.givenMs >= settledMs) known.given = known.taken
    return known
  }
}

function sizeOf({ held, given, taken }: Account): number {
  return held + Math.max(0, given - taken)
}
