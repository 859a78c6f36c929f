/** Answers from the cache's memory: header, question as it came, the tail with its TTLs counted down, OPT. One buffer for all of them. */
import { ednsCode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import { entryBit, entryHeadBytes, type EntryMemory, noError } from './entry.ts'

const headerBytes = 12
const optBytes = 11
const edeBytes = 6

/** What the client's query says about its answer. */
export interface Client {
  /** Bytes of the question; the name among them begins at byte 12 of the query. */
  readonly questionBytes: number
  readonly hasEdns: boolean
  readonly dnssec: boolean
  /** Most bytes that the answer may have. */
  readonly limit: number
  /** Options for the answer as they stand in OPT: a cookie, the server's name. */
  readonly options: Uint8Array
}

export class Renderer {
  readonly #bytes = new Uint8Array(0x1_0000)
  readonly #udpBytes: number

  /** @param udpBytes what we take over UDP, as OPT says it */
  constructor(udpBytes: number) {
    this.#udpBytes = udpBytes
  }

  /**
   * The answer of an entry, a view that the next one overwrites. TTLs are less by `age`, in seconds; with `stale` they are that (RFC 8767
   * 4), and `ede` says so.
   */
  answer(
    memory: EntryMemory,
    at: number,
    query: Uint8Array,
    client: Client,
    age: number,
    stale: number,
    ede: number = memory.halves[(at >>> 1) + 26]!,
  ): Uint8Array {
    const out = this.#bytes
    const { bytes, halves } = memory
    const half = at >>> 1
    const code = halves[half + 19]!
    const start = headerBytes + client.questionBytes
    const isAuthentic = (bytes[at + 37]! & entryBit.authentic) !== 0 && wantsAuthentic(query, client)
    this.#head(query, start, code, isAuthentic)
    const size = halves[half + 20]!
    const room = client.limit - (client.hasEdns ? optBytes + client.options.length : 0)
    let end = start + size
    // The reason gives way to the answer.
    const hasEde = client.hasEdns && ede !== noError && (end > room || end + edeBytes <= room)
    if (end > room) {
      // Whoever cannot take all of it asks again over TCP; half an answer helps nobody.
      out[2] = out[2]! | 2
      end = start
      zeroCounts(out)
    } else {
      const tail = memory.tailAt(at)
      copy(bytes, tail, out, start, size)
      count(out, 6, halves[half + 21]!)
      count(out, 8, halves[half + 22]!)
      count(out, 10, halves[half + 23]!)
      if (stale > 0 || age > 0) ageTtls(out, halves, (at + entryHeadBytes) >>> 1, halves[half + 24]!, age, stale)
    }
    return client.hasEdns ? this.#opt(end, code, client, hasEde ? ede : noError) : out.subarray(0, end)
  }

  /** An answer without records. */
  bare(query: Uint8Array, client: Client, code: number, ede: number = noError): Uint8Array {
    const out = this.#bytes
    const end = headerBytes + client.questionBytes
    this.#head(query, end, code, false)
    zeroCounts(out)
    return client.hasEdns ? this.#opt(end, code, client, ede) : out.subarray(0, end)
  }

  /** QR, RA, and RD and CD as they came (RFC 1035 4.1.1, RFC 4035 3.2.2). */
  #head(query: Uint8Array, start: number, code: number, isAuthentic: boolean): void {
    const out = this.#bytes
    out[0] = query[0]!
    out[1] = query[1]!
    out[2] = 0x80 | (query[2]! & 1)
    out[3] = 0x80 | (isAuthentic ? 0x20 : 0) | (query[3]! & 0x10) | (code & 0xf)
    out[4] = 0
    out[5] = 1
    for (let at = headerBytes; at < start; at++) out[at] = query[at]!
  }

  #opt(start: number, code: number, { dnssec, options }: Client, ede: number): Uint8Array {
    const out = this.#bytes
    const optionBytes = options.length + (ede === noError ? 0 : edeBytes)
    out[start] = 0
    out[start + 1] = 0
    out[start + 2] = dnsType.OPT
    out[start + 3] = this.#udpBytes >>> 8
    out[start + 4] = this.#udpBytes
    out[start + 5] = code >>> 4
    out[start + 6] = 0
    out[start + 7] = dnssec ? 0x80 : 0
    out[start + 8] = 0
    count(out, start + 9, optionBytes)
    let at = start + optBytes
    for (let byte = 0; byte < options.length; byte++) out[at++] = options[byte]!
    if (ede !== noError) {
      count(out, at, ednsCode.EDE)
      count(out, at + 2, 2)
      count(out, at + 4, ede)
    }
    count(out, 10, out[10]! * 0x100 + out[11]! + 1)
    return out.subarray(0, start + optBytes + optionBytes)
  }
}

/** DO or AD says that the client makes something of it (RFC 6840 5.8). */
function wantsAuthentic(query: Uint8Array, { dnssec }: Client): boolean {
  return dnssec || (query[3]! & 0x20) !== 0
}

function count(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 8
  out[at + 1] = value
}

function zeroCounts(out: Uint8Array): void {
  for (let at = 6; at < headerBytes; at++) out[at] = 0
}

/** Short ones byte by byte: a view costs more than they do. */
function copy(from: Uint8Array, at: number, to: Uint8Array, start: number, size: number): void {
  if (size > 128) to.set(from.subarray(at, at + size), start)
  else for (let byte = 0; byte < size; byte++) to[start + byte] = from[at + byte]!
}

function ageTtls(out: Uint8Array, halves: Uint16Array, first: number, many: number, age: number, stale: number): void {
  for (let index = first; index < first + many; index++) {
    const at = halves[index]!
    let ttl = stale
    if (stale === 0) {
      const whole = out[at]! * 0x100_0000 + ((out[at + 1]! << 16) | (out[at + 2]! << 8) | out[at + 3]!)
      ttl = whole > age ? whole - age : 0
    }
    out[at] = ttl >>> 24
    out[at + 1] = ttl >>> 16
    out[at + 2] = ttl >>> 8
    out[at + 3] = ttl
  }
}
