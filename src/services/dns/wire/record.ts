/**
 * Resource records. Data stays bytes, names in it uncompressed; `recordValue` gives it typed and `recordOf` makes a record of
 * typed values, both by the table in record-types.ts.
 */
import { fail } from '../../../core/index.ts'
import { dnsClass } from './codes.ts'
import { DataReader, DataWriter, dataBytesLimit } from './data.ts'
import { type Kind, type KindName, type KindValues, makeKinds } from './kinds.ts'
import type { Name } from './name.ts'
import type { recordTypes } from './record-types.ts'
import { dnsType, fieldsOf, type TypeName, typeName, typeNumber } from './types.ts'

export interface ResourceRecord {
  readonly name: Name
  readonly type: number
  readonly class: number
  /** Seconds, 0 to 2,147,483,647. */
  readonly ttl: number
  /** RDATA: as in a message, but no name in it is compressed. */
  readonly data: Uint8Array
}

/** The value of one type: `ValueOf<'MX'>` is `{ type: 'MX', preference: number, exchange: string }`. */
export type ValueOf<Type extends TypeName> = { readonly type: Type } & {
  readonly [F in (typeof recordTypes)[Type]['fields'][number] as F[0]]: KindValues[F[1] & KindName]
}

/** Data of a type without fields of its own, as bytes (RFC 3597). */
export interface OpaqueValue {
  readonly type: `TYPE${number}`
  readonly data: Uint8Array
}

/**
 * A record's data, typed; `type` says which. Names are texts as formatName writes them, other texts have one character a byte, and
 * bytes may be views of the record's.
 */
export type RecordValue = { readonly [Type in TypeName]: ValueOf<Type> }[TypeName] | OpaqueValue

/** How each kind stands in a message. */
const kinds: { readonly [K in KindName]: Kind<KindValues[K]> } = makeKinds({ typeName, typeNumber })

/**
 * The data, typed. A type that has no fields here gives `{ type: 'TYPE999', data }`. Throws DNS_DATA_INVALID.
 *
 * @example
 * const value = recordValue(record)
 * if (value.type === 'MX') console.log(value.preference, value.exchange)
 */
export function recordValue(record: ResourceRecord): RecordValue {
  const fields = fieldsOf(record.type)
  if (fields === undefined) return { type: `TYPE${record.type}`, data: record.data }
  const type = typeName(record.type)
  const reader = new DataReader(record.data, type)
  const value: Record<string, unknown> = { type }
  for (const [field, kind] of fields) {
    reader.field = field
    value[field] = kinds[kind].read(reader)
  }
  if (reader.left > 0) throw trailing(reader)
  return value as unknown as RecordValue
}

/** Refuses data that goes on after its last field. */
export function trailing(reader: DataReader): Error {
  reader.field = ''
  return reader.refuse(`${reader.left} bytes follow its last field`)
}

/**
 * Throws DNS_DATA_INVALID where data is not what its type wants, and gives nothing else. Types without fields take any data.
 */
export function checkData(type: number, data: Uint8Array): void {
  if (data.length > dataBytesLimit) {
    throw fail('DNS_DATA_INVALID', { type: typeName(type), field: '', reason: `${data.length} bytes of data` })
  }
  recordValue({ name: data, type, class: dnsClass.IN, ttl: 0, data })
}

/** The bytes of a typed value. Throws DNS_DATA_INVALID, or DNS_NAME_INVALID. */
export function dataOf(value: RecordValue): Uint8Array {
  const type = typeNumber(value.type)
  if (type === undefined) {
    throw fail('DNS_DATA_INVALID', { type: value.type, field: 'type', reason: 'such a type is not known' })
  }
  if (isOpaque(value)) {
    checkData(type, value.data)
    return value.data
  }
  const writer = new DataWriter(value.type)
  for (const [field, kind] of fieldsOf(type) ?? []) {
    writer.field = field
    const { write } = kinds[kind] as { write: (writer: DataWriter, value: unknown) => void }
    write(writer, (value as unknown as Record<string, unknown>)[field])
  }
  return writer.toBytes()
}

function isOpaque(value: RecordValue): value is OpaqueValue {
  return value.type.startsWith('TYPE')
}

/**
 * A record of class IN of a typed value. Throws DNS_DATA_INVALID, or DNS_NAME_INVALID.
 *
 * @example
 * recordOf(parseName('example.'), 3600, { type: 'MX', preference: 10, exchange: 'mail.example.' })
 */
export function recordOf(name: Name, ttl: number, value: RecordValue): ResourceRecord {
  const data = dataOf(value)
  return { name, type: typeNumber(value.type) ?? 0, class: dnsClass.IN, ttl, data }
}

/** Bytes that a kind takes in data: a number, or what it begins with. */
export function kindSize(kind: KindName): number | 'name' | 'string' | 'rest' {
  return kinds[kind].size
}

/** The type that an RRSIG is for; undefined for other records. */
export function coveredType({ type, data }: ResourceRecord): number | undefined {
  return type === dnsType.RRSIG && data.length > 1 ? data[0]! * 0x100 + data[1]! : undefined
}

/** Writes a value of a kind as it stands in data. Throws DNS_DATA_INVALID. */
export function writeKind<K extends KindName>(kind: K, writer: DataWriter, value: KindValues[K]): void {
  kinds[kind].write(writer, value)
}

/** Reads a value of a kind out of data. Throws DNS_DATA_INVALID. */
export function readKind<K extends KindName>(kind: K, reader: DataReader): KindValues[K] {
  return kinds[kind].read(reader)
}
