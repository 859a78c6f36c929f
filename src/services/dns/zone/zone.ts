/** A zone to answer from, made of text or of records. */
import { checkData, type ResourceRecord } from '../wire/record.ts'
import { formatName, type Name } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { ZoneOptions } from '../text/zone-reader.ts'
import { zoneRecords } from '../text/zone-file.ts'
import { parseName } from '../wire/name.ts'
import { type BuildOptions, ZoneBuilder } from './builder.ts'
import { ZoneImage } from './image.ts'

/** An immutable zone. Its `image` is all there is to it, and may be handed to other threads and processes. */
export class Zone {
  readonly image: ZoneImage

  /** A zone of an image, or of an image's bytes. Throws ZONE_INVALID where they are none. */
  constructor(image: ZoneImage | Uint8Array) {
    this.image = image instanceof ZoneImage ? image : new ZoneImage(image)
  }

  /**
   * A zone of a zone file (RFC 1035 5). Throws ZONE_INVALID with file, line and reason: what parseZone refuses, a zone without a SOA,
   * data outside the zone, CNAME beside other data.
   *
   * @example
   * const zone = Zone.parse('@ 3600 IN SOA ns mail 1 2h 15m 2w 1h\n  NS ns\nns A 192.0.2.1\n', { origin: 'example.' })
   */
  static parse(text: string | Uint8Array, options: ZoneOptions & BuildOptions = {}): Zone {
    return Zone.#of(zoneRecords(text, options), options, parseName(options.origin ?? '.'))
  }

  /**
   * A zone of records in any order; the owner of the first SOA is its name. Throws ZONE_INVALID, and DNS_DATA_INVALID for data that is
   * not what its type wants.
   */
  static fromRecords(records: Iterable<ResourceRecord>, options: BuildOptions = {}): Zone {
    return Zone.#of(checked(records), options, undefined)
  }

  static #of(records: Iterable<ResourceRecord>, options: BuildOptions, origin: Name | undefined): Zone {
    // Records before the SOA wait until the zone's name is known.
    const waiting: ResourceRecord[] = []
    let builder: ZoneBuilder | undefined
    for (const record of records) {
      if (builder === undefined && record.type === dnsType.SOA) {
        builder = new ZoneBuilder(record.name)
        for (const earlier of waiting) builder.add(earlier)
      }
      if (builder === undefined) waiting.push(record)
      else builder.add(record)
    }
    builder ??= new ZoneBuilder(origin ?? Uint8Array.of(0))
    return new Zone(builder.build(options))
  }

  /** The zone's name in lower case. */
  get origin(): Name {
    return this.image.origin
  }

  get serial(): number {
    return this.image.serial
  }

  /** All records; their data are views of the image. */
  records(): Iterable<ResourceRecord> {
    return this.image.records()
  }

  toString(): string {
    return `Zone(${formatName(this.origin)})`
  }
}

function* checked(records: Iterable<ResourceRecord>): Generator<ResourceRecord, void> {
  for (const record of records) {
    checkData(record.type, record.data)
    yield record
  }
}
