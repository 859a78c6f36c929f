/** What a mock server does wrong on demand. */
import { randomBytes } from 'node:crypto'

import { rcode } from '../wire/codes.ts'
import { lowerByte } from '../wire/name.ts'
import type { MockQuery } from './mock-dns.ts'
import { questionEnd } from './query-message.ts'

/** Which queries it is for, and what becomes of their answers. */
export interface MockFault {
  /** @default every name */
  readonly name?: string
  /** `A`, `MX`. @default every type */
  readonly type?: string
  /** @default both */
  readonly transport?: 'udp' | 'tcp'
  /** The answer comes so many milliseconds later. */
  readonly delayMs?: number
  /** No answer. */
  readonly drop?: boolean
  /** TC is set, and the records are left out. */
  readonly truncate?: boolean
  /** The answer has another id. */
  readonly wrongId?: boolean
  /** The answer is for another name. */
  readonly wrongQuestion?: boolean
  /** The question comes back in lower case. */
  readonly lowerCase?: boolean
  /** Random bytes come behind the header and the question. */
  readonly garbage?: boolean
  /** An answer without records and with this response code: `SERVFAIL`. */
  readonly rcode?: keyof typeof rcode
}

/** The answer as the fault has it; undefined where none is sent. */
export function spoilt(fault: MockFault, bytes: Uint8Array, { bytes: query }: MockQuery): Uint8Array | undefined {
  if (fault.drop === true) return undefined
  const end = questionEnd(query)
  let out = new Uint8Array(bytes)
  if (fault.truncate === true || fault.rcode !== undefined) out = bare(out, end)
  if (fault.truncate === true) out[2] = out[2]! | 2
  if (fault.rcode !== undefined) out[3] = (out[3]! & 0xf0) | (rcode[fault.rcode] & 0xf)
  if (fault.wrongId === true) out[1] = out[1]! ^ 0x55
  if (fault.wrongQuestion === true) out[13] = out[13] === 0x78 ? 0x79 : 0x78
  if (fault.lowerCase === true) for (let at = 12; at < end - 4; at++) out[at] = lowerByte[out[at]!]!
  if (fault.garbage === true) out.set(randomBytes(Math.max(0, out.length - end)), end)
  return out
}

/** Header and question. */
function bare(bytes: Uint8Array, end: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.subarray(0, end))
  out.fill(0, 6, 12)
  return out
}
