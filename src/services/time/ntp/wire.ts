/**
 * NTP packets (RFC 5905 section 7.3), bytes to values and back; pure. Timestamps stay 64-bit numbers (`bigint`), so that a
 * client finds its own bits again, and mean a moment only together with a pivot that says in which era they lie.
 *
 *      0      1        2      3          4            8                 12            16
 *     +------+--------+------+----------+------------+-----------------+-------------+
 *     |LI V M| stratum| poll | precision| root delay | root dispersion | reference id|
 *     +------+--------+------+----------+------------+-----------------+-------------+
 *     | reference timestamp   16        | origin timestamp   24                      |
 *     +---------------------------------+--------------------------------------------+
 *     | receive timestamp     32        | transmit timestamp 40                      |  48, then extensions and a MAC
 *     +---------------------------------+--------------------------------------------+
 */
import type { Leap } from '../clock/types.ts'

/** Bytes of a packet without extensions. */
export const headerBytes = 48

/** Where the 64-bit timestamps stand. */
export const referenceAt = 16
export const originAt = 24
export const receiveAt = 32
export const transmitAt = 40

/** The modes of RFC 5905 figure 10. */
export const modes = {
  reserved: 0,
  symmetricActive: 1,
  symmetricPassive: 2,
  client: 3,
  server: 4,
  broadcast: 5,
  control: 6,
  private: 7,
} as const

/** 1900-01-01 to 1970-01-01, in seconds. */
export const unixEpochSeconds = 2_208_988_800

const nsPerSecond = 1_000_000_000n
const eraNs = nsPerSecond << 32n

/** All fields of a packet's header. */
export interface NtpPacket {
  /** 0 none, 1 insert, 2 delete, 3 unsynchronised. */
  readonly leap: Leap
  /** 0 to 7; 4 is today's. */
  readonly version: number
  /** 0 to 7, see `modes`. */
  readonly mode: number
  /** 0 to 255; 0 in an answer: unsynchronised, or a kiss-o'-death that `referenceId` names. */
  readonly stratum: number
  /** Log2 seconds, -128 to 127. */
  readonly poll: number
  /** Log2 seconds, -128 to 127. */
  readonly precision: number
  /** Seconds, 0 to 65,536 in steps of 2^-16. */
  readonly rootDelay: number
  /** Seconds, as `rootDelay`. */
  readonly rootDispersion: number
  /** 32 bits: an IPv4 address, a hash, or four letters. */
  readonly referenceId: number
  /** 64-bit timestamps: seconds since the begin of an era in the upper half, 2^-32 seconds in the lower; 0n: none. */
  readonly reference: bigint
  readonly origin: bigint
  readonly receive: bigint
  readonly transmit: bigint
}

/** Reads the header; undefined when there are less than 48 bytes. What follows them is for `trailerOf`. */
export function decodePacket(bytes: Uint8Array): NtpPacket | undefined {
  if (bytes.length < headerBytes) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  const first = view.getUint8(0)
  return {
    leap: (first >> 6) as Leap,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum: view.getUint8(1),
    poll: view.getInt8(2),
    precision: view.getInt8(3),
    rootDelay: view.getUint32(4) / 65_536,
    rootDispersion: view.getUint32(8) / 65_536,
    referenceId: view.getUint32(12),
    reference: view.getBigUint64(referenceAt),
    origin: view.getBigUint64(originAt),
    receive: view.getBigUint64(receiveAt),
    transmit: view.getBigUint64(transmitAt),
  }
}

/** Writes a packet of 48 bytes. Root delay and dispersion are rounded up, so that no error is made smaller than it is. */
export function encodePacket(packet: NtpPacket): Buffer {
  const bytes = Buffer.alloc(headerBytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerBytes)
  view.setUint8(0, firstByte(packet.leap, packet.version, packet.mode))
  view.setUint8(1, packet.stratum)
  view.setInt8(2, packet.poll)
  view.setInt8(3, packet.precision)
  view.setUint32(4, shortFormat(packet.rootDelay))
  view.setUint32(8, shortFormat(packet.rootDispersion))
  view.setUint32(12, packet.referenceId)
  view.setBigUint64(referenceAt, packet.reference)
  view.setBigUint64(originAt, packet.origin)
  view.setBigUint64(receiveAt, packet.receive)
  view.setBigUint64(transmitAt, packet.transmit)
  return bytes
}

/** Leap, version and mode in one byte. */
export function firstByte(leap: number, version: number, mode: number): number {
  return (leap << 6) | (version << 3) | mode
}

/** Seconds in the NTP short format, 16 bits and 16 of fraction; rounded up, and the largest for what is larger. */
export function shortFormat(seconds: number): number {
  if (!(seconds > 0)) return 0
  return Math.min(0xffff_ffff, Math.ceil(seconds * 65_536))
}

/** Four ASCII characters as a reference identifier: `INIT`, `RATE`, `GPS` with a zero behind it. */
export function referenceIdOf(text: string): number {
  return Buffer.from(text.padEnd(4, '\0').slice(0, 4), 'latin1').readUInt32BE()
}

/** The 64-bit timestamp of a moment, nanoseconds since 1970 UTC, of whatever era. */
export function timestampOf(ns: bigint): bigint {
  const since1900 = ns + BigInt(unixEpochSeconds) * nsPerSecond
  return BigInt.asUintN(64, floorDivide(since1900 << 32n, nsPerSecond))
}

/**
 * The moment that a timestamp means, nanoseconds since 1970 UTC: of all eras (2^32 seconds, some 136 years) the one that brings it
 * closest to `pivotNs`, the local clock (RFC 5905 section 6). So it is right as long as that clock is within 68 years.
 */
export function timeOfTimestamp(timestamp: bigint, pivotNs: bigint): bigint {
  const inEra = ((timestamp * nsPerSecond + (1n << 31n)) >> 32n) - BigInt(unixEpochSeconds) * nsPerSecond
  return inEra + floorDivide(pivotNs - inEra + eraNs / 2n, eraNs) * eraNs
}

/** `one` minus `other` in nanoseconds, as the signed difference of RFC 5905 section 6: right across an era's end. */
export function timestampDifferenceNs(one: bigint, other: bigint): bigint {
  return (BigInt.asIntN(64, one - other) * nsPerSecond) >> 32n
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}

/** What stands behind the header. */
export interface Trailer {
  /** Type and body of each extension field (RFC 7822); views of the packet's bytes. */
  readonly extensions: readonly { readonly type: number; readonly body: Uint8Array }[]
  /** Key identifier and digest; undefined without a MAC. A crypto-NAK has an empty digest. */
  readonly mac: { readonly keyId: number; readonly digest: Uint8Array } | undefined
}

const extensionLeastBytes = 16
/** Key identifier with: nothing (crypto-NAK), MD5 or AES-CMAC (RFC 8573), SHA-1. */
const macBytes: ReadonlySet<number> = new Set([4, 20, 24])
/** NTPv3 also had DES with 64 bits (RFC 1305 appendix C). */
const macBytesBefore4: ReadonlySet<number> = new Set([12, 20, 24])

/**
 * Cuts what follows the header into extension fields and MAC, by the length rules of RFC 7822 section 3: fields are multiples
 * of 4 bytes and at least 16; what is left over is a MAC. Undefined when that does not come out. Packets before version 4 have
 * no extensions.
 */
export function trailerOf(bytes: Uint8Array, version: number): Trailer | undefined {
  const extensions: { type: number; body: Uint8Array }[] = []
  let at = headerBytes
  for (;;) {
    const next = nextPart(bytes, at, version)
    if (next < 0) return undefined
    if (next === 0) return { extensions, mac: macAt(bytes, at) }
    extensions.push({ type: word(bytes, at), body: bytes.subarray(at + 4, next) })
    at = next
  }
}

/** True when `trailerOf` gives something; without an allocation. */
export function hasSoundTrailer(bytes: Uint8Array, version: number): boolean {
  let at = headerBytes
  while (at > 0 && at < bytes.length) at = nextPart(bytes, at, version)
  return at >= 0
}

/** Where the extension field at `at` ends; 0 when there is none but the end or a MAC, -1 when neither is right. */
function nextPart(bytes: Uint8Array, at: number, version: number): number {
  const left = bytes.length - at
  if (left === 0) return 0
  if (version < 4) return macBytesBefore4.has(left) ? 0 : -1
  // 20 and 24 bytes might be an extension as well: RFC 7822 has the last one be at least 28 long when there is no MAC.
  if (macBytes.has(left)) return 0
  if (left < extensionLeastBytes) return -1
  const length = word(bytes, at + 2)
  if (length < extensionLeastBytes || length % 4 !== 0 || length > left) return -1
  return at + length
}

function macAt(bytes: Uint8Array, at: number): Trailer['mac'] {
  if (at === bytes.length) return undefined
  return { keyId: word(bytes, at) * 65_536 + word(bytes, at + 2), digest: bytes.subarray(at + 4) }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) * 256 + (bytes[at + 1] as number)
}
