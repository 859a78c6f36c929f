/** Addresses as bytes, for cookies. */
import { parseIpv4, parseIpv6 } from '../wire/addresses.ts'

const nobody = new Uint8Array(4)

/** 4 or 16 bytes of an address, without its zone; zeros where it is none. */
export function addressBytes(text: string | undefined): Uint8Array {
  if (text === undefined) return nobody
  return parseIpv4(text) ?? parseIpv6(text.replace(/%.*$/, '')) ?? nobody
}
