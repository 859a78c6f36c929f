/** The kinds of fields that records are made of: what each is as a value, and in a message. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './addresses.ts'
import { readTypes, writeTypes } from './bitmap.ts'
import { bytesToText, type DataReader, type DataWriter, textToBytes } from './data.ts'
import { type Location, readLocation, writeLocation } from './location.ts'
import { formatName, parseName } from './name.ts'
import { type AddressPrefix, readPrefixes, writePrefixes } from './prefixes.ts'
import { readParams, type ServiceParams, writeParams } from './service-params.ts'

/** The TypeScript type of each kind's values. */
export interface KindValues {
  u8: number
  u16: number
  u32: number
  u48: number
  /** Seconds, 32 bits; zone files may write `1h30m`. */
  seconds: number
  /** Seconds since 1970, 32 bits; zone files write `20180815050000`. */
  time: number
  /** Algorithm of a key or signature, 8 bits; zone files may name it. */
  algorithm: number
  /** Type of a certificate, 16 bits; zone files may name it. */
  certType: number
  /** A record type, 16 bits, by name. */
  type: string
  /** Record types, by name. */
  types: readonly string[]
  /** A name as formatName writes it. */
  packedName: string
  onceName: string
  name: string
  ipv4: string
  ipv6: string
  /** One text of at most 255 bytes, one character a byte. */
  string: string
  /** The same, of letters and digits. */
  word: string
  /** One text or more. */
  strings: readonly string[]
  /** The rest of the data as one text, one character a byte. */
  text: string
  /** The rest of the data, in base64 or hexadecimal in zone files. */
  base64: Uint8Array
  hex: Uint8Array
  /** Bytes after their number in 16 bits. */
  counted: Uint8Array
  /** Bytes after their number in 8 bits: hexadecimal, or base32 of RFC 4648 7. */
  salt: Uint8Array
  hash: Uint8Array
  /** `00-11-22-33-44-55` */
  eui48: string
  eui64: string
  /** `0014:4fff:ff20:ee64` */
  node64: string
  location: Location
  prefixes: readonly AddressPrefix[]
  params: ServiceParams
  /** `.`, an address or a name, as the field before the last says (RFC 4025 2.5). */
  gateway: string
}

export type KindName = keyof KindValues

/** How a kind stands in a message; both ways are each other's inverse. */
export interface Kind<Value> {
  /** Bytes it takes: a number, or what it begins with. Needed where a compressed name may follow. */
  readonly size: number | 'name' | 'string' | 'rest'
  readonly read: (reader: DataReader) => Value
  readonly write: (writer: DataWriter, value: Value) => void
}

type Typed = {
  readonly typeName: (number: number) => string
  readonly typeNumber: (name: string) => number | undefined
}

function integer(size: number, read: (reader: DataReader) => number, write: (writer: DataWriter, n: number) => void) {
  const limit = 256 ** size - 1
  return {
    size,
    read,
    write(writer: DataWriter, value: number): void {
      if (!Number.isInteger(value) || value < 0 || value > limit) {
        throw writer.refuse(`an integer from 0 to ${limit} is wanted, not ${String(value)}`)
      }
      write(writer, value)
    },
  }
}

const u8: Kind<number> = integer(
  1,
  (reader) => reader.u8(),
  (writer, value) => writer.u8(value),
)
const u16: Kind<number> = integer(
  2,
  (reader) => reader.u16(),
  (writer, value) => writer.u16(value),
)
const u32: Kind<number> = integer(
  4,
  (reader) => reader.u32(),
  (writer, value) => writer.u32(value),
)
const u48: Kind<number> = integer(
  6,
  (reader) => reader.u48(),
  (writer, value) => writer.u48(value),
)

const name: Kind<string> = {
  size: 'name',
  read: (reader) => formatName(reader.name()),
  write: (writer, value) => writer.put(parseName(value)),
}

const ipv4: Kind<string> = {
  size: 4,
  read: (reader) => formatIpv4(reader.take(4)),
  write: (writer, value) => writer.put(parseIpv4(value) ?? refused(writer, value, 'an IPv4 address')),
}

const ipv6: Kind<string> = {
  size: 16,
  read: (reader) => formatIpv6(reader.take(16)),
  write: (writer, value) => writer.put(parseIpv6(value) ?? refused(writer, value, 'an IPv6 address')),
}

const string: Kind<string> = {
  size: 'string',
  read: (reader) => bytesToText(reader.string()),
  write: (writer, value) => writer.string(textToBytes(value) ?? refused(writer, value, 'a text of single bytes')),
}

const word: Kind<string> = {
  size: 'string',
  read: (reader) => checkWord(reader, string.read(reader)),
  write: (writer, value) => string.write(writer, checkWord(writer, value)),
}

/** A property's tag has at least one letter or digit, and nothing else (RFC 8659 4.1). */
function checkWord(data: DataReader | DataWriter, value: string): string {
  if (!/^[0-9A-Za-z]+$/.test(value)) throw data.refuse(`letters and digits are wanted, not ${JSON.stringify(value)}`)
  return value
}

const strings: Kind<readonly string[]> = {
  size: 'rest',
  read(reader) {
    const texts = [string.read(reader)]
    while (reader.left > 0) texts.push(string.read(reader))
    return texts
  },
  write(writer, value) {
    if (value.length === 0) throw writer.refuse('at least one text is wanted')
    for (const text of value) string.write(writer, text)
  },
}

const text: Kind<string> = {
  size: 'rest',
  read: (reader) => bytesToText(reader.rest()),
  write: (writer, value) => writer.put(textToBytes(value) ?? refused(writer, value, 'a text of single bytes')),
}

const rest: Kind<Uint8Array> = {
  size: 'rest',
  read: (reader) => reader.rest(),
  write: (writer, value) => writer.put(value),
}

const counted: Kind<Uint8Array> = {
  size: 'rest',
  read: (reader) => reader.take(reader.u16()),
  write(writer, value) {
    u16.write(writer, value.length)
    writer.put(value)
  },
}

const counted8: Kind<Uint8Array> = {
  size: 'string',
  read: (reader) => reader.string(),
  write: (writer, value) => writer.string(value),
}

/** The hash of a name is never empty (RFC 5155 3.1.7). */
const hash: Kind<Uint8Array> = {
  size: 'string',
  read: (reader) => filled(reader, reader.string()),
  write: (writer, value) => writer.string(filled(writer, value)),
}

function filled(data: DataReader | DataWriter, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) throw data.refuse('it is empty')
  return bytes
}

/** Groups of hexadecimal digits with a sign between them; of groups of two bytes zeros in front may be missing. */
function groups(count: number, bytes: 1 | 2, sign: string): Kind<string> {
  const digits = `[0-9a-fA-F]{${bytes === 1 ? 2 : '1,4'}}`
  const form = new RegExp(`^${digits}(${sign}${digits}){${count - 1}}$`)
  return {
    size: count * bytes,
    read: (reader) => Array.from({ length: count }, () => hexOf(reader.take(bytes))).join(sign),
    write(writer, value) {
      if (!form.test(value)) refused(writer, value, `${count} groups of hexadecimal digits, such as 00${sign}2a,`)
      for (const group of value.split(sign)) {
        const number = Number.parseInt(group, 16)
        if (bytes === 1) writer.u8(number)
        else writer.u16(number)
      }
    },
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

// The type of the gateway stands two bytes before it, as the second byte of the data.
const gateway: Kind<string> = {
  size: 'rest',
  read(reader) {
    const kind = gatewayKinds[reader.bytes[1]!]
    if (kind === undefined) throw reader.refuse(`the gateway type ${reader.bytes[1]} is not from 0 to 3`)
    return kind.read(reader)
  },
  write(writer, value) {
    const kind = gatewayKinds[writer.bytes[1]!]
    if (kind === undefined) throw writer.refuse(`the gateway type ${writer.bytes[1]} is not from 0 to 3`)
    kind.write(writer, value)
  },
}

const noGateway: Kind<string> = {
  size: 0,
  read: () => '.',
  write: (writer, value) => void (value === '.' || refused(writer, value, '"."')),
}

const gatewayKinds: readonly Kind<string>[] = [noGateway, ipv4, ipv6, name]

function refused(writer: DataWriter, value: string, wanted: string): never {
  throw writer.refuse(`${wanted} is wanted, not ${JSON.stringify(value)}`)
}

/** Every kind. Types are passed in, as they come out of the table that needs the kinds. */
export function makeKinds({ typeName, typeNumber }: Typed): { readonly [K in KindName]: Kind<KindValues[K]> } {
  const numberOf = (writer: DataWriter, type: string): number =>
    typeNumber(type) ?? refused(writer, type, 'a record type')
  return {
    u8,
    u16,
    u32,
    u48,
    seconds: u32,
    time: u32,
    algorithm: u8,
    certType: u16,
    type: {
      size: 2,
      read: (reader) => typeName(reader.u16()),
      write: (writer, value) => writer.u16(numberOf(writer, value)),
    },
    types: {
      size: 'rest',
      read: (reader) => readTypes(reader).map(typeName),
      write: (writer, value) =>
        writeTypes(
          writer,
          value.map((type) => numberOf(writer, type)),
        ),
    },
    packedName: name,
    onceName: name,
    name,
    ipv4,
    ipv6,
    string,
    word,
    strings,
    text,
    base64: rest,
    hex: rest,
    counted,
    salt: counted8,
    hash,
    eui48: groups(6, 1, '-'),
    eui64: groups(8, 1, '-'),
    node64: groups(4, 2, ':'),
    location: { size: 16, read: readLocation, write: writeLocation },
    prefixes: { size: 'rest', read: readPrefixes, write: writePrefixes },
    params: { size: 'rest', read: readParams, write: writeParams },
    gateway,
  }
}
