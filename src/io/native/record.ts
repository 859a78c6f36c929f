/** Endpoint records (native/lanework.h) to and from addresses. */
import { fail } from '../../core/index.ts'
import { errnoName, type Native } from '../../native/index.ts'
import { isInternet, withoutMapping, type Address, type Scheme } from '../address.ts'
import type { Endpoint } from '../types.ts'

export type Family = 4 | 6 | 1

export function familyOf(address: Address): Family {
  if (!isInternet(address)) return 1
  return address.host.includes(':') ? 6 : 4
}

/** An IPv4 host as an IPv6 socket sees it. */
export function hostFor(family: Family, host: string): string {
  return family === 6 && !host.includes(':') ? `::ffff:${host}` : host
}

/** A new record for an address; on a socket of `family` 6 an IPv4 host becomes an IPv4-mapped one. */
export function toRecord(native: Native, address: Address, family: Family = familyOf(address)): Buffer {
  const record = Buffer.alloc(native.recordBytes)
  const status = isInternet(address)
    ? native.packAddress(record, family, hostFor(family, address.host), address.port)
    : native.packAddress(record, 1, address.path, 0)
  if (status < 0) {
    const input = isInternet(address) ? address.host : address.path
    throw fail('ADDRESS_INVALID', { input, reason: `the system cannot use it here (${errnoName(status)})` })
  }
  return record
}

export function fromRecord(native: Native, record: Buffer, scheme: Scheme): Address {
  const [, host, port] = native.unpackAddress(record)
  if (scheme === 'unix' || scheme === 'unix-dgram') return { scheme, path: host }
  return { scheme, host: withoutMapping(host), port }
}

/** A datagram's source, read out of its record only when somebody asks. */
export class NativeEndpoint implements Endpoint {
  readonly record: Buffer
  peer: unknown = undefined
  readonly #native: Native
  readonly #scheme: Scheme
  #address: Address | undefined

  constructor(native: Native, scheme: Scheme, record: Buffer) {
    this.#native = native
    this.#scheme = scheme
    this.record = record
  }

  get address(): Address {
    this.#address ??= fromRecord(this.#native, this.record, this.#scheme)
    return this.#address
  }

  get local(): Address | undefined {
    const kind = this.record.readUInt32LE(120)
    if (kind === 0 || this.#scheme !== 'udp') return undefined
    const bytes = this.record.subarray(128, 144)
    if (kind === 4) return { scheme: 'udp', host: bytes.subarray(0, 4).join('.'), port: 0 }
    const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16))
    const mapped = bytes.subarray(0, 12).equals(mappedPrefix)
    return { scheme: 'udp', host: mapped ? bytes.subarray(12).join('.') : groups.join(':'), port: 0 }
  }
}

const mappedPrefix = Buffer.from('00000000000000000000ffff', 'hex')
