/** EDNS options with values of their own; others stay a code and bytes. */
import { fail } from '../../../core/index.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './addresses.ts'
import { ednsCode, ednsName } from './codes.ts'
import type { EdnsOption } from './message-types.ts'

export type EdnsValue =
  /** The server's name for itself; empty in queries (RFC 5001). */
  | { readonly option: 'NSID'; readonly id: Uint8Array }
  /** Whom the answer is for (RFC 7871); an address with its bits beyond `source` zero. */
  | { readonly option: 'ECS'; readonly address: string; readonly source: number; readonly scope: number }
  /** Eight bytes of the client, none or 8 to 32 of the server (RFC 7873). */
  | { readonly option: 'COOKIE'; readonly client: Uint8Array; readonly server?: Uint8Array }
  /** How long a connection may idle; absent in queries (RFC 7828). A multiple of 100 ms. */
  | { readonly option: 'KEEPALIVE'; readonly idleMs?: number }
  /** Bytes that hide the message's length (RFC 7830). */
  | { readonly option: 'PADDING'; readonly sizeBytes: number }
  /** Why the answer is what it is (RFC 8914). */
  | { readonly option: 'EDE'; readonly code: number; readonly text: string }
  /** Time until the zone expires; absent in queries (RFC 7314). */
  | { readonly option: 'EXPIRE'; readonly seconds?: number }
  | { readonly option: 'OTHER'; readonly code: number; readonly data: Uint8Array }

/** The option, typed. Throws DNS_DATA_INVALID where its data is not what its code wants. */
export function ednsValue({ code, data }: EdnsOption): EdnsValue {
  switch (code) {
    case ednsCode.NSID:
      return { option: 'NSID', id: data }
    case ednsCode.ECS:
      return readSubnet(data)
    case ednsCode.COOKIE:
      return readCookie(data)
    case ednsCode.KEEPALIVE:
      if (data.length === 0) return { option: 'KEEPALIVE' }
      return { option: 'KEEPALIVE', idleMs: numberOf(code, data, 2) * 100 }
    case ednsCode.PADDING:
      // Other bytes than zero are allowed and say nothing, but would not come back.
      return data.every((byte) => byte === 0)
        ? { option: 'PADDING', sizeBytes: data.length }
        : { option: 'OTHER', code, data }
    case ednsCode.EDE:
      return { option: 'EDE', code: numberOf(code, data.subarray(0, 2), 2), text: utf8(code, data.subarray(2)) }
    case ednsCode.EXPIRE:
      return data.length === 0 ? { option: 'EXPIRE' } : { option: 'EXPIRE', seconds: numberOf(code, data, 4) }
    default:
      return { option: 'OTHER', code, data }
  }
}

/** The option of a value. Throws DNS_DATA_INVALID. */
export function ednsOptionOf(value: EdnsValue): EdnsOption {
  if (value.option === 'OTHER') return { code: value.code, data: value.data }
  const code = ednsCode[value.option]
  switch (value.option) {
    case 'NSID':
      return { code, data: value.id }
    case 'ECS':
      return { code, data: writeSubnet(value.address, value.source, value.scope) }
    case 'COOKIE':
      return { code, data: writeCookie(value.client, value.server) }
    case 'KEEPALIVE':
      return { code, data: value.idleMs === undefined ? none : bytesOf(code, value.idleMs / 100, 2) }
    case 'PADDING':
      if (!(value.sizeBytes >= 0 && value.sizeBytes <= 0xffff)) throw refuse(code, '0 to 65535 bytes are wanted')
      return { code, data: new Uint8Array(value.sizeBytes) }
    case 'EDE':
      return { code, data: Uint8Array.of(...bytesOf(code, value.code, 2), ...new TextEncoder().encode(value.text)) }
    default:
      return { code, data: value.seconds === undefined ? none : bytesOf(code, value.seconds, 4) }
  }
}

const none = new Uint8Array()

function readCookie(data: Uint8Array): EdnsValue {
  const size = data.length
  if (size !== 8 && !(size >= 16 && size <= 40))
    throw refuse(ednsCode.COOKIE, `${size} bytes; 8 or 16 to 40 are wanted`)
  const client = data.subarray(0, 8)
  return size === 8 ? { option: 'COOKIE', client } : { option: 'COOKIE', client, server: data.subarray(8) }
}

function writeCookie(client: Uint8Array, server: Uint8Array | undefined): Uint8Array {
  const size = server?.length ?? 8
  if (client.length !== 8 || size < 8 || size > 32)
    throw refuse(ednsCode.COOKIE, '8 bytes, and none or 8 to 32 are wanted')
  return Uint8Array.of(...client, ...(server ?? none))
}

/** Family (16 bits), two lengths (8 bits each), and only as many bytes of the address as the first needs (RFC 7871 6). */
function readSubnet(data: Uint8Array): EdnsValue {
  const family = numberOf(ednsCode.ECS, data.subarray(0, 2), 2)
  const [source, scope] = [data[2], data[3]]
  const full = new Uint8Array(family === 1 ? 4 : 16)
  const part = data.subarray(4)
  const isSound =
    (family === 1 || family === 2) &&
    source !== undefined &&
    scope !== undefined &&
    Math.max(source, scope) <= full.length * 8 &&
    part.length === Math.ceil(source / 8)
  if (!isSound) throw refuse(ednsCode.ECS, 'family, prefix lengths and address do not fit each other')
  full.set(part)
  if (bitsBeyond(full, source)) throw refuse(ednsCode.ECS, 'the address has bits beyond its prefix')
  return { option: 'ECS', address: family === 1 ? formatIpv4(full) : formatIpv6(full), source, scope }
}

function writeSubnet(address: string, source: number, scope: number): Uint8Array {
  const bytes = parseIpv4(address) ?? parseIpv6(address)
  if (bytes === undefined) throw refuse(ednsCode.ECS, `${JSON.stringify(address)} is no address`)
  const isLength = (length: number): boolean => Number.isInteger(length) && length >= 0 && length <= bytes.length * 8
  if (!isLength(source) || !isLength(scope)) throw refuse(ednsCode.ECS, 'a prefix is longer than its address')
  if (bitsBeyond(bytes, source)) throw refuse(ednsCode.ECS, 'the address has bits beyond its prefix')
  return Uint8Array.of(0, bytes.length === 4 ? 1 : 2, source, scope, ...bytes.subarray(0, Math.ceil(source / 8)))
}

function bitsBeyond(bytes: Uint8Array, prefix: number): boolean {
  return bytes.some((byte, at) => (byte & (at * 8 >= prefix ? 0xff : 0xff >>> Math.min(8, prefix - at * 8))) !== 0)
}

function numberOf(code: number, data: Uint8Array, size: number): number {
  if (data.length !== size) throw refuse(code, `${data.length} bytes; ${size} are wanted`)
  return data.reduce((sum, byte) => sum * 256 + byte, 0)
}

function bytesOf(code: number, value: number, size: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 256 ** size)
    throw refuse(code, `${value} is not a number of ${size} bytes`)
  return Uint8Array.from({ length: size }, (_, at) => Math.floor(value / 256 ** (size - 1 - at)) % 256)
}

function utf8(code: number, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw fail(
      'DNS_DATA_INVALID',
      { type: `OPT ${ednsName(code)}`, field: 'text', reason: 'it is not UTF-8' },
      { cause },
    )
  }
}

function refuse(code: number, reason: string): Error {
  return fail('DNS_DATA_INVALID', { type: 'OPT', field: ednsName(code), reason })
}
