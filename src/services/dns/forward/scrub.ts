/**
 * What of an upstream's answer is believed: the name that was asked for and the aliases that lead on from it within the message, with
 * their signatures; the proofs of what there is not. Whatever else came along is left out, so that nobody can slip in records for
 * other names (RFC 5452 6). TTLs are capped, and one in each set (RFC 2181 5.2).
 */
import { rcode } from '../wire/codes.ts'
import type { Message, Question } from '../wire/message-types.ts'
import { formatName, isWithin, lowerName, type Name, parseName, sameName } from '../wire/name.ts'
import { coveredType, recordValue, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'

/** Aliases that are followed in a message. */
const aliasesLimit = 16

/** Longest times that answers are kept, in seconds. */
export interface TtlLimits {
  readonly least: number
  readonly most: number
  /** Of answers that there is nothing. */
  readonly mostNegative: number
}

export interface Scrubbed {
  readonly rcode: number
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  /** Seconds; 0 where it must not be kept. */
  readonly ttl: number
}

/** undefined for an answer that is none: a referral, or an error. */
export function scrub(message: Message, question: Question, dnssec: boolean, limits: TtlLimits): Scrubbed | undefined {
  const { rcode: code } = message
  if (code !== rcode.NOERROR && code !== rcode.NXDOMAIN && code !== rcode.YXDOMAIN) return undefined
  const isSignature = dnssec || question.type === dnsType.RRSIG || question.type === dnsType.ANY
  const believed = isSignature ? message.answers : message.answers.filter(({ type }) => type !== dnsType.RRSIG)
  const { kept, last, isFound } = followed(believed, question)
  if (isFound && code === rcode.NOERROR) {
    // Behind a wildcard's data stand the proofs that the name itself does not exist (RFC 4035 3.1.3.3).
    const proofs = dnssec ? proofsOf(message.authorities, undefined) : []
    return finished(code, kept, proofs, undefined, limits)
  }
  if (code === rcode.YXDOMAIN) return finished(code, kept, [], 0, limits)
  const soa = message.authorities.find(({ type, name }) => type === dnsType.SOA && isWithin(last, name))
  if (soa === undefined) {
    const isReferral = message.authorities.some(({ type }) => type === dnsType.NS)
    if (isReferral && kept.length === 0 && code === rcode.NOERROR) return undefined
    // Without a SOA nobody says how long it holds (RFC 2308 5).
    return finished(code, kept, [], 0, limits)
  }
  const ttl = negativeTtl(soa, limits)
  const authorities = [{ ...soa, ttl }, ...(dnssec ? proofsOf(message.authorities, soa.name) : [])]
  return finished(code, kept, authorities, ttl, limits)
}

/** The lesser of the SOA's TTL and its last field (RFC 2308 5). */
function negativeTtl(soa: ResourceRecord, { mostNegative }: TtlLimits): number {
  const { data, ttl } = soa
  const minimum = data.length < 20 ? 0 : new DataView(data.buffer, data.byteOffset).getUint32(data.length - 4)
  return Math.min(ttl, minimum, mostNegative)
}

interface Followed {
  readonly kept: ResourceRecord[]
  /** The name at the end of the chain. */
  readonly last: Name
  /** Data of the type asked for stand there. */
  readonly isFound: boolean
}

/** Goes from the name asked for along CNAME and DNAME, and takes what belongs to it. */
function followed(answers: readonly ResourceRecord[], { name, type, class: asked }: Question): Followed {
  const ofClass = answers.filter((record) => record.class === asked)
  const kept: ResourceRecord[] = []
  const seen = new Set<string>()
  let at = name
  for (let alias = 0; alias <= aliasesLimit; alias++) {
    const own = ofClass.filter((record) => sameName(record.name, at))
    const wanted = own.filter((record) => type === dnsType.ANY || isOfType(record, type))
    if (wanted.some((record) => record.type === type || type === dnsType.ANY)) {
      kept.push(...wanted)
      return { kept, last: at, isFound: true }
    }
    seen.add(formatName(lowerName(at)))
    const next = dnameAt(ofClass, at, own) ?? aliasAt(own)
    if (next === undefined) break
    kept.push(...next.records)
    if (next.target === undefined || seen.has(formatName(lowerName(next.target)))) break
    at = next.target
  }
  return { kept, last: at, isFound: false }
}

interface Step {
  readonly records: readonly ResourceRecord[]
  readonly target: Name | undefined
}

function aliasAt(own: readonly ResourceRecord[]): Step | undefined {
  const alias = own.find(({ type }) => type === dnsType.CNAME)
  return alias === undefined ? undefined : { records: signedSet(own, alias), target: targetOf(alias) }
}

/** A DNAME above the name, and the name that it makes of it (RFC 6672 2.2), with the CNAME that the server made where that says the same. */
function dnameAt(answers: readonly ResourceRecord[], name: Name, own: readonly ResourceRecord[]): Step | undefined {
  const dname = answers.find((record) => {
    return record.type === dnsType.DNAME && record.name.length < name.length && isWithin(name, record.name)
  })
  const end = dname === undefined ? undefined : targetOf(dname)
  if (dname === undefined || end === undefined) return undefined
  const front = name.subarray(0, name.length - dname.name.length)
  const target = Uint8Array.of(...front, ...end)
  if (target.length > 255) return { records: signedSet(answers, dname), target: undefined }
  const made = own.filter((record) => record.type === dnsType.CNAME && sameName(targetOf(record) ?? name, target))
  return { records: [...signedSet(answers, dname), ...made], target }
}

function targetOf(record: ResourceRecord): Name | undefined {
  try {
    const value = recordValue(record)
    return value.type === 'CNAME' || value.type === 'DNAME' ? parseName(value.target) : undefined
  } catch {
    return undefined
  }
}

/** One record, and the signatures over its set. */
function signedSet(records: readonly ResourceRecord[], one: ResourceRecord): ResourceRecord[] {
  return records.filter((record) => {
    return record === one || (coveredType(record) === one.type && sameName(record.name, one.name))
  })
}

function isOfType(record: ResourceRecord, type: number): boolean {
  return record.type === type || coveredType(record) === type
}

/** NSEC and NSEC3 with their signatures, and the SOA's; within a zone where that is known. */
function proofsOf(records: readonly ResourceRecord[], zone: Name | undefined): ResourceRecord[] {
  const isProof = (type: number): boolean => {
    return type === dnsType.NSEC || type === dnsType.NSEC3 || (type === dnsType.SOA && zone !== undefined)
  }
  return records.filter((record) => {
    const type = coveredType(record) ?? record.type
    return isProof(type) && record.type !== dnsType.SOA && (zone === undefined || isWithin(record.name, zone))
  })
}

function finished(
  code: number,
  answers: readonly ResourceRecord[],
  authorities: readonly ResourceRecord[],
  negative: number | undefined,
  limits: TtlLimits,
): Scrubbed {
  // What there is not is not held for longer than its SOA says, here or by clients.
  const others = negative === undefined ? limits : { ...limits, least: 0 }
  const [first, second] = [limited(answers, limits), limited(authorities, others)]
  const ttls = [...first, ...second].map(({ ttl }) => ttl)
  const ttl = Math.min(limits.most, ...ttls, ...(negative === undefined ? [] : [negative]))
  return { rcode: code, answers: first, authorities: second, ttl: ttls.length === 0 ? 0 : ttl }
}

/** TTLs within the limits, and the least of each set for all of it; in one pass, as there may be thousands. */
function limited(records: readonly ResourceRecord[], { least, most }: TtlLimits): ResourceRecord[] {
  const ttls = new Map<string, number>()
  const keys = records.map((record) => setKey(record))
  records.forEach(({ ttl }, at) => ttls.set(keys[at]!, Math.min(ttl, ttls.get(keys[at]!) ?? ttl)))
  return records.map((record, at) => ({ ...record, ttl: Math.min(most, Math.max(ttls.get(keys[at]!)!, least)) }))
}

/** One for all records of a set. */
function setKey({ name, type }: ResourceRecord): string {
  return `${type}/${Buffer.from(lowerName(name)).toString('latin1')}`
}
