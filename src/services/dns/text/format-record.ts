/** Records as lines of a zone file (RFC 1035 5.1, RFC 3597 5). */
import { isLaneworkError } from '../../../core/index.ts'
import { className } from '../wire/codes.ts'
import { DataReader } from '../wire/data.ts'
import { formatNameWithin, type Name, rootName } from '../wire/name.ts'
import { type ResourceRecord, trailing } from '../wire/record.ts'
import { fieldsOf, typeName } from '../wire/types.ts'
import { hexOf } from './encodings.ts'
import { fieldFormatters } from './format-kinds.ts'

export interface FormatOptions {
  /** Names within it are written relative to it. Without it all names are absolute. */
  readonly origin?: Name
}

/**
 * `example. 3600 IN MX 10 mail.example.`, with tabs between the parts. Parsing it gives the same bytes again. Data that is not what
 * its type wants, and that of types without fields, is written as `\# 4 C0000201`.
 */
export function formatRecord(record: ResourceRecord, options: FormatOptions = {}): string {
  const owner = formatNameWithin(record.name, options.origin ?? rootName)
  return `${owner}\t${record.ttl}\t${className(record.class)}\t${typeName(record.type)}\t${formatData(record, options)}`
}

/** The record's data alone: `10 mail.example.` */
export function formatData(record: ResourceRecord, options: FormatOptions = {}): string {
  const fields = fieldsOf(record.type)
  if (fields === undefined) return opaque(record.data)
  const reader = new DataReader(record.data, typeName(record.type))
  const origin = options.origin ?? rootName
  try {
    let text = ''
    for (const [field, kind] of fields) {
      reader.field = field
      text += fieldFormatters[kind](reader, origin)
    }
    if (reader.left > 0) throw trailing(reader)
    return text.slice(1)
  } catch (error) {
    if (!isLaneworkError(error, 'DNS_DATA_INVALID')) throw error
    return opaque(record.data)
  }
}

function opaque(data: Uint8Array): string {
  return data.length === 0 ? '\\# 0' : `\\# ${data.length} ${hexOf(data)}`
}
