/** The engine as one pure function. */
import type { Zone } from '../zone/zone.ts'
import { Answerer, type AnswerOptions } from './answerer.ts'

interface Known {
  readonly zones: readonly Zone[]
  readonly answerer: Answerer
}

const known = new WeakMap<readonly Zone[], Known>()

/**
 * Answers a query from zones, bytes to bytes (RFC 1034 4.3.2, and what came after). Gives undefined for what must not be answered:
 * responses, and what is shorter than a header. Never throws for anything a query may hold; the answer is the caller's own.
 *
 * Answers over UDP have at most 1,232 bytes, or what the client takes; what does not fit is left out by whole sets, and TC says so.
 *
 * @example
 * const answer = answerQuery([zone], query, { transport: 'udp' })
 */
export function answerQuery(zones: readonly Zone[], query: Uint8Array, options: AnswerOptions): Uint8Array | undefined {
  let one = known.get(zones)
  if (one === undefined || !isSame(one.zones, zones)) {
    one = { zones: [...zones], answerer: new Answerer(zones) }
    known.set(zones, one)
  }
  return one.answerer.answer(query, options)?.slice()
}

/** The caller may have changed the list since. */
function isSame(a: readonly Zone[], b: readonly Zone[]): boolean {
  return a.length === b.length && a.every((zone, at) => zone === b[at])
}
