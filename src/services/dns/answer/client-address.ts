/** Addresses as bytes, for cookies. */
import { parseIpv4, parseIpv6 } from '../wire/addresses.ts'

const nobody = new Uint8Array(4)

/** 4 or 16 bytes of an address, without its zone; zeros where it is none. */
export function addressBytes(text: string | undefined): Uint8Array {
  if (text === undefined) return nobody
  return parseIpv4(text) ?? parseIpv6(text.replace(/%.*$/, '')) ?? nobody
}

/** Addresses that were asked for before need no reading. */
export class AddressBytes {
  readonly #known = new Map<string, Uint8Array>()
  readonly #limit: number

  constructor(limit = 4096) {
    this.#limit = limit
  }

  of(text: string | undefined): Uint8Array {
    if (text === undefined) return nobody
    let bytes = this.#known.get(text)
    if (bytes === undefined) {
      bytes = addressBytes(text)
      if (this.#known.size >= this.#limit) this.#known.clear()
      this.#known.set(text, bytes)
    }
    return bytes
  }
}
