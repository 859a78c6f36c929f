/**
 * Parameters of SVCB and HTTPS (RFC 9460 2.2): each with a key (16 bits), a length (16 bits) and a value; keys ascend.
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './addresses.ts'
import { bytesToText, type DataReader, type DataWriter, textToBytes } from './data.ts'
import { numberAfter } from './codes.ts'

export interface ServiceParams {
  /** Keys that a client must understand, by name. */
  readonly mandatory?: readonly string[]
  /** Protocols, one character a byte. */
  readonly alpn?: readonly string[]
  readonly noDefaultAlpn?: true
  readonly port?: number
  readonly ipv4hint?: readonly string[]
  /** Encrypted ClientHello configuration. */
  readonly ech?: Uint8Array
  readonly ipv6hint?: readonly string[]
  /** Path of DNS over HTTPS, a URI template (RFC 9461). */
  readonly dohpath?: string
  readonly ohttp?: true
  /** Parameters that have no name here. */
  readonly others?: readonly { readonly key: number; readonly value: Uint8Array }[]
}

/** Keys by number. */
export const serviceKeys: readonly string[] = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
]

/** `port`, or `key` and the number. */
export function serviceKeyName(key: number): string {
  return serviceKeys[key] ?? `key${key}`
}

/** The number of a key, `key123` among them; 65535 is reserved and, like anything else, undefined. */
export function serviceKeyNumber(name: string): number | undefined {
  const known = serviceKeys.indexOf(name)
  if (known >= 0) return known
  const number = /^key(0|[1-9])\d*$/.test(name) ? numberAfter('key', name) : undefined
  return number === 0xffff ? undefined : number
}

/** A parameter as it stands in the message. */
export interface RawParam {
  readonly key: number
  readonly value: Uint8Array
}

/** The parameters, checked: their order, and the form of each value whose key is known. */
export function readRawParams(reader: DataReader): RawParam[] {
  const params: RawParam[] = []
  while (reader.left > 0) {
    const key = reader.u16()
    const value = reader.take(reader.u16())
    if (key <= (params.at(-1)?.key ?? -1)) throw reader.refuse('its keys do not ascend')
    params.push({ key, value })
  }
  const reason = paramsProblem(params)
  if (reason !== undefined) throw reader.refuse(reason)
  return params
}

/** What is wrong with parameters whose keys ascend; undefined where nothing is. */
export function paramsProblem(params: readonly RawParam[]): string | undefined {
  const keys = new Set(params.map(({ key }) => key))
  for (const { key, value } of params) {
    const size = value.length
    if (key === 0) {
      const wanted = u16List(value)
      if (size === 0 || size % 2 !== 0) return 'mandatory: a list of keys is wanted'
      if (wanted.some((one, at) => one === 0 || one <= (wanted[at - 1] ?? 0)))
        return 'mandatory: its keys do not ascend'
      const absent = wanted.find((one) => !keys.has(one))
      if (absent !== undefined) return `mandatory: ${serviceKeyName(absent)} is missing`
    } else if (key === 1 && alpnList(value) === undefined) return 'alpn: a list of protocols is wanted'
    else if ((key === 2 || key === 8) && size > 0) return `${serviceKeyName(key)}: it takes no value`
    else if (key === 2 && !keys.has(1)) return 'no-default-alpn: alpn is missing'
    else if (key === 3 && size !== 2) return 'port: a number of 16 bits is wanted'
    else if (key === 4 && (size === 0 || size % 4 !== 0)) return 'ipv4hint: IPv4 addresses are wanted'
    else if (key === 5 && size === 0) return 'ech: a value is wanted'
    else if (key === 6 && (size === 0 || size % 16 !== 0)) return 'ipv6hint: IPv6 addresses are wanted'
    else if (key === 7 && size === 0) return 'dohpath: a path is wanted'
  }
  return undefined
}

/** The numbers of 16 bits that a value is made of. */
export function u16List(value: Uint8Array): number[] {
  return Array.from({ length: value.length >>> 1 }, (_, at) => value[at * 2]! * 0x100 + value[at * 2 + 1]!)
}

/** The protocols of an alpn value; undefined where it is malformed. */
export function alpnList(value: Uint8Array): Uint8Array[] | undefined {
  const list: Uint8Array[] = []
  for (let at = 0; at < value.length;) {
    const size = value[at]!
    if (size === 0 || at + 1 + size > value.length) return undefined
    list.push(value.subarray(at + 1, at + 1 + size))
    at += 1 + size
  }
  return list.length === 0 ? undefined : list
}

/** A value in pieces of a size. */
export function piecesOf(value: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: value.length / size }, (_, at) => value.subarray(at * size, (at + 1) * size))
}

export function readParams(reader: DataReader): ServiceParams {
  const params: { -readonly [Key in keyof ServiceParams]: ServiceParams[Key] } = {}
  const others: RawParam[] = []
  for (const { key, value } of readRawParams(reader)) {
    if (key === 0) params.mandatory = u16List(value).map(serviceKeyName)
    else if (key === 1) params.alpn = (alpnList(value) ?? []).map(bytesToText)
    else if (key === 2) params.noDefaultAlpn = true
    else if (key === 3) params.port = u16List(value)[0] ?? 0
    else if (key === 4) params.ipv4hint = piecesOf(value, 4).map((address) => formatIpv4(address))
    else if (key === 5) params.ech = value
    else if (key === 6) params.ipv6hint = piecesOf(value, 16).map(formatIpv6)
    else if (key === 7) params.dohpath = bytesToText(value)
    else if (key === 8) params.ohttp = true
    else others.push({ key, value })
  }
  return others.length > 0 ? { ...params, others } : params
}

/** Writes parameters in the order of their keys, whatever order they come in. */
export function writeRawParams(writer: DataWriter, params: readonly RawParam[]): void {
  const sorted = params.toSorted((a, b) => a.key - b.key)
  const twice = sorted.find(({ key }, at) => key === sorted[at - 1]?.key)
  const reason = twice === undefined ? paramsProblem(sorted) : `${serviceKeyName(twice.key)} stands twice`
  if (reason !== undefined) throw writer.refuse(reason)
  for (const { key, value } of sorted) {
    if (value.length > 0xffff) throw writer.refuse(`${serviceKeyName(key)}: ${value.length} bytes`)
    writer.u16(key)
    writer.u16(value.length)
    writer.put(value)
  }
}

export function writeParams(writer: DataWriter, params: ServiceParams): void {
  const raw: RawParam[] = [...(params.others ?? [])]
  const empty = new Uint8Array()
  const add = (key: number, value: Uint8Array): void => void raw.push({ key, value })
  if (params.mandatory !== undefined) add(0, mandatoryValue(writer, params.mandatory))
  if (params.alpn !== undefined)
    add(
      1,
      alpnValue(
        writer,
        params.alpn.map((text) => bytesOf(writer, text)),
      ),
    )
  if (params.noDefaultAlpn === true) add(2, empty)
  if (params.port !== undefined) add(3, portValue(writer, params.port))
  if (params.ipv4hint !== undefined) add(4, hintValue(writer, params.ipv4hint, parseIpv4, 'IPv4'))
  if (params.ech !== undefined) add(5, params.ech)
  if (params.ipv6hint !== undefined) add(6, hintValue(writer, params.ipv6hint, parseIpv6, 'IPv6'))
  if (params.dohpath !== undefined) add(7, bytesOf(writer, params.dohpath))
  if (params.ohttp === true) add(8, empty)
  writeRawParams(writer, raw)
}

export function mandatoryValue(writer: DataWriter, names: readonly string[]): Uint8Array {
  const keys = names.map((name) => {
    const key = serviceKeyNumber(name)
    if (key === undefined) throw writer.refuse(`mandatory: the key ${JSON.stringify(name)} is not known`)
    return key
  })
  return Uint8Array.from(keys.toSorted((a, b) => a - b).flatMap((key) => [key >>> 8, key & 0xff]))
}

export function alpnValue(writer: DataWriter, protocols: readonly Uint8Array[]): Uint8Array {
  const wrong = protocols.find(({ length }) => length < 1 || length > 255)
  if (wrong !== undefined) throw writer.refuse(`alpn: a protocol of ${wrong.length} bytes`)
  return Uint8Array.from(protocols.flatMap((protocol) => [protocol.length, ...protocol]))
}

export function portValue(writer: DataWriter, port: number): Uint8Array {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) throw writer.refuse('port: 0 to 65535 is wanted')
  return Uint8Array.of(port >>> 8, port & 0xff)
}

export function hintValue(
  writer: DataWriter,
  addresses: readonly string[],
  parse: (text: string) => Uint8Array | undefined,
  family: string,
): Uint8Array {
  return Uint8Array.from(
    addresses.flatMap((address) => {
      const bytes = parse(address)
      if (bytes === undefined) throw writer.refuse(`${JSON.stringify(address)} is no ${family} address`)
      return [...bytes]
    }),
  )
}

function bytesOf(writer: DataWriter, text: string): Uint8Array {
  const bytes = textToBytes(text)
  if (bytes === undefined) throw writer.refuse('a text with characters beyond a byte')
  return bytes
}
