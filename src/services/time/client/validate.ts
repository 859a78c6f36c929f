/**
 * Whether an answer of a time server can be believed, check by check (RFC 5905 sections 7.4, 8 and A.5.1.1). What does not even
 * belong to our request is ignored, as a forger may have sent it; what does belong is judged.
 */
import { modes, timestampDifferenceNs, type NtpPacket } from '../ntp/wire.ts'
import { rootDistance } from '../clock/parameters.ts'
import { seconds } from './select.ts'

/** An answer with the moments of the exchange. */
export interface Exchange {
  readonly reply: NtpPacket
  /** From sending to receiving, by our counter, nanoseconds. */
  readonly elapsedNs: bigint
}

export interface ValidateOptions {
  /** Root distance beyond which a server is not believed, seconds. @default 3 */
  readonly maximumDistance?: number
  /** A server whose clock was not corrected for so long is not believed, seconds. @default 129_600 (36 hours) */
  readonly maximumAge?: number
  /** Reference ids that mean this machine (see ownRefIds): a server that follows us cannot lead us. @default none */
  readonly ownRefIds?: readonly number[]
}

/** Why an answer is refused. */
export interface Refusal {
  readonly reason: string
  /** The kiss code, four letters, where the server sent one; else empty. */
  readonly kiss: string
}

/** True for what a server sends to this very request: everything else is ignored, and waiting goes on. */
export function answersRequest(reply: NtpPacket, nonce: bigint): boolean {
  return reply.mode === modes.server && reply.origin === nonce
}

/** Why this answer cannot be used; undefined for a good one. */
export function refuse({ reply, elapsedNs }: Exchange, options: ValidateOptions = {}): Refusal | undefined {
  const { maximumDistance = 3, maximumAge = 129_600, ownRefIds = [] } = options
  if (reply.stratum === 0) {
    const kiss = kissCode(reply.referenceId)
    return { kiss, reason: kissReason(kiss) }
  }
  const isLoop = reply.stratum > 1 && ownRefIds.includes(reply.referenceId)
  const reason = isLoop
    ? 'it takes its time from this machine'
    : whyUnusable(reply, elapsedNs, maximumDistance, maximumAge)
  return reason === undefined ? undefined : { reason, kiss: '' }
}

function whyUnusable(reply: NtpPacket, elapsedNs: bigint, farthest: number, oldest: number): string | undefined {
  if (reply.version < 1 || reply.version > 4) return `it speaks version ${reply.version}`
  if (reply.leap === 3) return 'it is not synchronised (leap indicator 3)'
  if (reply.stratum > 15) return `it is not synchronised (stratum ${reply.stratum})`
  if (reply.receive === 0n || reply.transmit === 0n) return 'it says no time'
  const heldNs = timestampDifferenceNs(reply.transmit, reply.receive)
  if (heldNs < 0n) return `its clock went back by ${seconds(Number(-heldNs) / 1e9)} while it answered`
  if (heldNs > elapsedNs + 1_000_000n) return 'it claims to have taken longer than the whole exchange'
  const age = Number(timestampDifferenceNs(reply.transmit, reply.reference)) / 1e9
  if (reply.reference !== 0n && age < -1) return 'its clock was corrected after it answered'
  if (reply.reference !== 0n && age > oldest) return `its clock was last corrected ${Math.round(age / 3_600)} h ago`
  const distance = rootDistance(reply)
  if (distance > farthest) return `its root distance ${seconds(distance)} is beyond ${seconds(farthest)}`
  return undefined
}

/** The four letters of a kiss-o'-death packet; anything but capital letters and digits is left out. */
export function kissCode(referenceId: number): string {
  const letters = [24, 16, 8, 0].map((shift) => String.fromCharCode((referenceId >>> shift) & 0xff))
  return letters.join('').replace(/[^A-Z0-9]/g, '')
}

function kissReason(kiss: string): string {
  if (kiss === 'RATE') return 'it asks for less requests (RATE)'
  if (kiss === 'DENY' || kiss === 'RSTR') return `it does not serve us (${kiss})`
  if (kiss === 'INIT' || kiss === 'STEP' || kiss === '') return 'it is not synchronised yet (stratum 0)'
  return `it sent the kiss code ${kiss}`
}
