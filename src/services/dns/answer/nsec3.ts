/** NSEC3 owners of names (RFC 5155): the hash of a name, and the records that match or cover it. */
import { createHash } from 'node:crypto'

import type { Name } from '../wire/name.ts'
import type { ZoneImage } from '../zone/image.ts'
import { HashedName } from '../zone/name-hash.ts'

/** How a zone hashes: more rounds, and a salt (RFC 5155 3.1). */
export interface Nsec3Parameters {
  readonly iterations: number
  readonly salt: Uint8Array
}

const hashed = new HashedName()
const digits = Buffer.from('0123456789abcdefghijklmnopqrstuv', 'latin1')

/** SHA-1 of the folded name and the salt, again with the salt for each iteration (RFC 5155 5). */
export function nsec3Hash(name: Name, { iterations, salt }: Nsec3Parameters): Uint8Array {
  let hash: Uint8Array = createHash('sha1').update(name).update(salt).digest()
  for (let round = 0; round < iterations; round++) hash = createHash('sha1').update(hash).update(salt).digest()
  return hash
}

/** The name that owns the NSEC3 of a hash: 32 digits in base32 (RFC 4648 7) below the zone's name. */
export function nsec3Owner(hash: Uint8Array, origin: Name): Name {
  const owner = new Uint8Array(33 + origin.length)
  owner[0] = 32
  let [bits, held, at] = [0, 0, 1]
  for (const byte of hash) {
    held = held * 256 + byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      owner[at++] = digits[held >>> bits]!
      held &= (1 << bits) - 1
    }
  }
  owner.set(origin, 33)
  return owner
}

/** The parameters of the chain that the zone serves; undefined where it has none. */
export function parametersOf(image: ZoneImage): Nsec3Parameters | undefined {
  const data = image.nsec3Parameters
  return data && { iterations: data[2]! * 0x100 + data[3]!, salt: data.subarray(5, 5 + data[4]!) }
}

/** The NSEC3 of the name itself, or else 0. */
export function nsec3Of(image: ZoneImage, parameters: Nsec3Parameters, name: Name): number {
  const owner = nsec3Owner(nsec3Hash(name, parameters), image.origin)
  const at = image.nsec3Before(hashed.takeName(owner))
  return at !== 0 && Buffer.compare(image.nameOf(at), owner) === 0 ? at : 0
}

/** The NSEC3 whose span holds the name's hash. */
export function nsec3Covering(image: ZoneImage, parameters: Nsec3Parameters, name: Name): number {
  return image.nsec3Before(hashed.takeName(nsec3Owner(nsec3Hash(name, parameters), image.origin)))
}
