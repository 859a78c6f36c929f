/**
 * Ids of messages: numbers of 64 bits that grow, written so that they sort.
 *
 *   │ 48 bits: milliseconds since 1970 │ 16 bits: counts within them │  as 16 hexadecimal digits
 *
 * When the clock goes back, or 65,536 messages come in one millisecond, ids go on from the last one: they never go back.
 */
const counterBits = 16n
const largest = 0xffff_ffff_ffff_ffffn
const largestMs = 2 ** 48 - 1

/** The number of the next message, greater than the last one's. */
export function nextMessageNumber(last: bigint, atMs: number): bigint {
  const byTime = firstNumberAt(atMs)
  return byTime > last ? byTime : last + 1n
}

/** A number as an id. */
export function messageId(number: bigint): string {
  return number.toString(16).padStart(16, '0')
}

/** An id as a number. */
export function messageNumber(id: string): bigint {
  return BigInt(`0x${id}`)
}

/** The time in an id, in milliseconds since 1970. */
export function messageTimeMs(id: string): number {
  return Number.parseInt(id.slice(0, 12), 16)
}

/** True for the text that `messageId` makes. */
export function isMessageId(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{16}$/.test(text)
}

/** The least id of a millisecond. */
export function firstIdAt(ms: number): string {
  return messageId(firstNumberAt(ms))
}

/** The greatest id of a millisecond. */
export function lastIdAt(ms: number): string {
  const number = firstNumberAt(ms) | 0xffffn
  return messageId(ms < 0 ? 0n : number > largest ? largest : number)
}

function firstNumberAt(ms: number): bigint {
  return BigInt(Math.min(Math.max(0, Math.floor(ms)), largestMs)) << counterBits
}
