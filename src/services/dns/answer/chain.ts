/** Follows a question through the zones (RFC 1034 4.3.2) and writes what it finds as a tail. */
import { dnsType } from '../wire/types.ts'
import { rcode } from '../wire/codes.ts'
import type { Name } from '../wire/name.ts'
import { nodeFlag, setBytes } from '../zone/layout.ts'
import type { ZoneImage } from '../zone/image.ts'
import { HashedName } from '../zone/name-hash.ts'
import { hostOffset } from './additional.ts'
import { found, Match } from './match.ts'
import { Proofs } from './proofs.ts'
import { section, type Tail, TailWriter } from './tail.ts'
import type { ZoneSet } from './zone-set.ts'

/** Most CNAME and DNAME records that one answer follows. */
export const chainLimit = 16

/** Types that exist beside CNAME and are answered themselves. */
const ownTypes: ReadonlySet<number> = new Set([dnsType.CNAME, dnsType.ANY, dnsType.RRSIG, dnsType.NSEC])

const plain = { signed: false }

/** Answers one question after the other; each gives a tail. */
export class Chain {
  readonly #zones: ZoneSet
  readonly #writer = new TailWriter()
  readonly #match = new Match()
  readonly #target = new HashedName()
  #dnssec = false
  #type = 0
  #aa = true
  #rcode: number = rcode.NOERROR
  #proofs: Proofs | undefined
  /** What goes into the authority section behind the answers: proofs of wildcards on the way. */
  #authority: Proofs[] = []

  constructor(zones: ZoneSet) {
    this.#zones = zones
  }

  /**
   * The tail of the answer to a question that lies in `image`, as `match` found it there; good until the next one.
   */
  tail(image: ZoneImage, name: HashedName, match: Match, type: number, dnssec: boolean, base: Name): Tail {
    this.#dnssec = dnssec
    this.#type = type
    this.#aa = true
    this.#rcode = rcode.NOERROR
    this.#authority = []
    this.#proofs = undefined
    this.#writer.begin(base)
    this.#follow(image, name, match)
    return this.#writer.last(this.#rcode, this.#aa)
  }

  #follow(start: ZoneImage, asked: HashedName, first: Match): void {
    // Most answers follow nothing.
    let visited: Name[] | undefined
    let [image, name, match, owner]: [ZoneImage, HashedName, Match, Name | undefined] = [start, asked, first, undefined]
    for (;;) {
      const target = this.#step(image, name, match, owner)
      if (target === undefined) return
      visited ??= [asked.nameFrom(0)]
      owner = target
      name = this.#target.takeName(target)
      const folded = name.nameFrom(0)
      const next = this.#zones.zoneOf(name, this.#type)
      if (
        next === undefined ||
        next.isStandIn ||
        visited.length >= chainLimit ||
        visited.some((one) => Buffer.compare(one, folded) === 0)
      ) {
        return this.#endWithProofs()
      }
      visited.push(folded)
      image = next
      match = this.#match
      match.find(image, name, this.#type)
    }
  }

  /** Writes what is found for one name; gives the name to go on with. */
  #step(image: ZoneImage, name: HashedName, match: Match, owner: Name | undefined): Name | undefined {
    if (this.#dnssec && this.#proofs?.image !== image) {
      this.#proofs = new Proofs(image)
      this.#authority.push(this.#proofs)
    }
    switch (match.kind) {
      case found.referral:
        return this.#referral(image, match.node, owner === undefined)
      case found.dname:
        return this.#dname(image, name, match.node, owner)
      case found.nothing:
        this.#rcode = rcode.NXDOMAIN
        this.#proofs?.noName(name, match.label)
        return this.#negative(image)
      default:
        return this.#data(image, name, match, owner)
    }
  }

  #data(image: ZoneImage, name: HashedName, match: Match, owner: Name | undefined): Name | undefined {
    const { node, kind, label } = match
    const type = this.#type
    const isWildcard = kind === found.wildcard
    if ((image.flagsOf(node) & nodeFlag.cname) !== 0 && !ownTypes.has(type)) {
      const at = image.setOf(node, dnsType.CNAME)
      this.#writer.set(image, at, owner, section.answer, this.#how())
      if (isWildcard && this.#dnssec) this.#proofs?.wildcard(name, label)
      return image.dataOf(at)[0]
    }
    const sets = this.#setsFor(image, node)
    if (sets.length === 0) {
      if (this.#dnssec) {
        if (isWildcard) this.#proofs?.wildcardNoData(name, label, node)
        else this.#proofs?.noData(node)
      }
      return this.#negative(image)
    }
    const withoutData = type === dnsType.RRSIG
    for (const at of sets) {
      const signed = this.#dnssec || withoutData
      this.#writer.set(image, at, owner, section.answer, withoutData ? { signed, withoutData } : { signed })
    }
    if (isWildcard && this.#dnssec) this.#proofs?.wildcard(name, label)
    this.#endWithProofs()
    for (const at of sets) this.#additional(image, at)
    return undefined
  }

  /** The sets that answer; ANY gets one of them (RFC 8482 4.1), RRSIG all that are signed. */
  #setsFor(image: ZoneImage, node: number): number[] {
    const type = this.#type
    if (type !== dnsType.ANY && type !== dnsType.RRSIG) {
      const at = image.setOf(node, type)
      return at === 0 ? [] : [at]
    }
    const sets: number[] = []
    let at = image.firstSet(node)
    for (let left = image.setCount(node); left > 0; left--) {
      sets.push(at)
      at = image.nextSet(at)
    }
    if (type === dnsType.RRSIG) return sets.filter((one) => image.signatureCount(one) > 0)
    const first = sets.find((one) => image.typeOf(one) !== dnsType.NSEC) ?? sets[0]
    return first === undefined ? [] : [first]
  }

  #referral(image: ZoneImage, cut: number, isFirst: boolean): undefined {
    if (isFirst) this.#aa = false
    const writer = this.#writer
    const name = image.nameOf(cut)
    const hosts = image.setOf(cut, dnsType.NS)
    writer.set(image, hosts, name, section.authority, plain)
    if (this.#dnssec) {
      const at = image.setOf(cut, dnsType.DS)
      if (at !== 0) writer.set(image, at, name, section.authority, { signed: true })
      else this.#proofs?.noData(cut)
    }
    this.#endWithProofs()
    const nodes = hostNodes(image, hosts)
    // Addresses that the cut cannot be followed without come first (RFC 9471).
    for (const node of nodes) if (image.coverOf(node) === cut) this.#addresses(image, node, section.glue)
    for (const node of nodes) if (image.coverOf(node) !== cut) this.#addresses(image, node, section.extra)
    return undefined
  }

  /** DNAME, and the CNAME that it means for this name (RFC 6672 3.1); where that is too long, YXDOMAIN. */
  #dname(image: ZoneImage, name: HashedName, node: number, owner: Name | undefined): Name | undefined {
    const at = image.setOf(node, dnsType.DNAME)
    const above = image.nameOf(node)
    this.#writer.set(image, at, above, section.answer, this.#how())
    const to = image.dataOf(at)[0]!
    const before = name.length - above.length
    if (before + to.length > 255) {
      this.#rcode = rcode.YXDOMAIN
      return this.#endWithProofs()
    }
    const target = new Uint8Array(before + to.length)
    target.set(name.lower.subarray(0, before))
    target.set(to, before)
    this.#writer.record(owner, dnsType.CNAME, image.ttlOf(at), target, section.answer)
    if (this.#type !== dnsType.CNAME && this.#type !== dnsType.ANY) return target
    return this.#endWithProofs()
  }

  /** The SOA with the time for which the answer may be kept (RFC 2308 3, 5), then the proofs. */
  #negative(image: ZoneImage): undefined {
    const at = image.setOf(image.apex, dnsType.SOA)
    const data = image.dataOf(at)[0]!
    const minimum = new DataView(data.buffer, data.byteOffset + data.length - 4).getUint32(0)
    const ttl = Math.min(image.ttlOf(at), minimum)
    this.#writer.set(image, at, image.origin, section.authority, { signed: this.#dnssec, ttl })
    return this.#endWithProofs()
  }

  #endWithProofs(): undefined {
    for (const proofs of this.#authority) {
      for (const node of proofs.nodes) {
        const { image } = proofs
        this.#writer.set(image, proofs.setOf(node), image.nameOf(node), section.authority, this.#how())
      }
    }
    this.#authority = []
    return undefined
  }

  /** Addresses of the hosts that a set names. */
  #additional(image: ZoneImage, at: number): void {
    for (const node of hostNodes(image, at)) this.#addresses(image, node, section.extra)
  }

  #addresses(image: ZoneImage, node: number, part: 2 | 3): void {
    const how = image.coverOf(node) === 0 ? this.#how() : plain
    for (const type of [dnsType.A, dnsType.AAAA]) {
      const at = image.setOf(node, type)
      if (at !== 0) this.#writer.set(image, at, image.nameOf(node), part, how)
    }
  }

  #how(): { signed: boolean } {
    return { signed: this.#dnssec }
  }
}

const host = new HashedName()

/** The nodes of the hosts that the set's records name, within the zone, each once. */
function hostNodes(image: ZoneImage, at: number): number[] {
  const nodes: number[] = []
  const offset = hostOffset(image.typeOf(at))
  if (offset < 0) return nodes
  let next = at + setBytes
  for (let left = image.countOf(at); left > 0; left--) {
    host.take(image.bytes, next + 2 + offset)
    next += 2 + image.bytes[next]! * 0x100 + image.bytes[next + 1]!
    if (host.count < image.originLabels) continue
    const node = image.find(host, 0)
    if (node !== 0 && !nodes.includes(node)) nodes.push(node)
  }
  return nodes
}
