/** Where a name leads to in a zone (RFC 1034 4.3.2 step 3), without making anything. */
import { dnsType } from '../wire/types.ts'
import { nodeFlag } from '../zone/layout.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { HashedName } from '../zone/name-hash.ts'

export const found = {
  /** The name exists: `node` is its own. */
  data: 0,
  /** It lies at or below a cut: `node` is the cut's. */
  referral: 1,
  /** It lies below a DNAME: `node` owns that. */
  dname: 2,
  /** It does not exist, and `node` is the wildcard that stands for it. */
  wildcard: 3,
  /** It does not exist: `node` is the closest encloser. */
  nothing: 4,
} as const
export type Found = (typeof found)[keyof typeof found]

/** Filled anew by each search. */
export class Match {
  kind: Found = found.nothing
  node = 0
  /** The closest encloser: the deepest ancestor that exists, or the name itself. */
  encloser = 0
  /** How many labels the name has in front of the closest encloser's. */
  label = 0

  /** Searches a zone that the name lies in. */
  find(image: ZoneImage, name: HashedName, type: number): void {
    let label = image.firstLabel(name)
    let at = 0
    const top = name.count - image.originLabels - 1
    if (top > label) {
      // What lies right below the origin ends most searches for longer names: it is not there, or delegated.
      at = image.find(name, top)
      if (at !== 0 && image.coverOf(at) === at) {
        this.encloser = this.node = at
        this.label = top
        this.kind = found.referral
        return
      }
      if (at !== 0) at = 0
      else {
        at = image.apex
        label = top + 1
      }
    }
    if (at === 0) at = image.find(name, label)
    while (at === 0) at = image.find(name, ++label)
    this.encloser = at
    this.label = label
    this.node = at
    const cover = image.coverOf(at)
    if (cover !== 0 && !(type === dnsType.DS && cover === at && label === 0)) {
      this.node = cover
      // Cuts cover themselves, owners of DNAME do not.
      this.kind = image.coverOf(cover) === cover ? found.referral : found.dname
      return
    }
    if (label === 0) {
      this.kind = found.data
      return
    }
    if ((image.flagsOf(at) & nodeFlag.dname) !== 0) {
      this.kind = found.dname
      return
    }
    const wildcard = image.wildcardOf(at)
    this.kind = wildcard === 0 ? found.nothing : found.wildcard
    if (wildcard !== 0) this.node = wildcard
  }
}
