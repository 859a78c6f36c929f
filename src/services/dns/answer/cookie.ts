/**
 * Server cookies (RFC 7873) that any server with the same secret makes and knows (RFC 9018 4):
 *
 *   client cookie (8) │ version 1 │ reserved (3) │ time (4) │ SipHash-2-4 of all before and the client's address (8)
 */
import { sipHashInto } from './siphash.ts'

/** Seconds for which a cookie is good, and how far ahead of us its maker's clock may be (RFC 9018 4.3). */
const goodSeconds = 3_600
const renewSeconds = 1_800
const aheadSeconds = 300

export const cookieBytes = 24
/** The longest that a client may send (RFC 7873 4). */
export const cookieBytesLimit = 40

export type CookieState = 'malformed' | 'client-only' | 'bad' | 'good'

/** The cookie to answer with, and what the client's was worth. */
export interface CookieAnswer {
  readonly state: CookieState
  /** The option's data; undefined where the client's was malformed. */
  readonly data: Uint8Array | undefined
}

/** Judges cookies and makes answers to them; used again and again, and making nothing else. */
export class Cookies {
  /** The last answer's cookie. */
  readonly answer: Uint8Array = new Uint8Array(cookieBytes)
  readonly #secrets: readonly Uint8Array[]
  readonly #hashed = new Uint8Array(32)
  readonly #known = new Uint8Array(8)

  /** @param secrets 16 bytes each: the first makes cookies, all are known */
  constructor(secrets: readonly Uint8Array[]) {
    this.#secrets = secrets
  }

  /**
   * Judges the first `size` bytes of an option's data, and writes `answer` where they are no less than a client's cookie.
   *
   * @param address the client's address, 4 or 16 bytes
   * @param seconds since 1970
   */
  judge(data: Uint8Array, size: number, address: Uint8Array, seconds: number): CookieState {
    if (size !== 8 && (size < 16 || size > cookieBytesLimit)) return 'malformed'
    const now = Math.floor(seconds)
    if (size === cookieBytes) {
      const time = ((data[12]! << 24) | (data[13]! << 16) | (data[14]! << 8) | data[15]!) >>> 0
      const age = (now - time) | 0
      if (age <= goodSeconds && age >= -aheadSeconds && this.#isKnown(data, address, time)) {
        if (age > renewSeconds) this.#make(data, address, now >>> 0)
        else for (let at = 0; at < cookieBytes; at++) this.answer[at] = data[at]!
        return 'good'
      }
    }
    this.#make(data, address, now >>> 0)
    return size === 8 ? 'client-only' : 'bad'
  }

  #make(client: Uint8Array, address: Uint8Array, time: number): void {
    const hashed = this.#hash(client, address, time, this.#secrets[0]!, this.answer, 16)
    for (let at = 0; at < 16; at++) this.answer[at] = hashed[at]!
  }

  /** Takes the same time wherever they differ. */
  #isKnown(data: Uint8Array, address: Uint8Array, time: number): boolean {
    let isKnown = false
    for (const secret of this.#secrets) {
      const hashed = this.#hash(data, address, time, secret, this.#known, 0)
      let difference = 0
      for (let at = 0; at < 16; at++) difference |= data[at]! ^ hashed[at]!
      for (let at = 0; at < 8; at++) difference |= data[16 + at]! ^ this.#known[at]!
      if (difference === 0) isKnown = true
    }
    return isKnown
  }

  #hash(client: Uint8Array, address: Uint8Array, time: number, secret: Uint8Array, to: Uint8Array, at: number) {
    const hashed = this.#hashed
    for (let byte = 0; byte < 8; byte++) hashed[byte] = client[byte]!
    hashed[8] = 1
    hashed[9] = hashed[10] = hashed[11] = 0
    hashed[12] = time >>> 24
    hashed[13] = time >>> 16
    hashed[14] = time >>> 8
    hashed[15] = time
    for (let byte = 0; byte < address.length; byte++) hashed[16 + byte] = address[byte]!
    sipHashInto(secret, hashed, 16 + address.length, to, at)
    return hashed
  }
}

/** As `Cookies.judge`, with the answer as bytes of its own. */
export function answerCookie(
  data: Uint8Array,
  address: Uint8Array,
  now: number,
  secrets: readonly Uint8Array[],
): CookieAnswer {
  const cookies = new Cookies(secrets)
  const state = cookies.judge(data, data.length, address, now)
  return { state, data: state === 'malformed' ? undefined : cookies.answer }
}
