/**
 * Two ways to limit a rate, each for one key. They differ from those of lanework/server in what a chat needs: the sliding window is a log of
 * times, so that a place comes back to the millisecond and it is known when, and the bucket is one number (GCRA, as in ATM's traffic
 * management), since there is one for every member, address and room.
 *
 *   window, 3 in 10 s:   ──x──x───x──────────?      the oldest of the last 3 is 10 s old: allowed
 *                          └───── 10 s ──────┘
 */
import { checkRate, type RateRule } from '../options.ts'

/** What is known of one key. Times never go back. */
export interface Rate {
  /** Milliseconds until one more is allowed; 0 when it is. */
  waitMs(nowMs: number): number
  /** One more has happened. */
  take(nowMs: number): void
  /** From when on it is as good as new. */
  idleAtMs(): number
}

/** Makes rates of a rule. Throws OPTION_INVALID. */
export function rateMaker(name: string, rule: RateRule): () => Rate {
  checkRate(name, rule)
  return 'messages' in rule
    ? () => slidingLog(rule.messages, rule.seconds * 1_000)
    : () => bucket(rule.perSecond, rule.burst)
}

/** Exactly `limit` at most within any `windowMs` (one that came that long ago is out); memory is a number for each of them. */
function slidingLog(limit: number, windowMs: number): Rate {
  /** The last times, at most `limit`; the oldest stands at `next` once it is full. */
  const times: number[] = []
  let next = 0
  let last = -Infinity
  return {
    waitMs(nowMs) {
      return times.length < limit ? 0 : Math.max(0, (times[next] as number) + windowMs - nowMs)
    },
    take(nowMs) {
      last = nowMs
      times[next] = nowMs
      next = (next + 1) % limit
    },
    idleAtMs: () => last + windowMs,
  }
}

/** At most `burst` at once and `perSecond` in the long run: `full` is when the bucket has all its tokens again. */
function bucket(perSecond: number, burst: number): Rate {
  const tokenMs = 1_000 / perSecond
  const slackMs = (burst - 1) * tokenMs
  // Sums of fractions end a hair beside the whole.
  const hairMs = 1e-6
  let full = -Infinity
  return {
    waitMs(nowMs) {
      const wait = full - slackMs - nowMs
      return wait > hairMs ? wait : 0
    },
    take(nowMs) {
      full = Math.max(full, nowMs) + tokenMs
    },
    idleAtMs: () => full,
  }
}
