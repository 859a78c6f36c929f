/**
 * The one owner of a server's zones: loads them, loads again what has changed, and publishes them to all lanes.
 *
 *   zone files ─▶ zones ─▶ snapshot ─▶ lanes          lanes ─▶ statistics
 *        └ with an error: the old zone stays
 */
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

import type { SharedMethods, SharedServer } from '../../../server/index.ts'
import { isLaneworkError, type LaneworkError } from '../../../core/index.ts'
import { formatName } from '../wire/name.ts'
import { ListFiles } from '../forward/list-files.ts'
import { hasPrimaries } from '../transfer/options.ts'
import { transferOwner, type TransferOwner } from '../transfer/transfer-owner.ts'
import { Zone } from '../zone/zone.ts'
import { exampleOrigin, exampleZone } from './example-zone.ts'
import { LineFile } from './line-file.ts'
import { type DnsServiceOptions, zoneFile } from './options.ts'
import { serialStep } from './serial.ts'
import { encodeZones, secretBytes } from './snapshot.ts'
import { StatisticsTable, type StatisticsRow } from './statistics.ts'
import { FolderWatch } from './watch.ts'
import { ZoneMemories } from './zone-memory.ts'
import { ZoneSource } from './zone-source.ts'

/** So many zones are looked at before others have their turn. */
const zonesATurn = 128

/** What the method `zones` of the shared part tells. */
export interface ZoneStatus {
  /** Its name; empty while it has never been loaded. */
  readonly zone: string
  readonly serial: number
  readonly names: number
  readonly records: number
  readonly imageBytes: number
  /** Where it is read from; undefined for one that has no file. */
  readonly file?: string
  /** For whom: 0 for everybody, 1 for the first of `views`. */
  readonly view: number
  /** When it was loaded, milliseconds since 1970. */
  readonly loadedMs: number
  /** Why it could not be loaded last time, with file and line: the zone before is served on. */
  readonly problem?: string
  /** What is odd about it, and no reason not to serve it. */
  readonly warning?: string
}

/** The methods of the service's `shared`. */
export async function ownZones(options: DnsServiceOptions, server: SharedServer): Promise<SharedMethods> {
  const owner = new ZoneOwner(options, server)
  await owner.start()
  return {
    /** ZoneStatus of all zones. */
    zones: () => owner.zones(),
    /** Loads what has changed; gives ZoneStatus of all zones. Throws ZONE_INVALID for the first that cannot be loaded. */
    reload: () => owner.reload(),
    /** Adds what a lane has counted: places and numbers by turns. */
    count: (counts: readonly number[]) => owner.statistics.add(counts),
    /** StatisticsRow of what was answered, the most frequent first. */
    statistics: (): StatisticsRow[] => owner.statistics.rows(),
    ...owner.transfers?.methods(),
    close: () => owner.close(),
  }
}

/** A zone and where it comes from. */
interface Held {
  readonly source: ZoneSource | undefined
  readonly view: number
  zone: Zone | undefined
  loadedMs: number
  problem: LaneworkError | undefined
  warning: string | undefined
}

export class ZoneOwner {
  readonly statistics: StatisticsTable = new StatisticsTable()
  /** Transfers and updates, where the options ask for them. */
  readonly transfers: TransferOwner | undefined
  readonly #server: SharedServer
  readonly #held: Held[]
  readonly #memories = new ZoneMemories()
  readonly #log: LineFile | undefined
  readonly #watch: FolderWatch | undefined
  readonly #lists: ListFiles
  /** Of the cookies, where the options have none. */
  readonly #secret = randomBytes(secretBytes)
  /** One reload after the other. */
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false
  /** Lanes wait for the first time, though no zone may have a file. */
  #wasPublished = false

  constructor({ zones, views = [], log, watch, transfer, forward }: DnsServiceOptions, server: SharedServer) {
    this.#server = server
    // A server of secondaries alone needs no example.
    const unlessGiven = hasPrimaries(transfer) ? [] : [example()]
    this.#held = [
      ...(zones?.map((zone) => heldOf(new ZoneSource(zoneFile(zone)), 0)) ?? unlessGiven),
      ...views.flatMap((view, at) => view.zones.map((zone) => heldOf(new ZoneSource(zoneFile(zone)), at + 1))),
    ]
    this.#lists = new ListFiles(forward)
    const { clock } = server
    this.transfers = transferOwner(
      transfer,
      clock,
      () => this.publish(),
      (text) => this.#say(text),
    )
    this.#log = log === undefined ? undefined : new LineFile({ file: log, clock })
    this.#watch = watch === true ? new FolderWatch({ clock, onChange: () => this.#lookAgain() }) : undefined
  }

  /**
   * Loads all zones, and publishes them. A server does not start with a zone that cannot be loaded: throws ZONE_INVALID. One that has
   * started goes on: the successor of a dead owner waits until all can be loaded, and lanes keep what they have.
   */
  async start(): Promise<void> {
    try {
      await this.reload()
    } catch (error) {
      if (this.#server.run === 1 || !isInvalid(error)) {
        await this.close()
        throw error
      }
    }
    this.transfers?.start()
  }

  /** Loads what has changed. Where a zone cannot be loaded the old one stays, all others are published, and then it throws. */
  async reload(): Promise<ZoneStatus[]> {
    const reload = this.#turn.then(() => this.#reload())
    this.#turn = reload.catch(() => {})
    await reload
    const bad = this.#held.find(({ problem }) => problem !== undefined)
    if (bad !== undefined) throw bad.problem!
    return this.zones()
  }

  zones(): ZoneStatus[] {
    const others = this.#common().filter((zone) => !this.#held.some((held) => held.view === 0 && isOf(held, zone)))
    const own = this.#held.map((held) => statusOf(held, this.#newest(held)))
    return [...own, ...others.map((zone) => statusOf(heldOf(undefined, 0), zone))]
  }

  /** Gives all lanes the zones as they are now; not before each has been loaded once. */
  publish(): void {
    if (this.#closed || !this.#lists.isLoaded || this.#held.some(({ zone }) => zone === undefined)) return
    this.#wasPublished = true
    const common = this.#common()
    const special = this.#held.filter(({ view }) => view > 0)
    const views = [...common.map(() => 0), ...special.map(({ view }) => view)]
    const zones = [...common, ...special.flatMap(({ zone }) => zone ?? [])]
    const snapshot = encodeZones(zones, views, (zone) => this.#memories.nameOf(zone), this.#secret)
    this.#server.publish(this.#lists.behind(snapshot))
    this.#memories.published()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#watch?.close()
    this.#memories.close()
    await this.transfers?.close()
    this.#log?.close()
  }

  /** The zones for everybody, in their newest versions. */
  #common(): readonly Zone[] {
    const zones = this.#held.flatMap(({ view, zone }) => (view === 0 && zone !== undefined ? [zone] : []))
    return this.transfers?.served(zones) ?? zones
  }

  /** Updates go beyond what the file says. */
  #newest({ view, zone }: Held): Zone | undefined {
    if (zone === undefined || view > 0) return zone
    return this.transfers?.store.get(zone.origin) ?? zone
  }

  async #reload(): Promise<void> {
    const [areNew, problem] = this.#loadLists()
    let isNew = areNew
    for (const [at, held] of this.#held.entries()) {
      if (this.#closed) return
      if (at % zonesATurn === zonesATurn - 1) await nextTurn()
      if (held.source === undefined) isNew = this.#first(held) || isNew
      else if (held.source.hasChanged() || mayPass(held.problem)) isNew = (await this.#load(held, held.source)) || isNew
    }
    this.#watch?.follow([...this.#held.flatMap(({ source }) => source?.files ?? []), ...this.#lists.files])
    if (isNew || !this.#wasPublished) {
      this.publish()
      this.transfers?.notify()
    }
    if (problem !== undefined) throw problem
  }

  /** Whether hosts files and lists are new, and why they could not be read. */
  #loadLists(): [boolean, LaneworkError | undefined] {
    try {
      return [this.#lists.reload(), undefined]
    } catch (error) {
      if (!isLaneworkError(error)) throw error
      this.#say(`lists: those before are used on: ${error.message}`)
      return [false, error]
    }
  }

  /** One without a file is published once. */
  #first(held: Held): boolean {
    const isFirst = held.loadedMs === 0
    if (isFirst) held.loadedMs = this.#server.clock.wallMs()
    return isFirst
  }

  /** True where there is another zone than before. */
  async #load(held: Held, source: ZoneSource): Promise<boolean> {
    try {
      const zone = await source.read()
      if (held.view === 0) this.transfers?.admit(zone, source.file, source.digest)
      held.warning = warningOf(held.zone, zone)
      held.problem = undefined
      held.zone = zone
      held.loadedMs = this.#server.clock.wallMs()
      const more = held.warning === undefined ? '' : `; ${held.warning}`
      this.#say(`${nameOf(held)}: serial ${zone.serial}, ${zone.image.recordCount} records of ${source.file}${more}`)
      return true
    } catch (error) {
      if (!isLaneworkError(error)) throw error
      held.problem = error
      const stays = held.zone === undefined ? 'not served' : `serial ${held.zone.serial} is served on`
      this.#say(`${nameOf(held)}: ${stays}: ${error.message}`)
      return false
    }
  }

  /** What a watched folder tells; what is wrong is said where one can see it. */
  #lookAgain(): void {
    this.reload().catch((error: unknown) => {
      if (!isLaneworkError(error)) this.#say(`zones: ${String(error)}`)
    })
  }

  #say(text: string): void {
    const time = new Date(this.#server.clock.wallMs()).toISOString()
    this.#log?.add(`${time} ${text}`)
  }
}

function heldOf(source: ZoneSource | undefined, view: number): Held {
  return { source, view, zone: undefined, loadedMs: 0, problem: undefined, warning: undefined }
}

/** The machine's fault, not the file's: a journal that another server holds, a disk that is full. */
function mayPass(problem: LaneworkError | undefined): boolean {
  return isLaneworkError(problem, 'SYSTEM_ERROR')
}

/** A file is not there, or not what it should be. */
function isInvalid(error: unknown): boolean {
  return isLaneworkError(error, 'ZONE_INVALID') || isLaneworkError(error, 'OPTION_INVALID')
}

function isOf({ zone }: Held, { origin }: Zone): boolean {
  return zone !== undefined && Buffer.compare(zone.origin, origin) === 0
}

function example(): Held {
  return { ...heldOf(undefined, 0), zone: Zone.parse(exampleZone, { origin: exampleOrigin, file: 'example' }) }
}

function nameOf({ zone, source }: Held): string {
  return zone === undefined ? `zone of ${source?.file}` : `zone ${formatName(zone.origin)}`
}

/** A secondary asks for a zone only where its serial has gone forward. */
function warningOf(before: Zone | undefined, now: Zone): string | undefined {
  if (before === undefined) return undefined
  const step = serialStep(before.serial, now.serial)
  if (step > 0) return undefined
  const what = step === 0 ? `has not changed from ${before.serial}` : `went back from ${before.serial} to ${now.serial}`
  return `its serial ${what}, so secondaries will not take it`
}

function statusOf({ source, view, loadedMs, problem, warning }: Held, zone: Zone | undefined): ZoneStatus {
  return {
    zone: zone === undefined ? '' : formatName(zone.origin),
    serial: zone?.serial ?? 0,
    names: zone?.image.nameCount ?? 0,
    records: zone?.image.recordCount ?? 0,
    imageBytes: zone?.image.bytes.length ?? 0,
    view,
    loadedMs,
    ...(source === undefined ? {} : { file: source.file }),
    ...(problem === undefined ? {} : { problem: problem.message }),
    ...(warning === undefined ? {} : { warning }),
  }
}
