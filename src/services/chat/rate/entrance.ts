/**
 * How often members may come: everybody hears who comes and goes, and who comes anew each time is a new member for every other limit. One
 * address (networks of 64 bits in IPv6) may as often as the rule says, the wider network around it five times as often; this machine itself
 * always may.
 */
import { mostMessages, mostTokens, type RateRule } from '../options.ts'
import type { Fault } from '../types.ts'
import { networkOf, wideNetworkOf } from './network.ts'
import { RateTable } from './rate-table.ts'
import { rateMaker } from './rules.ts'

export interface Entrance {
  /** Why nobody may come from there now: `limited`, with the time to wait. Times are of a clock that never goes back, in milliseconds. */
  check(address: string, nowMs: number): Fault | undefined
  /** Somebody has come from there. */
  count(address: string, nowMs: number): void
}

/** What a wide network may, in rates of one address. */
const addressesOfWide = 5
const mostKeys = 100_000

/** Throws OPTION_INVALID. */
export function entrance(rule: RateRule | 'none'): Entrance {
  if (rule === 'none') return { check: () => undefined, count: () => {} }
  const near = new RateTable(rateMaker('limits.enter', rule), mostKeys)
  const wide = new RateTable(rateMaker('limits.enter', widened(rule)), mostKeys)
  return {
    check(address, nowMs) {
      const [one, around] = [networkOf(address), wideNetworkOf(address)]
      if (one === undefined || around === undefined) return undefined
      const waitMs = Math.ceil(Math.max(near.waitMs(one, nowMs), wide.waitMs(around, nowMs)))
      if (waitMs === 0) return undefined
      const message = `Too many have come from your network; wait ${Math.ceil(waitMs / 1_000)} s`
      return { code: 'limited', message, waitMs }
    },
    count(address, nowMs) {
      const [one, around] = [networkOf(address), wideNetworkOf(address)]
      if (one === undefined || around === undefined) return
      near.take(one, nowMs)
      wide.take(around, nowMs)
    },
  }
}

function widened(rule: RateRule): RateRule {
  return 'messages' in rule
    ? { ...rule, messages: Math.min(rule.messages * addressesOfWide, mostMessages) }
    : {
        perSecond: Math.min(rule.perSecond * addressesOfWide, mostTokens),
        burst: Math.min(rule.burst * addressesOfWide, mostTokens),
      }
}
