/** Serial numbers of zones, which go around (RFC 1982). */

/** Above 0 where `to` is later than `from`, 0 where they are the same or half a circle apart, else below. */
export function serialStep(from: number, to: number): number {
  const step = (to - from) | 0
  return step === -0x8000_0000 ? 0 : step
}
