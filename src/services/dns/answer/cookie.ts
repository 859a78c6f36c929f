/**
 * Server cookies (RFC 7873) that any server with the same secret makes and knows (RFC 9018 4):
 *
 *   client cookie (8) │ version 1 │ reserved (3) │ time (4) │ SipHash-2-4 of all before and the client's address (8)
 */
import { sipHash } from './siphash.ts'

/** Seconds for which a cookie is good, and how far ahead of us its maker's clock may be (RFC 9018 4.3). */
const goodSeconds = 3_600
const renewSeconds = 1_800
const aheadSeconds = 300

export type CookieState = 'malformed' | 'client-only' | 'bad' | 'good'

/** The cookie to answer with, and what the client's was worth. */
export interface CookieAnswer {
  readonly state: CookieState
  /** The option's data; undefined where the client's was malformed. */
  readonly data: Uint8Array | undefined
}

/**
 * Judges a cookie option's data and makes the answer's.
 *
 * @param address the client's address, 4 or 16 bytes
 * @param now seconds since 1970
 * @param secrets 16 bytes each: the first makes cookies, all are known
 */
export function answerCookie(
  data: Uint8Array,
  address: Uint8Array,
  now: number,
  secrets: readonly Uint8Array[],
): CookieAnswer {
  if (data.length !== 8 && (data.length < 16 || data.length > 40)) return { state: 'malformed', data: undefined }
  const client = data.subarray(0, 8)
  const fresh = (): Uint8Array => cookieOf(client, address, Math.floor(now) >>> 0, secrets[0]!)
  if (data.length === 8) return { state: 'client-only', data: fresh() }
  const time = data.length === 24 ? new DataView(data.buffer, data.byteOffset + 12).getUint32(0) : 0
  const age = (Math.floor(now) - time) | 0
  const isKnown =
    data.length === 24 &&
    age <= goodSeconds &&
    age >= -aheadSeconds &&
    secrets.some((secret) => isSame(cookieOf(client, address, time, secret), data))
  if (!isKnown) return { state: 'bad', data: fresh() }
  return { state: 'good', data: age > renewSeconds ? fresh() : data.slice() }
}

function cookieOf(client: Uint8Array, address: Uint8Array, time: number, secret: Uint8Array): Uint8Array {
  const hashed = new Uint8Array(16 + address.length)
  hashed.set(client)
  hashed[8] = 1
  new DataView(hashed.buffer).setUint32(12, time)
  hashed.set(address, 16)
  const cookie = new Uint8Array(24)
  cookie.set(hashed.subarray(0, 16))
  cookie.set(sipHash(secret, hashed), 16)
  return cookie
}

/** Takes the same time wherever they differ. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!
  return difference === 0
}
