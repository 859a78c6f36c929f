/** The zones of a server, found by the end of a name. */
import { dnsType } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import { type HashedName, HashedName as Hashed, placeOf } from '../zone/name-hash.ts'
import type { Zone } from '../zone/zone.ts'

export class ZoneSet {
  readonly #table: readonly (ZoneImage | undefined)[]
  readonly #mask: number
  readonly #deepest: number

  /** Of two zones of one name the later one counts. */
  constructor(zones: Iterable<Zone>) {
    const given = [...zones]
    let size = 4
    while (size < given.length * 2) size *= 2
    this.#mask = size - 1
    const table: (ZoneImage | undefined)[] = Array.from({ length: size }, () => undefined)
    const name = new Hashed()
    let deepest = 0
    for (const { image } of given) {
      let slot = placeOf(name.takeName(image.origin).hashFrom(0), this.#mask)
      while (table[slot] !== undefined && !isOrigin(table[slot]!, name, 0)) slot = (slot + 1) & this.#mask
      table[slot] = image
      deepest = Math.max(deepest, image.originLabels)
    }
    this.#deepest = deepest
    this.#table = table
  }

  /**
   * The deepest zone that the name lies in. DS of a zone's own name is its parent's (RFC 4035 3.1.4.1), where that is here too.
   */
  zoneOf(name: HashedName, type: number): ZoneImage | undefined {
    const { count } = name
    let own: ZoneImage | undefined
    for (let label = count > this.#deepest ? count - this.#deepest : 0; label <= count; label++) {
      const image = this.#at(name, label)
      if (image === undefined) continue
      if (label > 0 || type !== dnsType.DS) return image
      own = image
    }
    return own
  }

  #at(name: HashedName, label: number): ZoneImage | undefined {
    let slot = placeOf(name.hashFrom(label), this.#mask)
    for (;;) {
      const image = this.#table[slot]
      if (image === undefined || isOrigin(image, name, name.startFrom(label))) return image
      slot = (slot + 1) & this.#mask
    }
  }
}

function isOrigin({ origin }: ZoneImage, name: HashedName, start: number): boolean {
  if (name.length - start !== origin.length) return false
  for (let at = 0; at < origin.length; at++) if (origin[at] !== name.lower[start + at]) return false
  return true
}
