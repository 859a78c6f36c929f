/**
 * What lanes get for zones that this server should have and may not answer from: secondaries that have not come yet, or have expired.
 * It holds nothing but a SOA of zeros, and its answers are SERVFAIL.
 */
import { dnsClass } from '../wire/codes.ts'
import type { Name } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import { Zone } from '../zone/zone.ts'

/** Two names, both the root, and five numbers. */
const soaBytes = 22

export function standIn(origin: Name): Zone {
  const builder = new ZoneBuilder(origin)
  builder.add({ name: origin, type: dnsType.SOA, class: dnsClass.IN, ttl: 0, data: new Uint8Array(soaBytes) })
  return new Zone(builder.build())
}
