/**
 * The difference between two versions of a zone, as IXFR sends it (RFC 1995 4): what goes, the old SOA first, and what comes, the
 * new SOA first. As bytes:
 *
 *   count of what goes │ count of what comes │ records: name, type, class, TTL, size, data
 */
import { fail } from '../../../core/index.ts'
import { compareNames, lowerByte, type Name, nameBytesLimit, sameName } from '../wire/name.ts'
import { MessageReader, plans } from '../wire/message-reader.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { Zone } from '../zone/zone.ts'
import { soaTimes } from './serial.ts'

export interface ZoneChange {
  /** Of the version that it leads from, and to. */
  readonly from: number
  readonly to: number
  /** What goes: the old SOA first. */
  readonly removed: readonly ResourceRecord[]
  /** What comes: the new SOA first. */
  readonly added: readonly ResourceRecord[]
}

/** The change of two lists, whose first records are SOAs. Throws DNS_MESSAGE_INVALID where they are not. */
export function zoneChange(removed: readonly ResourceRecord[], added: readonly ResourceRecord[]): ZoneChange {
  const [from, to] = [removed[0], added[0]].map((soa) =>
    soa?.type === dnsType.SOA ? soaTimes(soa.data)?.serial : undefined,
  )
  if (from === undefined || to === undefined) {
    throw fail('DNS_MESSAGE_INVALID', { offset: 0, reason: 'a change does not begin with SOA records' })
  }
  return { from, to, removed, added }
}

/** What leads from one version to another, found by comparing them name by name. */
export function changeBetween(before: Zone, after: Zone): ZoneChange {
  const removed: ResourceRecord[] = []
  const added: ResourceRecord[] = []
  const compare = (gone: readonly ResourceRecord[], come: readonly ResourceRecord[]): void => {
    collect(gone, come, removed)
    collect(come, gone, added)
  }
  const [old, young] = [nodesOf(before), nodesOf(after)]
  const [oldHashed, youngHashed] = [new Map<string, ResourceRecord[]>(), new Map<string, ResourceRecord[]>()]
  let [one, other] = [nextNamed(old, oldHashed), nextNamed(young, youngHashed)]
  while (one !== undefined || other !== undefined) {
    const order = one === undefined ? 1 : other === undefined ? -1 : compareNames(one.name, other.name)
    compare(order <= 0 ? (one?.records ?? []) : [], order >= 0 ? (other?.records ?? []) : [])
    if (order <= 0) one = nextNamed(old, oldHashed)
    if (order >= 0) other = nextNamed(young, youngHashed)
  }
  for (const [key, records] of oldHashed) compare(records, youngHashed.get(key) ?? [])
  for (const [key, records] of youngHashed) if (!oldHashed.has(key)) compare([], records)
  return zoneChange(soaFirst(removed, before), soaFirst(added, after))
}

interface NodeRecords {
  /** An owner of NSEC3: these are in an order of their own. */
  readonly isHashed: boolean
  readonly name: Name
  readonly records: ResourceRecord[]
}

/** The next node with a name that can be asked for; the others are put into a map. */
function nextNamed(
  nodes: Generator<NodeRecords, void>,
  hashed: Map<string, ResourceRecord[]>,
): NodeRecords | undefined {
  for (;;) {
    const next = nodes.next()
    if (next.done === true) return undefined
    const { isHashed, name, records } = next.value
    if (!isHashed) return next.value
    hashed.set(Buffer.from(name).toString('latin1'), records)
  }
}

function* nodesOf({ image }: Zone): Generator<NodeRecords, void> {
  let count = 0
  for (const at of image.nodes()) {
    const name = image.nameOf(at)
    yield { isHashed: count++ >= image.nameCount, name, records: [...nodeRecords(image, at)] }
  }
}

/** All records of a node, each set followed by the signatures over it; the data are views. */
export function* nodeRecords(image: ZoneImage, at: number): Generator<ResourceRecord, void> {
  const name = image.nameOf(at)
  let next = image.firstSet(at)
  for (let left = image.setCount(at); left > 0; left--) {
    yield* image.recordsOf(next, name)
    next = image.nextSet(next)
  }
}

/** Those of `these` that are not among the others. */
function collect(these: readonly ResourceRecord[], others: readonly ResourceRecord[], into: ResourceRecord[]): void {
  if (others.length === 0) return void into.push(...these)
  const known = new Set(others.map(identity))
  for (const record of these) if (!known.has(identity(record))) into.push(record)
}

function identity({ type, ttl, data }: ResourceRecord): string {
  return `${type} ${ttl} ${Buffer.from(data.buffer, data.byteOffset, data.length).toString('latin1')}`
}

/** A change always has both SOAs, even where they are the same. */
function soaFirst(records: readonly ResourceRecord[], zone: Zone): ResourceRecord[] {
  const others = records.filter(({ type }) => type !== dnsType.SOA)
  const { image } = zone
  return [...image.recordsOf(image.setOf(image.apex, dnsType.SOA), image.origin)].slice(0, 1).concat(others)
}

/** True for the same record, TTL aside; names in data are compared without case (RFC 2136 1.1.1). */
export function isSameRecord(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.type === b.type && sameName(a.name, b.name) && isSameData(a.type, a.data, b.data)
}

export function isSameData(type: number, a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  if (Buffer.compare(a, b) === 0) return true
  return plans.has(type) && Buffer.compare(foldedData(type, a), foldedData(type, b)) === 0
}

/** Data with its names in lower case. */
export function foldedData(type: number, data: Uint8Array): Uint8Array {
  if (!plans.has(type)) return data
  const copy = Uint8Array.from(data)
  let at = 0
  for (const part of plans.get(type) ?? []) {
    if (part === 'name') {
      while (copy[at]! > 0) for (let left = copy[at]!; left >= 0; left--, at++) copy[at] = lowerByte[copy[at]!]!
      at++
    } else at += part === 'string' ? 1 + (copy[at] ?? 0) : part
  }
  return copy
}

/** Bytes of a record as they stand in changes and journals. */
export function recordBytes({ name, data }: ResourceRecord): number {
  return name.length + 10 + data.length
}

/** Writes records one after the other, uncompressed. */
export function encodeRecords(records: Iterable<ResourceRecord>, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { name, type, class: ofClass, ttl, data } of records) {
    bytes.set(name, at)
    at += name.length
    view.setUint16(at, type)
    view.setUint16(at + 2, ofClass)
    view.setUint32(at + 4, ttl)
    view.setUint16(at + 8, data.length)
    bytes.set(data, at + 10)
    at += 10 + data.length
  }
  return bytes
}

/** The records of such bytes; throws DNS_MESSAGE_INVALID. */
export function* decodeRecords(bytes: Uint8Array): Generator<ResourceRecord, void> {
  const reader = new MessageReader(bytes)
  while (reader.left > 0) {
    const name = plainName(reader)
    const [type, ofClass, ttl, size] = [reader.u16(), reader.u16(), reader.u32(), reader.u16()]
    reader.need(size)
    const data = reader.bytes.slice(reader.at, reader.at + size)
    reader.at += size
    yield { name, type, class: ofClass, ttl, data }
  }
}

function plainName(reader: MessageReader): Name {
  const start = reader.at
  for (;;) {
    const size = reader.u8()
    if (size > 63 || reader.at + size - start > nameBytesLimit) throw reader.refuse('a name is no plain name')
    reader.need(size)
    reader.at += size
    if (size === 0) return reader.bytes.slice(start, reader.at)
  }
}

export function encodeChange({ removed, added }: ZoneChange): Uint8Array {
  const all = [...removed, ...added]
  const records = encodeRecords(
    all,
    all.reduce((sum, record) => sum + recordBytes(record), 0),
  )
  const bytes = new Uint8Array(8 + records.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, removed.length)
  view.setUint32(4, added.length)
  bytes.set(records, 8)
  return bytes
}

/** Throws DNS_MESSAGE_INVALID. */
export function decodeChange(bytes: Uint8Array): ZoneChange {
  if (bytes.length < 8) throw fail('DNS_MESSAGE_INVALID', { offset: 0, reason: 'a change has no counts' })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const [removed, added] = [view.getUint32(0), view.getUint32(4)]
  const records = [...decodeRecords(bytes.subarray(8))]
  if (records.length !== removed + added) {
    throw fail('DNS_MESSAGE_INVALID', { offset: 0, reason: `${records.length} records where a change has others` })
  }
  return zoneChange(records.slice(0, removed), records.slice(removed))
}
