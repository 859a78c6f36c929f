/** What a DNS message is made of (RFC 1035 4.1, RFC 6891 for EDNS), and one that says nothing. */
import type { Name } from './name.ts'
import type { ResourceRecord } from './record.ts'

export interface Question {
  readonly name: Name
  readonly type: number
  readonly class: number
}

/** An EDNS option as it stands in the message; edns-options.ts gives the known ones typed. */
export interface EdnsOption {
  readonly code: number
  readonly data: Uint8Array
}

/** What the OPT record holds; the upper bits of the response code are in the message's `rcode`. */
export interface Edns {
  /** The largest UDP message that the sender takes, in bytes. */
  readonly udpSize: number
  readonly version: number
  /** DO: send DNSSEC records too. */
  readonly dnssecOk: boolean
  /** The other 15 bits, zero so far. */
  readonly flags: number
  readonly options: readonly EdnsOption[]
}

export interface Message {
  readonly id: number
  /** QR */
  readonly isResponse: boolean
  readonly opcode: number
  /** Authoritative answer. */
  readonly aa: boolean
  /** Truncated. */
  readonly tc: boolean
  /** Recursion desired. */
  readonly rd: boolean
  /** Recursion available. */
  readonly ra: boolean
  /** The bit that is reserved. */
  readonly z: boolean
  /** Authentic data (RFC 4035 3.2.3). */
  readonly ad: boolean
  /** Checking disabled (RFC 4035 3.2.2). */
  readonly cd: boolean
  /** 0 to 4,095; above 15 only with EDNS. */
  readonly rcode: number
  readonly questions: readonly Question[]
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  /** Without the OPT record. */
  readonly additionals: readonly ResourceRecord[]
  readonly edns?: Edns
}

/** A query without a question and with no bit set, to make others of: `{ ...emptyMessage, id, questions: [question] }`. */
export const emptyMessage: Message = {
  id: 0,
  isResponse: false,
  opcode: 0,
  aa: false,
  tc: false,
  rd: false,
  ra: false,
  z: false,
  ad: false,
  cd: false,
  rcode: 0,
  questions: [],
  answers: [],
  authorities: [],
  additionals: [],
}
