/**
 * What a query asks, read in two ways that give the same: `takePlain` reads queries as clients send them, where they lie and
 * without making anything; `takeAny` decodes whatever else comes.
 *
 *   id │ flags │ 1 0 0 0 or 1 0 0 1 │ name type class │ 0 41 size code version flags, size of the options, options
 */
import { decodeMessage } from '../wire/decode-message.ts'
import type { EdnsOption, Message } from '../wire/message-types.ts'
import { ednsCode, opcode, rcode } from '../wire/codes.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import { cookieBytesLimit } from './cookie.ts'

const none: readonly EdnsOption[] = []
const headerBytes = 12
/** What has more options is decoded. */
const plainOptionsLimit = 16

/** Filled anew by each query. */
export class Asked {
  readonly name: HashedName = new HashedName()
  /** Bytes of the question, to be sent back; 0 where there is none to send. */
  questionBytes = 0
  type = 0
  class = 0
  hasEdns = false
  dnssec = false
  /** What the client takes over UDP, in bytes. */
  udpBytes = 512
  version = 0
  /** The client's cookie (RFC 7873), or what is given as one; of a longer one than there can be, its begin. */
  readonly cookie: Uint8Array = new Uint8Array(cookieBytesLimit)
  /** How long the cookie was; -1 where there is none. */
  cookieSize = -1
  wantsNsid = false
  wantsPadding = false
  /** It ends with TSIG (RFC 8945). */
  isSigned = false
  /** What the query itself deserves; NOERROR where it may be answered. */
  rcode: number = rcode.NOERROR
  // Options that were read where they lie: the query, where they begin and end.
  #query: Uint8Array | undefined
  #optionsAt = 0
  #optionsEnd = 0
  #options: readonly EdnsOption[] = none

  /** The options of the query; their data are views of it, or copies. */
  get options(): readonly EdnsOption[] {
    const query = this.#query
    if (query !== undefined) {
      const options: EdnsOption[] = []
      for (let at = this.#optionsAt; at < this.#optionsEnd;) {
        const end = at + 4 + u16(query, at + 2)
        options.push({ code: u16(query, at), data: query.subarray(at + 4, end) })
        at = end
      }
      this.#options = options
      this.#query = undefined
    }
    return this.#options
  }

  /** False where the query is anything but plain; then nothing of what is here counts. */
  takePlain(query: Uint8Array): boolean {
    const size = query.length
    // QR, opcode and TC are zero; one question, no records but one.
    if (size < 17 || (query[2]! & 0xfa) !== 0 || query[4] !== 0 || query[5] !== 1) return false
    if ((query[6]! | query[7]! | query[8]! | query[9]! | query[10]!) !== 0) return false
    const extra = query[11]!
    if (extra > 1 || !this.name.take(query, headerBytes)) return false
    const at = headerBytes + this.name.length
    if (extra === 0 ? size !== at + 4 : size < at + 15) return false
    this.type = query[at]! * 0x100 + query[at + 1]!
    this.class = query[at + 2]! * 0x100 + query[at + 3]!
    this.questionBytes = this.name.length + 4
    this.rcode = rcode.NOERROR
    this.#forgetOptions()
    this.isSigned = false
    this.hasEdns = extra === 1
    this.dnssec = false
    this.udpBytes = 512
    this.version = 0
    return extra === 0 || this.#takePlainOpt(query, at + 4)
  }

  #forgetOptions(): void {
    this.#query = undefined
    this.#options = none
    this.cookieSize = -1
    this.wantsNsid = this.wantsPadding = false
  }

  #takePlainOpt(query: Uint8Array, at: number): boolean {
    const isPlain =
      query[at] === 0 &&
      query[at + 1] === 0 &&
      query[at + 2] === dnsType.OPT &&
      (query[at + 5]! | query[at + 6]!) === 0 &&
      at + 11 + u16(query, at + 9) === query.length
    this.udpBytes = Math.max(512, u16(query, at + 3))
    this.dnssec = query[at + 7]! >= 0x80
    return isPlain && (at + 11 === query.length || this.#takePlainOptions(query, at + 11))
  }

  #takePlainOptions(query: Uint8Array, start: number): boolean {
    let [at, count] = [start, 0]
    for (; at + 4 <= query.length && count < plainOptionsLimit; count++) {
      const size = u16(query, at + 2)
      if (at + 4 + size > query.length) return false
      this.#takeOption(u16(query, at), query, at + 4, size)
      at += 4 + size
    }
    this.#query = query
    this.#optionsAt = start
    this.#optionsEnd = at
    return at === query.length
  }

  /** Of several cookies the first counts. */
  #takeOption(code: number, bytes: Uint8Array, at: number, size: number): void {
    if (code === ednsCode.NSID) this.wantsNsid = true
    else if (code === ednsCode.PADDING) this.wantsPadding = true
    else if (code === ednsCode.COOKIE && this.cookieSize < 0) {
      this.cookieSize = size
      const end = Math.min(size, cookieBytesLimit)
      for (let byte = 0; byte < end; byte++) this.cookie[byte] = bytes[at + byte]!
    }
  }

  /** Takes any message of at least a header; what it deserves is in `rcode`. */
  takeAny(query: Uint8Array): void {
    this.questionBytes = 0
    this.hasEdns = false
    this.dnssec = false
    this.udpBytes = 512
    this.version = 0
    this.#forgetOptions()
    this.isSigned = false
    this.type = 0
    this.class = 0
    const message = decoded(query)
    if (message === undefined) {
      const operation = (query[2]! >>> 3) & 0xf
      this.rcode = operation === opcode.QUERY ? rcode.FORMERR : rcode.NOTIMP
      return
    }
    this.isSigned = message.additionals.at(-1)?.type === dnsType.TSIG
    this.#takeEdns(message)
    this.#takeQuestion(message, query)
    this.rcode = this.#verdict(message)
  }

  #takeEdns({ edns }: Message): void {
    if (edns === undefined) return
    this.hasEdns = true
    this.dnssec = edns.dnssecOk
    this.udpBytes = Math.max(512, edns.udpSize)
    this.version = edns.version
    this.#options = edns.options
    for (const { code, data } of edns.options) this.#takeOption(code, data, 0, data.length)
  }

  #takeQuestion({ questions }: Message, query: Uint8Array): void {
    const [question] = questions
    // Nothing stands before the first question that it could point at, so it lies here as it is.
    if (question === undefined || questions.length > 1) return
    this.name.take(query, headerBytes)
    this.questionBytes = this.name.length + 4
    this.type = question.type
    this.class = question.class
  }

  #verdict(message: Message): number {
    if (message.opcode !== opcode.QUERY) return rcode.NOTIMP
    if (this.version > 0) return rcode.BADVERS
    const isQuery = message.questions.length === 1 && message.answers.length === 0
    // Authority records come with IXFR alone (RFC 1995 3).
    const isBare = message.authorities.length === 0 || this.type === dnsType.IXFR
    return isQuery && isBare ? rcode.NOERROR : rcode.FORMERR
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 0x100 + bytes[at + 1]!
}

function decoded(query: Uint8Array): Message | undefined {
  try {
    return decodeMessage(query)
  } catch {
    return undefined
  }
}
