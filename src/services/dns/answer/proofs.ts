/** What a signed zone adds with DO: proofs that something is not there, or that a wildcard stood in (RFC 4035 3.1.3, RFC 5155 7.2). */
import type { Name } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import { HashedName } from '../zone/name-hash.ts'
import { nsec3Covering, nsec3Of, type Nsec3Parameters, parametersOf } from './nsec3.ts'

const denied = new HashedName()

/** Collects the nodes whose NSEC or NSEC3 goes into the authority section, each once. */
export class Proofs {
  readonly image: ZoneImage
  /** In the order found. */
  readonly nodes: number[] = []
  readonly #nsec3: Nsec3Parameters | undefined

  constructor(image: ZoneImage) {
    this.image = image
    this.#nsec3 = parametersOf(image)
  }

  /** The set that a node of `nodes` proves with. */
  setOf(at: number): number {
    return this.image.setOf(at, dnsType.NSEC) || this.image.setOf(at, dnsType.NSEC3)
  }

  /** The name exists, without the type: `node` is its own. */
  noData(node: number): void {
    const { image } = this
    const name = image.nameOf(node)
    if (this.#nsec3 === undefined) return this.#nsecOf(node, name)
    const own = nsec3Of(image, this.#nsec3, name)
    if (own !== 0) return this.#add(own)
    // Opted out (RFC 5155 7.2.4, 7.2.7).
    const hashed = new HashedName().takeName(name)
    this.#closest(this.#nsec3, hashed, hashed.count === 0 ? 0 : 1)
  }

  /** The name does not exist, nor a wildcard for it; `label` is where its closest encloser begins. */
  noName(name: HashedName, label: number): void {
    const wildcard = wildcardBelow(name.nameFrom(label))
    if (this.#nsec3 === undefined) {
      this.#nsecBefore(name.nameFrom(0))
      if (wildcard !== undefined) this.#nsecBefore(wildcard)
      return
    }
    const provable = this.#closest(this.#nsec3, name, label)
    const below = wildcardBelow(name.nameFrom(provable))
    if (below !== undefined) this.#add(nsec3Covering(this.image, this.#nsec3, below))
  }

  /** A wildcard gave the answer: nothing nearer exists (RFC 4035 3.1.3.3, RFC 5155 7.2.6). */
  wildcard(name: HashedName, label: number): void {
    if (this.#nsec3 === undefined) return this.#nsecBefore(name.nameFrom(0))
    this.#add(nsec3Covering(this.image, this.#nsec3, name.nameFrom(label - 1)))
  }

  /** The wildcard that stands for the name has no such type (RFC 4035 3.1.3.4, RFC 5155 7.2.5). */
  wildcardNoData(name: HashedName, label: number, wildcard: number): void {
    if (this.#nsec3 === undefined) {
      this.#nsecBefore(name.nameFrom(0))
      return this.#nsecOf(wildcard, this.image.nameOf(wildcard))
    }
    this.#closest(this.#nsec3, name, label)
    this.#add(nsec3Of(this.image, this.#nsec3, this.image.nameOf(wildcard)))
  }

  /** The owner's own NSEC; empty non-terminals have none and are covered. */
  #nsecOf(node: number, name: Name): void {
    if (this.image.setOf(node, dnsType.NSEC) !== 0) this.#add(node)
    else this.#nsecBefore(name)
  }

  #nsecBefore(name: Name): void {
    this.#add(this.image.nsecBefore(denied.takeName(name)))
  }

  /**
   * The closest encloser that has an NSEC3, and that the next name towards ours has none (RFC 5155 7.2.1). Gives where the encloser
   * begins.
   */
  #closest(parameters: Nsec3Parameters, name: HashedName, label: number): number {
    const last = name.count - this.image.originLabels
    let own = 0
    for (; label <= last; label++) {
      own = nsec3Of(this.image, parameters, name.nameFrom(label))
      if (own !== 0) break
    }
    this.#add(own)
    if (label > 0) this.#add(nsec3Covering(this.image, parameters, name.nameFrom(label - 1)))
    return label
  }

  #add(node: number): void {
    if (node !== 0 && !this.nodes.includes(node)) this.nodes.push(node)
  }
}

/** `*` below a name; undefined where that would be too long, so that none can exist. */
function wildcardBelow(name: Name): Name | undefined {
  if (name.length > 253) return undefined
  const wildcard = new Uint8Array(name.length + 2)
  wildcard[0] = 1
  wildcard[1] = 0x2a
  wildcard.set(name, 2)
  return wildcard
}
