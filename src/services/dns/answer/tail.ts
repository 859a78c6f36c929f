/**
 * What an answer has behind its question, written once and put behind many questions.
 *
 *   header │ prefix base type class │ tail │ OPT
 *            └─── question ───────┘
 *
 * A tail is written as if the question were for its base name alone: the name itself, or the zone, cut or closest encloser that the
 * answer is about. Every pointer in it leads to the base, or into the tail; before a longer name all of them move by what the
 * prefix adds. Pointers to the whole question name stay, as it always begins at byte 12.
 *
 * Names are compared byte by byte for pointers, but the base is in lower case and stands for the question's name in any case.
 */
import { packedPlans } from '../wire/message-reader.ts'
import { NameEnds } from '../wire/name-ends.ts'
import type { Name } from '../wire/name.ts'
import { dnsClass } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import { setBytes } from '../zone/layout.ts'
import { withRoom } from '../zone/grow.ts'
import type { ZoneImage } from '../zone/image.ts'

export const section = {
  answer: 0,
  authority: 1,
  /** Without these the answer is truncated (RFC 9471). */
  glue: 2,
  /** Left out silently. */
  extra: 3,
} as const
export type Section = (typeof section)[keyof typeof section]

/** A set of an answer: where it ends, its section, how many records it has. */
export interface TailUnit {
  readonly end: number
  readonly section: Section
  readonly records: number
}

export interface Tail {
  readonly bytes: Uint8Array
  /** Where pointers stand that move with the base. */
  readonly pointers: Uint32Array
  /** In the order of the bytes. */
  readonly units: readonly TailUnit[]
  /** Records of the answer, of the authorities, and additional ones, as they go into the header. */
  readonly counts: readonly [number, number, number]
  /** Bytes of the base name. */
  readonly baseBytes: number
  readonly rcode: number
  readonly aa: boolean
}

/** Pointers have 14 bits, and may move by a name's length. */
const reach = 0x4000 - 256
const limit = 0xffff

/** Writes tails, one after the other. */
export class TailWriter {
  #bytes = new Uint8Array(0x1000)
  #length = 0
  #start = 0
  #baseBytes = 0
  #units: TailUnit[] = []
  #pointers = new Uint32Array(256)
  #pointerCount = 0
  readonly #ends = new NameEnds(reach)

  /** Starts a tail behind questions for names that end in `base`, which is in lower case. */
  begin(base: Name): void {
    this.#ends.forget(0)
    this.#units = []
    this.#pointerCount = 0
    this.#length = 12
    this.#baseBytes = base.length
    this.#ends.take(base)
    this.#ends.keep(this.#ends.count, 12)
    this.#put(base)
    this.#start = this.#grow(4) + 4
  }

  /** The tail, good until the next one begins. */
  last(rcode: number, aa: boolean): Tail {
    const counts: [number, number, number] = [0, 0, 0]
    for (const { section: part, records } of this.#units) {
      const at = Math.min(part, 2)
      counts[at] = counts[at]! + records
    }
    return {
      bytes: this.#bytes.subarray(this.#start, this.#length),
      pointers: this.#pointers.subarray(0, this.#pointerCount),
      units: this.#units,
      counts,
      baseBytes: this.#baseBytes,
      rcode,
      aa,
    }
  }

  /** The tail, to keep. */
  end(rcode: number, aa: boolean): Tail {
    return keptTail(this.last(rcode, aa))
  }

  /**
   * Adds a set: its records, and with `signed` the signatures over it; `only` leaves out the ones or the others. Without an owner it is
   * the question's name.
   */
  set(
    image: ZoneImage,
    at: number,
    owner: Name | undefined,
    part: Section,
    how: { readonly signed: boolean; readonly ttl?: number; readonly withoutData?: boolean },
  ): void {
    const type = image.typeOf(at)
    let records = 0
    if (how.withoutData !== true) {
      const ttl = how.ttl ?? image.ttlOf(at)
      records += this.#records(image, at + setBytes, image.countOf(at), owner, type, ttl)
    }
    if (how.signed) {
      const ttl = how.ttl ?? image.signatureTtl(at)
      records += this.#records(image, image.signaturesAt(at), image.signatureCount(at), owner, dnsType.RRSIG, ttl)
    }
    this.#units.push({ end: this.#length - this.#start, section: part, records })
  }

  /** Adds one record of its own. */
  record(owner: Name | undefined, type: number, ttl: number, data: Uint8Array, part: Section): void {
    this.#record(owner, type, ttl, data, 0, data.length)
    this.#units.push({ end: this.#length - this.#start, section: part, records: 1 })
  }

  #records(image: ZoneImage, at: number, count: number, owner: Name | undefined, type: number, ttl: number): number {
    const { bytes } = image
    // What is longer than any message is noted as too long, and not written on.
    for (let left = count; left > 0 && this.#length <= limit; left--) {
      const size = bytes[at]! * 0x100 + bytes[at + 1]!
      this.#record(owner, type, ttl, bytes, at + 2, size)
      at += 2 + size
    }
    return count
  }

  #record(owner: Name | undefined, type: number, ttl: number, data: Uint8Array, at: number, size: number): void {
    if (owner === undefined) this.#u16(0xc00c)
    else this.#name(owner, 0, owner.length)
    this.#u16(type)
    this.#u16(dnsClass.IN)
    this.#u16(ttl >>> 16)
    this.#u16(ttl & 0xffff)
    const sizeAt = this.#grow(2)
    const end = at + size
    for (const part of packedPlans.get(type) ?? []) {
      const bytes = part === 'string' ? 1 + data[at]! : part === 'name' ? nameBytesAt(data, at) : part
      if (part === 'name') this.#name(data, at, bytes)
      else this.#copy(data, at, bytes)
      at += bytes
    }
    this.#copy(data, at, end - at)
    const written = this.#length - sizeAt - 2
    this.#bytes[sizeAt] = written >>> 8
    this.#bytes[sizeAt + 1] = written
  }

  #name(bytes: Uint8Array, from: number, size: number): void {
    const name = from === 0 && size === bytes.length ? bytes : bytes.subarray(from, from + size)
    const ends = this.#ends
    ends.take(name)
    const { count } = ends
    let [found, known] = [0, 0]
    for (; found < count; found++) {
      known = ends.find(this.#bytes, name, found)
      if (known > 0) break
    }
    const at = this.#length
    this.#copy(name, 0, found === count ? size : ends.starts[found]!)
    if (found < count) {
      if (this.#pointerCount === this.#pointers.length) {
        this.#pointers = withRoom(this.#pointers, this.#pointerCount + 1)
      }
      this.#pointers[this.#pointerCount++] = this.#length - this.#start
      this.#u16(0xc000 + known)
    }
    ends.keep(found, at)
  }

  #u16(value: number): void {
    const at = this.#grow(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  #put(bytes: Uint8Array): void {
    this.#copy(bytes, 0, bytes.length)
  }

  #copy(bytes: Uint8Array, from: number, size: number): void {
    const at = this.#grow(size)
    const own = this.#bytes
    for (let byte = 0; byte < size; byte++) own[at + byte] = bytes[from + byte]!
  }

  #grow(size: number): number {
    const start = this.#length
    const end = start + size
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 4))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#length = end
    return start
  }
}

/** A copy with bytes of its own. */
export function keptTail(tail: Tail): Tail {
  return { ...tail, bytes: tail.bytes.slice(), pointers: tail.pointers.slice() }
}

function nameBytesAt(data: Uint8Array, start: number): number {
  let at = start
  while (data[at]! > 0) at += 1 + data[at]!
  return at - start + 1
}
