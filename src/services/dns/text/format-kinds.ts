/** What each kind of field is in a zone file: from data to text. The way back is parse-kinds.ts. */
import { readTypes } from '../wire/bitmap.ts'
import type { DataReader } from '../wire/data.ts'
import type { KindName } from '../wire/kinds.ts'
import { formatNameWithin, type Name, rootName } from '../wire/name.ts'
import { readKind } from '../wire/record.ts'
import { typeName } from '../wire/types.ts'
import { base32Of, base64Of, hexOf, quoted } from './encodings.ts'
import { formatLocation } from './location-text.ts'
import { formatParams } from './service-params-text.ts'
import { formatTime } from './words.ts'

/** Text of the field, with a space before it unless it is empty. */
export type FieldFormatter = (reader: DataReader, origin: Name) => string

const u8: FieldFormatter = (reader) => ` ${reader.u8()}`
const u16: FieldFormatter = (reader) => ` ${reader.u16()}`
const u32: FieldFormatter = (reader) => ` ${reader.u32()}`
const name: FieldFormatter = (reader, origin) => ` ${formatNameWithin(reader.name(), origin)}`
const string: FieldFormatter = (reader) => ` ${quoted(reader.string())}`

function asValue(kind: 'ipv4' | 'ipv6' | 'word' | 'eui48' | 'eui64' | 'node64'): FieldFormatter {
  return (reader) => ` ${readKind(kind, reader)}`
}

/** Bytes that have no text where they are none: such data is written as RFC 3597 says. */
function filled(reader: DataReader): Uint8Array {
  if (reader.left === 0) throw reader.refuse('it is empty')
  return reader.rest()
}

export const fieldFormatters: { readonly [Kind in KindName]: FieldFormatter } = {
  u8,
  u16,
  u32,
  u48: (reader) => ` ${reader.u48()}`,
  seconds: u32,
  time: (reader) => ` ${formatTime(reader.u32())}`,
  algorithm: u8,
  certType: u16,
  type: (reader) => ` ${typeName(reader.u16())}`,
  types: (reader) =>
    readTypes(reader)
      .map((type) => ` ${typeName(type)}`)
      .join(''),
  packedName: name,
  onceName: name,
  name,
  ipv4: asValue('ipv4'),
  ipv6: asValue('ipv6'),
  string,
  word: asValue('word'),
  strings(reader) {
    let text = string(reader, rootName)
    while (reader.left > 0) text += string(reader, rootName)
    return text
  },
  text: (reader) => ` ${quoted(reader.rest())}`,
  base64: (reader) => ` ${base64Of(filled(reader))}`,
  hex: (reader) => ` ${hexOf(filled(reader))}`,
  counted(reader) {
    const bytes = reader.take(reader.u16())
    return bytes.length === 0 ? ' 0' : ` ${bytes.length} ${base64Of(bytes)}`
  },
  salt(reader) {
    const bytes = reader.string()
    return ` ${bytes.length === 0 ? '-' : hexOf(bytes)}`
  },
  hash(reader) {
    const bytes = reader.string()
    if (bytes.length === 0) throw reader.refuse('it is empty')
    return ` ${base32Of(bytes)}`
  },
  eui48: asValue('eui48'),
  eui64: asValue('eui64'),
  node64: asValue('node64'),
  location: (reader) => ` ${formatLocation(readKind('location', reader))}`,
  prefixes: (reader) =>
    readKind('prefixes', reader)
      .map((one) => ` ${one.negated ? '!' : ''}${one.family === 4 ? 1 : 2}:${one.address}/${one.prefix}`)
      .join(''),
  params: formatParams,
  gateway: (reader, origin) => (reader.bytes[1] === 3 ? name(reader, origin) : ` ${readKind('gateway', reader)}`),
}
