/**
 * The one owner of a server's zones: loads them, and publishes them to all lanes.
 *
 *   zone files ─▶ zones ─▶ snapshot ─▶ lanes
 */
import type { SharedMethods, SharedServer } from '../../../server/index.ts'
import { formatName } from '../wire/name.ts'
import { transferOwner, type TransferOwner } from '../transfer/transfer-owner.ts'
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
  owner.start()
  return {
    zones: () => owner.zones(),
    reload: () => owner.reload(),
    ...owner.transfers?.methods(),
    close: () => owner.transfers?.close(),
  }
}

export class ZoneOwner {
  readonly #options: DnsOptions
  readonly #server: SharedServer
  /** Transfers and updates, where the options ask for them. */
  readonly transfers: TransferOwner | undefined
  #zones: readonly Zone[] = []

  constructor(options: DnsOptions, server: SharedServer) {
    this.#options = options
    this.#server = server
    this.transfers = transferOwner(options.transfer, server.clock, () => this.publish())
  }

  start(): void {
    this.reload()
    this.transfers?.start()
  }

  /** Loads all zones anew; where one cannot be loaded it throws, and the old ones stay. */
  reload(): ZoneStatus[] {
    this.#zones = loadZones(this.#options, (zone, file, digest) => this.transfers?.admit(zone, file, digest) ?? zone)
    this.publish()
    this.transfers?.notify()
    return this.zones()
  }

  zones(): ZoneStatus[] {
    return this.#served().map(({ origin, serial, image }) => ({
      zone: formatName(origin),
      serial,
      names: image.nameCount,
      records: image.recordCount,
      imageBytes: image.bytes.length,
    }))
  }

  /** Gives all lanes the zones as they are now. */
  publish(): void {
    this.#server.publish(encodeZones(this.#served()))
  }

  #served(): readonly Zone[] {
    return this.transfers?.served(this.#zones) ?? this.#zones
  }
}
