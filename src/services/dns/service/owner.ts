/**
 * The one owner of a server's zones: loads them, and publishes them to all lanes.
 *
 *   zone files ─▶ zones ─▶ snapshot ─▶ lanes
 */
import type { SharedMethods, SharedServer } from '../../../server/index.ts'
import { formatName } from '../wire/name.ts'
import type { Zone } from '../zone/zone.ts'
import { loadZones } from './load-zones.ts'
import type { DnsOptions } from './options.ts'
import { encodeZones } from './snapshot.ts'

/** What the method `zones` of the shared part tells. */
export interface ZoneStatus {
  readonly zone: string
  readonly serial: number
  readonly names: number
  readonly records: number
  readonly imageBytes: number
}

/** The methods of the service's `shared`. */
export function ownZones(options: DnsOptions, server: SharedServer): SharedMethods {
  const owner = new ZoneOwner(options, server)
  owner.reload()
  return {
    zones: () => owner.zones(),
    reload: () => owner.reload(),
  }
}

export class ZoneOwner {
  readonly #options: DnsOptions
  readonly #server: SharedServer
  #zones: readonly Zone[] = []

  constructor(options: DnsOptions, server: SharedServer) {
    this.#options = options
    this.#server = server
  }

  /** Loads all zones anew; where one cannot be loaded it throws, and the old ones stay. */
  reload(): ZoneStatus[] {
    this.#zones = loadZones(this.#options)
    this.publish()
    return this.zones()
  }

  zones(): ZoneStatus[] {
    return this.#zones.map(({ origin, serial, image }) => ({
      zone: formatName(origin),
      serial,
      names: image.nameCount,
      records: image.recordCount,
      imageBytes: image.bytes.length,
    }))
  }

  /** Gives all lanes the zones as they are now. */
  publish(): void {
    this.#server.publish(encodeZones(this.#zones))
  }
}
