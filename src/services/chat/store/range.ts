/** What a range of history means, in ids: checked once, for every kind of store. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { firstIdAt, isMessageId, lastIdAt } from './message-id.ts'
import type { HistoryRange, Ref, StoredMessage, TargetRange } from './types.ts'

/** Ids between two, of which neither is meant; undefined is no end. */
export interface IdRange {
  readonly above: string | undefined
  readonly below: string | undefined
  readonly limit: number
  readonly newest: boolean
}

/** Most messages and rooms of one answer. */
export const answerLimit = 1_000

/** Gives the messages of ids between two, the newest last. */
export type Read = (range: IdRange) => StoredMessage[]

/** Throws OPTION_INVALID. */
export function readHistory(range: HistoryRange, readAny: Read): StoredMessage[] {
  checkKnownKeys('range', range, ['before', 'after', 'around', 'since', 'limit', 'from'])
  const limit = checkInteger('limit', range.limit, 0, answerLimit)
  const { before, after, around, since, from } = range
  const read = since === undefined ? readAny : readSince(since, readAny)
  if (limit === 0) return []
  if (around !== undefined) return readAround(range, around, limit, read)
  if (from !== undefined && from !== 'oldest' && from !== 'newest')
    throw fail('OPTION_INVALID', { option: 'from', rule: 'oldest or newest', got: JSON.stringify(from) })
  return read({
    above: after === undefined ? undefined : aboveOf('after', after),
    below: before === undefined ? undefined : belowOf('before', before),
    limit,
    newest: from === undefined ? after === undefined : from === 'newest',
  })
}

/** What is older does not count towards the limit. */
function readSince(since: number, read: Read): Read {
  const end = idBefore(firstIdAt(checkTime('since', since)))
  return (ids) => {
    const above = end === undefined || (ids.above !== undefined && ids.above > end) ? ids.above : end
    return above !== undefined && ids.below !== undefined && above >= ids.below ? [] : read({ ...ids, above })
  }
}

function readAround(range: HistoryRange, around: Ref, limit: number, read: Read): StoredMessage[] {
  if (range.before !== undefined || range.after !== undefined || range.from !== undefined)
    throw fail('OPTION_INVALID', { option: 'around', rule: 'given without before, after and from', got: 'both' })
  const below = belowOf('around', around)
  const older = read({ above: undefined, below, limit: Math.floor(limit / 2), newest: true })
  const above = idBefore(below)
  const newer = read({ above, below: undefined, limit: limit - older.length, newest: false })
  if (older.length + newer.length === limit || older.length < Math.floor(limit / 2)) return [...older, ...newer]
  // Few came behind it: more of those before it have room.
  return [...read({ above: undefined, below, limit: limit - newer.length, newest: true }), ...newer]
}

/** The greatest id below another; undefined when there is none. */
function idBefore(id: string): string | undefined {
  const number = BigInt(`0x${id}`)
  return number === 0n ? undefined : (number - 1n).toString(16).padStart(16, '0')
}

function aboveOf(option: string, ref: Ref): string {
  return typeof ref === 'number' ? lastIdAt(checkTime(option, ref)) : checkId(option, ref)
}

function belowOf(option: string, ref: Ref): string {
  return typeof ref === 'number' ? firstIdAt(checkTime(option, ref)) : checkId(option, ref)
}

function checkId(option: string, id: unknown): string {
  if (isMessageId(id)) return id
  throw fail('OPTION_INVALID', { option, rule: 'an id of a message, or milliseconds since 1970', got: String(id) })
}

function checkTime(option: string, ms: number): number {
  if (!Number.isNaN(ms)) return ms
  throw fail('OPTION_INVALID', { option, rule: 'an id of a message, or milliseconds since 1970', got: 'NaN' })
}

/** Throws OPTION_INVALID. */
export function checkTargets(range: TargetRange): Required<TargetRange> {
  checkKnownKeys('range', range, ['afterMs', 'beforeMs', 'where', 'limit'])
  const { afterMs = -Infinity, beforeMs = Infinity, where = () => true } = range
  return {
    where,
    afterMs: checkTime('afterMs', afterMs),
    beforeMs: checkTime('beforeMs', beforeMs),
    limit: checkInteger('limit', range.limit, 0, answerLimit),
  }
}
