/**
 * Which of a zone's chains of NSEC3 is served: while a zone changes its salt or its iterations it holds several, and only one that
 * NSEC3PARAM names is complete for sure (RFC 5155 4, 7.3, 8.2).
 */
import { dnsType } from '../wire/types.ts'
import type { RecordStore } from './record-store.ts'

export interface ServedChain {
  /** Owners of NSEC3 records in canonical order: first those of the chain, then the others. */
  readonly owners: Int32Array
  /** How many are of the chain. */
  readonly count: number
  /** Which of the apex's NSEC3PARAM records names the chain; -1 where none does. */
  readonly parameters: number
}

/** The chain of the first NSEC3PARAM that has one. `sets` are those of the zone, whose apex is node 0; `hashed` those of NSEC3 owners. */
export function servedChain(sets: RecordStore, hashed: RecordStore, owners: Int32Array): ServedChain {
  const set = sets.setOf(0, dnsType.NSEC3PARAM)
  let index = 0
  for (const parameters of set < 0 ? [] : sets.dataOf(set)) {
    // SHA-1, and no flags: others are not for servers (RFC 5155 4.1.2).
    if (parameters[0] === 1 && parameters[1] === 0) {
      const isOfChain = (node: number): boolean => isNamed(hashed, node, parameters)
      const chain = owners.filter(isOfChain)
      if (chain.length > 0) {
        const others = owners.filter((node) => !isOfChain(node))
        const all = new Int32Array(owners.length)
        all.set(chain)
        all.set(others, chain.length)
        return { owners: all, count: chain.length, parameters: index }
      }
    }
    index++
  }
  return { owners, count: 0, parameters: -1 }
}

/** True where an NSEC3 of the owner has these iterations and this salt; its flags may be any (RFC 5155 3.1.2). */
function isNamed(hashed: RecordStore, node: number, parameters: Uint8Array): boolean {
  const set = hashed.setOf(node, dnsType.NSEC3)
  if (set < 0) return false
  for (const data of hashed.dataOf(set)) {
    let isSame = data[0] === parameters[0]
    // Iterations (2), size of the salt (1), salt.
    for (let at = 2; isSame && at < 5 + parameters[4]!; at++) isSame = data[at] === parameters[at]
    if (isSame) return true
  }
  return false
}
