/**
 * Lists of address prefixes, APL (RFC 3123 4):
 *
 *   family (16 bits), prefix length (8), N (1) and length of the address part (7), the address without its trailing zeros
 */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './addresses.ts'
import type { DataReader, DataWriter } from './data.ts'

export interface AddressPrefix {
  /** 4 or 6. */
  readonly family: 4 | 6
  readonly address: string
  /** Bits: 0 to 32, or to 128. */
  readonly prefix: number
  /** True where the prefix is taken out of the list. */
  readonly negated: boolean
}

export function readPrefixes(reader: DataReader): AddressPrefix[] {
  const prefixes: AddressPrefix[] = []
  while (reader.left > 0) {
    const number = reader.u16()
    if (number !== 1 && number !== 2)
      throw reader.refuse(`the address family ${number} is neither 1 (IPv4) nor 2 (IPv6)`)
    const prefix = reader.u8()
    const size = reader.u8()
    const full = new Uint8Array(number === 1 ? 4 : 16)
    const part = reader.take(size & 0x7f)
    if (prefix > full.length * 8) throw reader.refuse(`a prefix of ${prefix} bits`)
    if (part.length > full.length) throw reader.refuse(`an address of ${part.length} bytes`)
    if (part.at(-1) === 0) throw reader.refuse('an address ends with a zero byte')
    full.set(part)
    const address = number === 1 ? formatIpv4(full) : formatIpv6(full)
    prefixes.push({ family: number === 1 ? 4 : 6, address, prefix, negated: size > 0x7f })
  }
  return prefixes
}

export function writePrefixes(writer: DataWriter, prefixes: readonly AddressPrefix[]): void {
  for (const { family, address, prefix, negated } of prefixes) {
    const bytes = family === 4 ? parseIpv4(address) : parseIpv6(address)
    if (bytes === undefined) throw writer.refuse(`${JSON.stringify(address)} is no IPv${family} address`)
    if (!Number.isInteger(prefix) || prefix < 0 || prefix > bytes.length * 8) {
      throw writer.refuse(`a prefix of ${prefix} bits`)
    }
    let size = bytes.length
    while (size > 0 && bytes[size - 1] === 0) size--
    writer.u16(family === 4 ? 1 : 2)
    writer.u8(prefix)
    writer.u8(size + (negated ? 0x80 : 0))
    writer.put(bytes.subarray(0, size))
  }
}
