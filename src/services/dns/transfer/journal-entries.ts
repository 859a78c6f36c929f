/**
 * Entries of a journal as bytes:
 *
 *   file:   LWZJ │ version (32 bits) │ entry │ entry │ ...
 *   entry:  size of the body (32) │ CRC-32 of kind and body (32) │ kind (8) │ body
 *
 *   history   a change that led up to the base; kept for IXFR
 *   base      records of a whole zone, in pieces
 *   based     how many records the base has, and the digest of the zone file it came from: with it the base is whole
 *   change    a change on top
 *   filed     the digest of a zone file (64 bytes of hexadecimal), and the change that it brought
 *   seen      when the primary was last known to have nothing newer
 *
 * What follows the last whole entry is what a crash has left, and no entry.
 */
import { crc32 } from 'node:zlib'

export const journalMagic: Uint8Array = Uint8Array.of(0x4c, 0x57, 0x5a, 0x4a, 0, 0, 0, 1)

export const entryKind = { history: 1, base: 2, based: 3, change: 4, filed: 5, seen: 6 } as const
export type EntryKind = (typeof entryKind)[keyof typeof entryKind]

export interface JournalEntry {
  readonly kind: EntryKind
  readonly body: Uint8Array
}

export const entryHeaderBytes = 9
/** One change at most; a zone that changes so much is written anew. */
export const entryBytesLimit: number = 256 * 1024 * 1024

export function encodeEntry(kind: EntryKind, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(entryHeaderBytes + body.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, body.length)
  bytes[8] = kind
  bytes.set(body, entryHeaderBytes)
  view.setUint32(4, crc32(bytes.subarray(8)))
  return bytes
}

/** Reads entries one after the other out of what comes in pieces. */
export class EntryReader {
  /** Where the last whole entry ends. */
  wholeBytes = 0
  readonly #read: (into: Uint8Array, at: number) => number
  readonly #sizeBytes: number

  /** `read` fills from an offset on and gives how many bytes it did; 0 at the end. */
  constructor(sizeBytes: number, read: (into: Uint8Array, at: number) => number) {
    this.#sizeBytes = sizeBytes
    this.#read = read
  }

  /** False where the file does not begin as a journal does: it is none, or a crash left no more of it. */
  begins(): boolean {
    const magic = this.#take(0, journalMagic.length)
    if (magic === undefined || Buffer.compare(magic, journalMagic) !== 0) return false
    this.wholeBytes = journalMagic.length
    return true
  }

  /** The next whole entry; undefined where there is none. */
  next(): JournalEntry | undefined {
    const at = this.wholeBytes
    const header = this.#take(at, entryHeaderBytes)
    if (header === undefined) return undefined
    const view = new DataView(header.buffer)
    const size = view.getUint32(0)
    const kind = header[8]! as EntryKind
    if (size > entryBytesLimit || at + entryHeaderBytes + size > this.#sizeBytes) return undefined
    const body = this.#take(at + entryHeaderBytes, size)
    if (body === undefined || crc32(body, crc32(header.subarray(8))) !== view.getUint32(4)) return undefined
    if (!Object.values(entryKind).includes(kind)) return undefined
    this.wholeBytes = at + entryHeaderBytes + size
    return { kind, body }
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
