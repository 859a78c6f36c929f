/**
 * Transaction signatures (RFC 8945): who shares a key knows that a message is the other's, and recent.
 *
 *   request:       HMAC(message, variables)
 *   answer:        HMAC(request's MAC, message, variables)
 *   further ones:  HMAC(MAC before, unsigned messages since, message, time and fudge)
 */
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'

import { dnsClass, rcode } from '../wire/codes.ts'
import { lowerName } from '../wire/name.ts'
import type { KeyRing, TsigKey } from './keys.ts'
import { appendTsig, splitTsig, type TsigFields, tsigBytes } from './tsig-record.ts'

/** Errors that the record itself tells (RFC 8945 3); 16 means something else in OPT. */
export const tsigError = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const

/** Seconds that clocks may be apart (RFC 8945 10). */
export const usualFudge = 300
/** A receiver must take as many unsigned messages between two signed ones; senders sign each here. */
const unsignedLimit = 99
const none = new Uint8Array()

/** What a request's signature came to. */
export type Verdict =
  /** There is none. */
  | { readonly kind: 'unsigned' }
  /** It holds: `bare` is the request without it, and `signer` signs the answers. */
  | { readonly kind: 'signed'; readonly key: TsigKey; readonly bare: Uint8Array; readonly signer: TsigSigner }
  /** It does not hold: NOTAUTH with a TSIG that says why, or FORMERR. */
  | { readonly kind: 'refused'; readonly rcode: number; answer(bare: Uint8Array): Uint8Array }

/**
 * Checks a request's signature. Never throws: bytes that are no message are `unsigned`, for others to refuse. `now` is in seconds.
 */
export function checkRequest(request: Uint8Array, keys: KeyRing, now: number): Verdict {
  const found = splitOrNone(request)
  if (found === undefined) return { kind: 'unsigned' }
  if (found === 'misplaced') return { kind: 'refused', rcode: rcode.FORMERR, answer: (bare) => bare }
  const { bare, tsig } = found
  const key = keys.get(tsig.name)
  if (key === undefined || !sameBytes(key.algorithm, lowerName(tsig.algorithm))) {
    return refusal(rcode.NOTAUTH, (answer) => appendTsig(answer, unsignedError(tsig, tsigError.BADKEY)))
  }
  // Longer than the hash, or shorter than half of it or ten bytes, no signer makes one (RFC 8945 5.2.2.1).
  const { macBytes } = key
  if (tsig.mac.length > macBytes || tsig.mac.length < Math.max(10, macBytes / 2)) {
    return refusal(rcode.FORMERR, (answer) => answer)
  }
  const mac = macOf(key, none, [bare], tsig, true)
  if (!sameMac(mac.subarray(0, tsig.mac.length), tsig.mac)) {
    return refusal(rcode.NOTAUTH, (answer) => appendTsig(answer, unsignedError(tsig, tsigError.BADSIG)))
  }
  const signer = new TsigSigner(key, tsig)
  if (tsig.mac.length < macBytes) {
    return refusal(rcode.NOTAUTH, (answer) => signer.signError(answer, tsigError.BADTRUNC, now, none))
  }
  if (!isRecent(tsig, now)) {
    return refusal(rcode.NOTAUTH, (answer) => signer.signError(answer, tsigError.BADTIME, tsig.time, time48(now)))
  }
  return { kind: 'signed', key, bare, signer }
}

function refusal(code: number, answer: (bare: Uint8Array) => Uint8Array): Verdict {
  return { kind: 'refused', rcode: code, answer }
}

/** Signs the answers to one request, in order. */
export class TsigSigner {
  readonly key: TsigKey
  #prior: Uint8Array
  #isFirst = true
  readonly #fudge: number
  readonly #originalId: number

  constructor(key: TsigKey, { mac, fudge, originalId }: TsigFields) {
    this.key = key
    this.#prior = mac
    this.#fudge = fudge
    this.#originalId = originalId
  }

  /** Bytes that a signature takes. */
  get extraBytes(): number {
    return tsigBytes(this.key.name, this.key.algorithm, this.key.macBytes, 6)
  }

  /** The answer, signed; further ones are signed as RFC 8945 5.3.1 wants. `now` is in seconds. */
  sign(bare: Uint8Array, now: number): Uint8Array {
    return this.#sign(bare, rcode.NOERROR, now, none)
  }

  signError(bare: Uint8Array, error: number, time: number, other: Uint8Array): Uint8Array {
    return this.#sign(bare, error, time, other)
  }

  #sign(bare: Uint8Array, error: number, time: number, other: Uint8Array): Uint8Array {
    // Whoever stands between may have given the request another id, and takes it back again (RFC 8945 5.5).
    const digested = Uint8Array.from(bare)
    new DataView(digested.buffer).setUint16(0, this.#originalId)
    const fields = { ...fieldsFor(this.key, digested, time, this.#fudge), error, other }
    const mac = macOf(this.key, this.#prior, [digested], fields, this.#isFirst)
    this.#prior = mac
    this.#isFirst = false
    return appendTsig(bare, { ...fields, mac })
  }
}

/** Signs a request; gives what its answers are checked with. `now` is in seconds. */
export function signRequest(bare: Uint8Array, key: TsigKey, now: number): { bytes: Uint8Array; checker: TsigChecker } {
  const fields = fieldsFor(key, bare, now, usualFudge)
  const mac = macOf(key, none, [bare], fields, true)
  return { bytes: appendTsig(bare, { ...fields, mac }), checker: new TsigChecker(key, mac) }
}

/** Checks the answers to a request that was signed, in order. */
export class TsigChecker {
  readonly #key: TsigKey
  #prior: Uint8Array
  #isFirst = true
  #unsigned: Uint8Array[] = []

  constructor(key: TsigKey, requestMac: Uint8Array) {
    this.#key = key
    this.#prior = requestMac
  }

  /** True while messages have come behind the last signed one: what ends so must not be believed. */
  get isOpen(): boolean {
    return this.#isFirst || this.#unsigned.length > 0
  }

  /** Why a message must not be believed; undefined where it may be. `now` is in seconds. */
  check(bytes: Uint8Array, now: number): string | undefined {
    const found = splitOrNone(bytes)
    if (found === 'misplaced') return 'its signature is misplaced'
    if (found === undefined) {
      if (this.#isFirst) return 'it is not signed'
      if (this.#unsigned.length >= unsignedLimit) return `more than ${unsignedLimit} messages without a signature`
      this.#unsigned.push(Uint8Array.from(bytes))
      return undefined
    }
    const { bare, tsig } = found
    const key = this.#key
    if (!sameBytes(key.name, lowerName(tsig.name)) || !sameBytes(key.algorithm, lowerName(tsig.algorithm))) {
      return 'it is signed with another key'
    }
    if (tsig.error !== rcode.NOERROR && tsig.mac.length === 0) return `the other side refuses our key (${tsig.error})`
    const mac = macOf(key, this.#prior, [...this.#unsigned, bare], tsig, this.#isFirst)
    if (!sameMac(mac, tsig.mac)) return 'its signature does not hold'
    if (tsig.error !== rcode.NOERROR) return `the other side refuses our signature (${tsig.error})`
    if (!isRecent(tsig, now)) return 'its signature is too old, or our clock is wrong'
    this.#prior = Uint8Array.from(tsig.mac)
    this.#isFirst = false
    this.#unsigned = []
    return undefined
  }
}

function splitOrNone(bytes: Uint8Array): ReturnType<typeof splitTsig> {
  try {
    return splitTsig(bytes)
  } catch {
    return undefined
  }
}

function fieldsFor(key: TsigKey, bare: Uint8Array, time: number, fudge: number): TsigFields {
  const { name, algorithm } = key
  const originalId = bare[0]! * 0x100 + bare[1]!
  return { name, algorithm, time: Math.floor(time), fudge, mac: none, originalId, error: rcode.NOERROR, other: none }
}

/** A TSIG without a MAC, for who does not share the key (RFC 8945 5.3.2). */
function unsignedError({ name, algorithm, time, fudge, originalId }: TsigFields, error: number): TsigFields {
  return { name, algorithm, time, fudge, mac: none, originalId, error, other: none }
}

function macOf(
  { hash, secret }: TsigKey,
  prior: Uint8Array,
  messages: readonly Uint8Array[],
  fields: TsigFields,
  whole: boolean,
): Buffer {
  const hmac = createHmac(hash, secret)
  if (prior.length > 0) hmac.update(number(prior.length, 2)).update(prior)
  for (const message of messages) hmac.update(message)
  if (whole) putVariables(hmac, fields)
  else hmac.update(time48(fields.time)).update(number(fields.fudge, 2))
  return hmac.digest()
}

/** The variables in their order (RFC 8945 4.3.3), names in lower case. */
function putVariables(hmac: Hmac, { name, algorithm, time, fudge, error, other }: TsigFields): void {
  hmac.update(lowerName(name)).update(number(dnsClass.ANY, 2)).update(number(0, 4)).update(lowerName(algorithm))
  hmac.update(time48(time)).update(number(fudge, 2)).update(number(error, 2))
  hmac.update(number(other.length, 2)).update(other)
}

function isRecent({ time, fudge }: TsigFields, now: number): boolean {
  return Math.abs(now - time) <= fudge
}

function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0
}

function time48(seconds: number): Buffer {
  return number(Math.floor(seconds), 6)
}

function number(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size)
  bytes.writeUIntBE(value, 0, size)
  return bytes
}
