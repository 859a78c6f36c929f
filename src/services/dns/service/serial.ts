/**
 * Serial numbers of zones (RFC 1982): 32 bits that go round, compared over half the circle.
 *
 *   a is later than b where a - b, modulo 2^32, is 1 to 2^31 - 1; at exactly 2^31 neither is.
 */

/** Above 0 where `to` is later than `from`, 0 where they are the same or half a circle apart, else below. */
export function serialStep(from: number, to: number): number {
  const step = (to - from) | 0
  return step === -0x8000_0000 ? 0 : step
}
