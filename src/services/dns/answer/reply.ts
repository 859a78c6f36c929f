/** Puts answers together: header, question as it came, tail moved behind it, OPT. One buffer for all of them. */
import type { EdnsOption } from '../wire/message-types.ts'
import { ednsCode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import type { Asked } from './asked.ts'
import { section, type Tail } from './tail.ts'

const headerBytes = 12
const optBytes = 11
const none: readonly EdnsOption[] = []

export class Reply {
  readonly #bytes = new Uint8Array(0x1_0000)
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
    options: readonly EdnsOption[] = none,
    padding = 0,
  ): Uint8Array {
    const bytes = this.#bytes
    const start = headerBytes + asked.questionBytes
    const room = limit - start - (asked.hasEdns ? optBytes + sizeOf(options) : 0)
    this.#head(query, asked, tail.rcode, tail.aa)
    let end = start + tail.bytes.length
    if (tail.bytes.length <= room) {
      bytes.set(tail.bytes, start)
      counts(bytes, tail.counts[0], tail.counts[1], tail.counts[2])
    } else end = start + this.#cut(tail, start, room)
    const moved = asked.name.length - tail.baseBytes
    if (moved > 0) move(bytes, tail.pointers, start, end, moved)
    return asked.hasEdns ? this.#opt(asked, tail.rcode, end, options, limit, padding) : bytes.subarray(0, end)
  }

  /** An answer without records. */
  error(query: Uint8Array, asked: Asked, code: number, options: readonly EdnsOption[] = none): Uint8Array {
    this.#head(query, asked, code, false)
    counts(this.#bytes, 0, 0, 0)
    const end = headerBytes + asked.questionBytes
    if (!asked.hasEdns) return this.#bytes.subarray(0, end)
    return this.#opt(asked, code, end, options, 512, 0)
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
  #opt(
    asked: Asked,
    code: number,
    at: number,
    options: readonly EdnsOption[],
    limit: number,
    padding: number,
  ): Uint8Array {
    const bytes = this.#bytes
    const start = at
    bytes[at++] = 0
    bytes[at++] = 0
    bytes[at++] = dnsType.OPT
    bytes[at++] = this.#udpBytes >>> 8
    bytes[at++] = this.#udpBytes & 0xff
    bytes[at++] = code >>> 4
    bytes[at++] = 0
    bytes[at++] = asked.dnssec ? 0x80 : 0
    bytes[at++] = 0
    at += 2
    for (const { code: option, data } of options) at = this.#option(at, option, data.length, data)
    if (padding > 0) {
      const size = Math.min(padding - 1 - ((at + 3) % padding), limit - at - 4)
      if (size >= 0) at = this.#option(at, ednsCode.PADDING, size, undefined)
    }
    bytes[start + 9] = (at - start - optBytes) >>> 8
    bytes[start + 10] = (at - start - optBytes) & 0xff
    addCount(bytes)
    return bytes.subarray(0, at)
  }

  #option(at: number, code: number, size: number, data: Uint8Array | undefined): number {
    const bytes = this.#bytes
    bytes[at] = code >>> 8
    bytes[at + 1] = code
    bytes[at + 2] = size >>> 8
    bytes[at + 3] = size
    if (data === undefined) bytes.fill(0, at + 4, at + 4 + size)
    else bytes.set(data, at + 4)
    return at + 4 + size
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

function sizeOf(options: readonly EdnsOption[]): number {
  let size = 0
  for (const { data } of options) size += 4 + data.length
  return size
}
