/**
 * Entries of a journal as bytes:
 *
 *   file:   LWZJ │ version (32 bits) │ entry │ entry │ ...
 *   entry:  size of the body (32) │ kind (8) │ CRC-32 of these (32) │ CRC-32 of the body (32) │ body
 *
 *   history   a change that led up to the base; kept for IXFR
 *   base      records of a whole zone, in pieces
 *   based     how many records the base has, and the digest of the zone file it came from: with it the base is whole
 *   change    a change on top
 *   filed     the digest of a zone file (64 bytes of hexadecimal), and the change that it brought
 *   seen      when the primary was last known to have nothing newer
 *
 * What a crash leaves behind the last whole entry is the beginning of one, the last one with bytes that never got to the disk, or
 * nothing but zeros: that is no entry. An entry in the middle, or a header, that is not as it was written has been changed since, and what
 * follows it was acknowledged: the journal is refused then.
 */
import { crc32 } from 'node:zlib'

import { fail } from '../../../core/index.ts'

export const journalMagic: Uint8Array = Uint8Array.of(0x4c, 0x57, 0x5a, 0x4a, 0, 0, 0, 1)

export const entryKind = { history: 1, base: 2, based: 3, change: 4, filed: 5, seen: 6 } as const
export type EntryKind = (typeof entryKind)[keyof typeof entryKind]

export interface JournalEntry {
  readonly kind: EntryKind
  readonly body: Uint8Array
}

export const entryHeaderBytes = 13
/** One change at most; a zone that changes so much is written anew. */
export const entryBytesLimit: number = 256 * 1024 * 1024

export function encodeEntry(kind: EntryKind, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(entryHeaderBytes + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, body.length)
  bytes[4] = kind
  view.setUint32(5, crc32(bytes.subarray(0, 5)))
  view.setUint32(9, crc32(body))
  bytes.set(body, entryHeaderBytes)
  return bytes
}

/** Reads entries one after the other out of what comes in pieces. */
export class EntryReader {
  /** Where the last whole entry ends. */
  wholeBytes = 0
  readonly #path: string
  readonly #read: (into: Uint8Array, at: number) => number
  readonly #sizeBytes: number

  /** `read` fills from an offset on and gives how many bytes it did; 0 at the end. */
  constructor(path: string, sizeBytes: number, read: (into: Uint8Array, at: number) => number) {
    this.#path = path
    this.#sizeBytes = sizeBytes
    this.#read = read
  }

  /** False where the file does not begin as a journal does. */
  begins(): boolean {
    const magic = this.#take(0, journalMagic.length)
    if (magic === undefined || Buffer.compare(magic, journalMagic) !== 0) return false
    this.wholeBytes = journalMagic.length
    return true
  }

  /** The next whole entry; undefined where there is none. Throws ZONE_INVALID where there was one. */
  next(): JournalEntry | undefined {
    const at = this.wholeBytes
    const header = this.#take(at, entryHeaderBytes)
    if (header === undefined) return undefined
    const view = new DataView(header.buffer)
    const size = view.getUint32(0)
    const kind = header[4]! as EntryKind
    if (crc32(header.subarray(0, 5)) !== view.getUint32(5)) {
      if (this.#isZero(at)) return undefined
      throw this.refuse('the header of an entry was changed')
    }
    if (size > entryBytesLimit || !Object.values(entryKind).includes(kind)) {
      throw this.refuse(`an entry of kind ${kind} and ${size} bytes is none`)
    }
    const end = at + entryHeaderBytes + size
    const body = end > this.#sizeBytes ? undefined : this.#take(at + entryHeaderBytes, size)
    if (body === undefined) return undefined
    if (crc32(body) !== view.getUint32(9)) {
      if (this.#isZero(end)) return undefined
      throw this.refuse('an entry was changed')
    }
    this.wholeBytes = end
    return { kind, body }
  }

  /** ZONE_INVALID, with the offset of what cannot be read. */
  refuse(reason: string): Error {
    const one = { file: this.#path, line: 1, column: 1, others: [] }
    return fail('ZONE_INVALID', {
      ...one,
      reason: `the journal cannot be read from byte ${this.wholeBytes} on: ${reason}`,
    })
  }

  /** Nothing but zeros to the end: space that was given to the file before what was to stand there. */
  #isZero(at: number): boolean {
    const piece = new Uint8Array(65_536)
    for (let from = at; from < this.#sizeBytes;) {
      const got = this.#read(piece, from)
      if (got <= 0) return true
      if (piece.subarray(0, got).some((byte) => byte !== 0)) return false
      from += got
    }
    return true
  }

  #take(at: number, size: number): Uint8Array | undefined {
    const bytes = new Uint8Array(size)
    for (let got = 0; got < size;) {
      const more = this.#read(bytes.subarray(got), at + got)
      if (more <= 0) return undefined
      got += more
    }
    return bytes
  }
}
