/**
 * Zones that this server should have and may not answer from: secondaries that have not come yet, or have expired. Lanes learn of
 * them by a zone that holds nothing but a SOA of zeros, and answer SERVFAIL.
 */
import type { Asked } from '../answer/asked.ts'
import { ZoneSet } from '../answer/zone-set.ts'
import { dnsClass } from '../wire/codes.ts'
import type { Name } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import type { ZoneImage } from '../zone/image.ts'
import { Zone } from '../zone/zone.ts'

/** Names of the root, and five numbers. */
const soaBytes = 22

/** What stands for a zone that is not there. */
export function placeholderZone(origin: Name): Zone {
  const builder = new ZoneBuilder(origin)
  builder.add({ name: origin, type: dnsType.SOA, class: dnsClass.IN, ttl: 0, data: new Uint8Array(soaBytes) })
  return new Zone(builder.build())
}

export function isPlaceholder({ image }: Zone): boolean {
  return isPlaceholderImage(image)
}

function isPlaceholderImage(image: ZoneImage): boolean {
  if (image.recordCount !== 1) return false
  const [data] = image.dataOf(image.setOf(image.apex, dnsType.SOA))
  return data !== undefined && data.length === soaBytes && data.every((byte) => byte === 0)
}

/** The zones that are not available, among all of them. */
export class UnavailableZones {
  readonly #zones: ZoneSet

  private constructor(zones: ZoneSet) {
    this.#zones = zones
  }

  /** Undefined where all zones are available, so that queries are not looked at. */
  static among(zones: readonly Zone[]): UnavailableZones | undefined {
    return zones.some(isPlaceholder) ? new UnavailableZones(new ZoneSet(zones)) : undefined
  }

  /** True where the answer would come from one of them. */
  holds({ name, type, class: ofClass }: Asked): boolean {
    if (ofClass !== dnsClass.IN || name.length === 0) return false
    const image = this.#zones.zoneOf(name, type)
    return image !== undefined && isPlaceholderImage(image)
  }
}
