/** Puts answers together: header, question as it came, tail moved behind it, OPT. One buffer for all of them. */
import { dnsClass, ednsCode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import { setBytes } from '../zone/layout.ts'
import type { Asked } from './asked.ts'
import type { OptionBytes } from './option-bytes.ts'
import { section, type Tail } from './tail.ts'

const headerBytes = 12
const optBytes = 11
/** Of each record, besides the data and its size: a pointer to the question's name, type, class, TTL. */
const recordBytes = 10
/** Views of answers up to this size are kept. */
const keptViewBytes = 4096

export class Reply {
  readonly #bytes = new Uint8Array(0x1_0000)
  // A view for each length that was sent: making one costs more than most answers do.
  readonly #views: (Uint8Array | undefined)[] = Array.from({ length: keptViewBytes + 1 }, () => undefined)
  readonly #udpBytes: number

  constructor(udpBytes: number) {
    this.#udpBytes = udpBytes
  }

  /** An answer with a tail, cut by whole sets to `limit` bytes; with `padding`, filled up to a multiple of it. */
  answer(
    query: Uint8Array,
    asked: Asked,
    tail: Tail,
    limit: number,
    options: OptionBytes,
    padding: number,
  ): Uint8Array {
    const bytes = this.#bytes
    const start = headerBytes + asked.questionBytes
    const room = limit - start - (asked.hasEdns ? optBytes + options.length : 0)
    this.#head(query, asked, tail.rcode, tail.aa)
    let end = start + tail.bytes.length
    if (tail.bytes.length <= room) {
      bytes.set(tail.bytes, start)
      counts(bytes, tail.counts[0], tail.counts[1], tail.counts[2])
    } else {
      end = start + this.#cut(tail, start, room)
      if (room < 0) options.cut(limit - start - optBytes)
    }
    const moved = asked.name.length - tail.baseBytes
    if (moved > 0) move(bytes, tail.pointers, start, end, moved)
    return asked.hasEdns ? this.#opt(asked, tail.rcode, end, options, limit, padding) : this.#view(end)
  }

  /**
   * An answer of one set of the question's name, straight from the image, with its signatures where they were asked for: what a tail
   * would say, for types whose data is sent as it is. Undefined where that does not fit.
   */
  set(
    query: Uint8Array,
    asked: Asked,
    image: ZoneImage,
    set: number,
    limit: number,
    options: OptionBytes,
    padding: number,
  ): Uint8Array | undefined {
    const start = headerBytes + asked.questionBytes
    const room = limit - start - (asked.hasEdns ? optBytes + options.length : 0)
    const count = image.countOf(set)
    const signatures = asked.dnssec ? image.signatureCount(set) : 0
    const size =
      recordBytes * (count + signatures) + image.dataBytes(set) + (signatures > 0 ? image.signatureBytes(set) : 0)
    if (size > room) return undefined
    this.#head(query, asked, 0, true)
    counts(this.#bytes, count + signatures, 0, 0)
    let end = this.#records(image, set + setBytes, start, count, image.typeOf(set), image.ttlOf(set))
    if (signatures > 0) {
      end = this.#records(image, image.signaturesAt(set), end, signatures, dnsType.RRSIG, image.signatureTtl(set))
    }
    return asked.hasEdns ? this.#opt(asked, 0, end, options, limit, padding) : this.#view(end)
  }

  /** Copies records, whose sizes stand before their data as in messages; gives where they end. */
  #records(image: ZoneImage, from: number, at: number, count: number, type: number, ttl: number): number {
    const [bytes, data] = [this.#bytes, image.bytes]
    for (let left = count; left > 0; left--) {
      bytes[at] = 0xc0
      bytes[at + 1] = headerBytes
      bytes[at + 2] = type >>> 8
      bytes[at + 3] = type
      bytes[at + 4] = 0
      bytes[at + 5] = dnsClass.IN
      bytes[at + 6] = ttl >>> 24
      bytes[at + 7] = ttl >>> 16
      bytes[at + 8] = ttl >>> 8
      bytes[at + 9] = ttl
      at += recordBytes
      const end = from + 2 + data[from]! * 0x100 + data[from + 1]!
      while (from < end) bytes[at++] = data[from++]!
    }
    return at
  }

  /** An answer without records, and without the last options where it would be longer than `limit`. */
  error(query: Uint8Array, asked: Asked, code: number, limit: number, options: OptionBytes): Uint8Array {
    this.#head(query, asked, code, false)
    counts(this.#bytes, 0, 0, 0)
    const end = headerBytes + asked.questionBytes
    if (!asked.hasEdns) return this.#view(end)
    if (end + optBytes + options.length > limit) options.cut(limit - end - optBytes)
    return this.#opt(asked, code, end, options, limit, 0)
  }

  /** QR, the opcode and RD and CD as they came (RFC 6895 2.1), AA and the response code. */
  #head(query: Uint8Array, { questionBytes }: Asked, code: number, aa: boolean): void {
    const bytes = this.#bytes
    bytes[0] = query[0]!
    bytes[1] = query[1]!
    bytes[2] = 0x80 | (query[2]! & 0x79) | (aa ? 4 : 0)
    bytes[3] = (query[3]! & 0x10) | (code & 0xf)
    bytes[4] = 0
    bytes[5] = questionBytes > 0 ? 1 : 0
    const end = headerBytes + questionBytes
    for (let at = headerBytes; at < end; at++) bytes[at] = query[at]!
  }

  /** Copies the sets that fit; gives their bytes. What is cut off but extra addresses sets TC. */
  #cut(tail: Tail, start: number, room: number): number {
    const sums: [number, number, number] = [0, 0, 0]
    let size = 0
    for (const unit of tail.units) {
      if (unit.end > room) {
        if (unit.section !== section.extra) this.#bytes[2] = this.#bytes[2]! | 2
        break
      }
      size = unit.end
      const at = Math.min(unit.section, 2)
      sums[at] = sums[at]! + unit.records
    }
    this.#bytes.set(tail.bytes.subarray(0, size), start)
    counts(this.#bytes, ...sums)
    return size
  }

  /** The OPT record (RFC 6891 6.1.2), the last one. */
  #opt(asked: Asked, code: number, start: number, options: OptionBytes, limit: number, padding: number): Uint8Array {
    const bytes = this.#bytes
    let at = start
    bytes[at] = 0
    bytes[at + 1] = 0
    bytes[at + 2] = dnsType.OPT
    bytes[at + 3] = this.#udpBytes >>> 8
    bytes[at + 4] = this.#udpBytes & 0xff
    bytes[at + 5] = code >>> 4
    bytes[at + 6] = 0
    bytes[at + 7] = asked.dnssec ? 0x80 : 0
    bytes[at + 8] = 0
    at += optBytes
    for (let from = 0; from < options.length; from++) bytes[at++] = options.bytes[from]!
    if (padding > 0) at = this.#pad(at, padding, limit)
    bytes[start + 9] = (at - start - optBytes) >>> 8
    bytes[start + 10] = (at - start - optBytes) & 0xff
    addCount(bytes)
    return this.#view(at)
  }

  /** Fills up to a multiple of `block`, as far as there is room (RFC 7830, RFC 8467 4.1). */
  #pad(at: number, block: number, limit: number): number {
    const size = Math.min(block - 1 - ((at + 3) % block), limit - at - 4)
    if (size < 0) return at
    const bytes = this.#bytes
    bytes[at] = 0
    bytes[at + 1] = ednsCode.PADDING
    bytes[at + 2] = size >>> 8
    bytes[at + 3] = size
    bytes.fill(0, at + 4, at + 4 + size)
    return at + 4 + size
  }

  #view(size: number): Uint8Array {
    if (size > keptViewBytes) return this.#bytes.subarray(0, size)
    return (this.#views[size] ??= this.#bytes.subarray(0, size))
  }
}

function counts(bytes: Uint8Array, answers: number, authorities: number, additionals: number): void {
  bytes[6] = answers >>> 8
  bytes[7] = answers
  bytes[8] = authorities >>> 8
  bytes[9] = authorities
  bytes[10] = additionals >>> 8
  bytes[11] = additionals
}

function addCount(bytes: Uint8Array): void {
  const count = bytes[10]! * 0x100 + bytes[11]! + 1
  bytes[10] = count >>> 8
  bytes[11] = count
}

/** Moves the pointers that lead behind the prefix of the question's name. */
function move(bytes: Uint8Array, pointers: Uint32Array, start: number, end: number, by: number): void {
  for (let index = 0; index < pointers.length; index++) {
    const at = start + pointers[index]!
    if (at >= end) return
    const to = bytes[at]! * 0x100 + bytes[at + 1]! + by
    bytes[at] = to >>> 8
    bytes[at + 1] = to
  }
}
