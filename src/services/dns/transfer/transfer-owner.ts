/**
 * What the one owner does about transfers: it keeps versions and journals, makes updates, follows primaries, notifies.
 *
 *   zone file ─▶ admit ─┐
 *   lanes: update ──────┼─▶ store, journal ─▶ publish ─▶ NOTIFY
 *   primaries ──────────┘
 */
import { join } from 'node:path'

import { isLaneworkError, type Clock, type Timer } from '../../../core/index.ts'
import type { SharedMethods } from '../../../server/index.ts'
import { dnsClass, edeCode, opcode, rcode } from '../wire/codes.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import { ednsOptionOf } from '../wire/edns-options.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { EdnsOption, Message } from '../wire/message-types.ts'
import { formatName, lowerName, type Name, parseName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { encodeChanges } from './change-list.ts'
import { type Exchange, NetworkExchange } from './exchange.ts'
import { Notifier } from './notifier.ts'
import { type TransferOptions, type TransferPolicy, transferPolicy, type ZonePolicy } from './options.ts'
import { Secondary, type SecondaryStatus } from './secondary.ts'
import { answerTo, isTooLong } from './send-zone.ts'
import { standIn } from './stand-in.ts'
import { Turns } from './turns.ts'
import { updateZone } from './update.ts'
import { ZoneStore } from './zone-store.ts'

export interface TransferOwnerOptions {
  readonly clock: Clock
  /** Gives all lanes the zones as they are now. */
  readonly publish: () => void
  /** Told in words what went wrong. */
  readonly report?: (text: string) => void
  /** @default the machine's disk */
  readonly store?: ZoneStore
  /** @default the machine's network */
  readonly exchange?: Exchange
}

/** What the method `transfers` tells of a secondary zone. */
export interface TransferStatus extends SecondaryStatus {
  readonly zone: string
}

/** What an update came to; who sent it is told the reason where it is about the zone. */
interface Outcome {
  readonly code: number
  readonly reason?: string | undefined
  readonly told?: boolean
}

/** Looks at primaries at the same time. */
const looksAtOnce = 8
/** A zone file that counts as soon as this server may write the journal. */
interface WaitingFile {
  readonly zone: Zone
  readonly file: string
  readonly digest: string
}

/** How often a journal that another server writes is looked at. */
const takeOverMs = 1_000

export class TransferOwner {
  readonly store: ZoneStore
  readonly #policy: TransferPolicy
  readonly #options: TransferOwnerOptions
  readonly #notifier: Notifier
  readonly #secondaries = new Map<string, Secondary>()
  readonly #told = new Map<string, number>()
  readonly #looks = new Turns(looksAtOnce)
  readonly #waiting = new Map<string, WaitingFile>()
  #timer: Timer | undefined
  #started = false
  /** What was last told of journals that cannot be taken over: it is tried each second, and told once. */
  #lastProblem: string | undefined

  /** Secondaries begin with what their journals hold. Throws SYSTEM_ERROR and ZONE_INVALID where one cannot be read. */
  constructor(policy: TransferPolicy, options: TransferOwnerOptions) {
    this.#policy = policy
    this.#options = options
    this.store = options.store ?? new ZoneStore()
    const exchange = options.exchange ?? new NetworkExchange(policy.keys, options.clock)
    this.#notifier = new Notifier(exchange, options.clock, (text) => this.#report(text))
    for (const [name, zone] of policy.zones) {
      if (zone.primaries.length === 0) continue
      this.store.open(zone.origin, this.#journalOf(zone, undefined))
      this.#secondaries.set(name, this.#secondary(zone, exchange))
    }
  }

  /**
   * Takes a zone as its file has it, which has this digest (SHA-256, hexadecimal); gives the version to serve: that of the journal,
   * where there is one and the file does not say more. Throws SYSTEM_ERROR and ZONE_INVALID for a journal that cannot be read.
   */
  admit(zone: Zone, file: string, digest: string): Zone {
    const { origin } = zone
    const policy = this.#policy.zones.get(formatName(origin))
    if (policy !== undefined && policy.primaries.length > 0) {
      this.#report(`${file} is passed over: ${formatName(origin)} comes from its primaries`)
      return this.store.get(origin) ?? standIn(origin)
    }
    this.store.open(origin, policy === undefined ? undefined : this.#journalOf(policy, file))
    const verdict = this.store.file(origin, zone, digest)
    if (verdict === 'waiting') this.#waiting.set(formatName(origin), { zone, file, digest })
    else this.#waiting.delete(formatName(origin))
    this.#takeOver()
    if (verdict === 'stale') {
      this.#report(
        `${file} was changed, and its serial ${zone.serial} is not above ${this.store.get(origin)!.serial} of the journal, ` +
          'which counts: raise it',
      )
    }
    return this.store.get(origin) ?? zone
  }

  /** What to publish of zones of files: their newest versions, those that come from primaries, and what stands for missing ones. */
  served(zones: readonly Zone[]): Zone[] {
    const own = zones.filter(({ origin }) => !this.#secondaries.has(formatName(origin)))
    return [...own.map((zone) => this.store.get(zone.origin) ?? zone), ...this.#fromPrimaries()]
  }

  /** What lanes and operators call. */
  methods(): SharedMethods {
    return {
      update: (bytes: Uint8Array, host: string, key?: string) => this.update(bytes, host, key),
      notified: (zone: string, serial?: number) => this.notified(zone, serial),
      changes: (zone: string, from: number, to: number) => this.changes(zone, from, to),
      transfers: () => this.transfers(),
      refresh: (zone: string) => this.refresh(zone),
    }
  }

  #fromPrimaries(): Zone[] {
    return [...this.#secondaries].map(([name, secondary]) => {
      const origin = parseName(name)
      return secondary.isUnavailable ? standIn(origin) : this.store.get(origin)!
    })
  }

  /** Begins to follow primaries, and tells others of the zones that are there. */
  start(): void {
    for (const secondary of this.#secondaries.values()) secondary.start()
    this.notify()
    this.#started = true
    this.#takeOver()
  }

  /** A server before this one may still write journals: what it acknowledged at last is served here too. */
  #takeOver(): void {
    if (!this.#started || this.#timer !== undefined) return
    if (!this.store.isWaiting && this.#waiting.size === 0) return
    this.#timer = this.#options.clock.after(takeOverMs, () => {
      this.#timer = undefined
      let problem: string | undefined
      const onProblem = (error: unknown): void => {
        problem = textOf(error)
        if (problem !== this.#lastProblem) this.#report(`a journal is not taken over yet: ${problem}`)
      }
      try {
        const isNew = this.store.takeOver(onProblem)
        if (this.#admitWaiting(onProblem) || isNew) this.#changed()
      } catch (error) {
        onProblem(error)
      }
      this.#lastProblem = problem
      this.#takeOver()
    })
  }

  /** True where a file that had to wait made another version. */
  #admitWaiting(onProblem: (problem: unknown) => void): boolean {
    let isNew = false
    for (const { zone, file, digest } of this.#waiting.values()) {
      const before = this.store.get(zone.origin)
      try {
        this.admit(zone, file, digest)
      } catch (error) {
        onProblem(error)
      }
      isNew ||= this.store.get(zone.origin) !== before
    }
    return isNew
  }

  /** Tells of the versions that were not told of yet. */
  notify(): void {
    for (const [name, { origin, notify }] of this.#policy.zones) {
      const zone = this.store.get(origin)
      if (zone === undefined || notify.length === 0 || this.#told.get(name) === zone.serial) continue
      this.#told.set(name, zone.serial)
      this.#notifier.notify(zone, notify)
    }
  }

  /** For lanes: makes a dynamic update whose signature, if any, holds; gives the answer. Never throws. */
  update(bytes: Uint8Array, host: string, keyName: string | undefined): Uint8Array {
    const message = decodeMessage(bytes)
    const { code, reason, told } = this.#update(message, host, keyName)
    if (reason !== undefined) this.#report(`update from ${host}: ${reason}`)
    const { id, rd, questions, edns } = message
    const request = { id, rd, opcode: opcode.UPDATE, question: questions[0], edns: edns !== undefined }
    return encodeMessage(answerTo(request, code, [], told === true && reason !== undefined ? explained(reason) : []))
  }

  #update(message: Message, host: string, keyName: string | undefined): Outcome {
    const [section, ...more] = message.questions
    if (section === undefined || more.length > 0 || section.type !== dnsType.SOA) return { code: rcode.FORMERR }
    const zone = section.class === dnsClass.IN ? this.store.get(section.name) : undefined
    const policy = this.#policy.zones.get(formatName(lowerName(section.name)))
    if (zone === undefined) return { code: policy === undefined ? rcode.NOTAUTH : rcode.REFUSED }
    const key = keyName === undefined ? undefined : this.#policy.keys.get(keyName)
    if (policy?.update.allows(host, key) !== true) return { code: rcode.REFUSED }
    const result = updateZone(zone, message)
    const { change, reason } = result
    if (change === undefined || result.zone === undefined) return { code: result.rcode, reason, told: true }
    if (change.added.some((record) => isTooLong(zone.origin, record))) {
      return { code: rcode.REFUSED, reason: 'a record is too long to be transferred', told: true }
    }
    try {
      this.store.apply(zone.origin, [change], { zone: result.zone })
    } catch (error) {
      return { code: rcode.SERVFAIL, reason: textOf(error) }
    }
    this.#changed()
    return { code: rcode.NOERROR }
  }

  /** For lanes: somebody who may has notified. */
  notified(zone: string, serial: number | undefined): boolean {
    return this.#secondaries.get(zone)?.notified(serial) ?? false
  }

  /** For lanes: the changes between two versions as bytes; undefined where they are not known, or longer than the zone. */
  changes(zone: string, fromSerial: number, toSerial: number): Uint8Array | undefined {
    const origin = parseName(zone)
    const changes = this.store.changes(origin, fromSerial)
    const end = changes?.findIndex(({ to }) => to === toSerial) ?? -1
    if (changes === undefined || end === -1) return undefined
    const bytes = encodeChanges(changes.slice(0, end + 1))
    return bytes.length > (this.store.get(origin)?.image.bytes.length ?? 0) ? undefined : bytes
  }

  /** For operators: asks the primaries of a zone now. False where it has none. */
  refresh(zone: string): boolean {
    const secondary = this.#secondaries.get(formatName(lowerName(parseName(zone))))
    secondary?.refresh()
    return secondary !== undefined
  }

  transfers(): TransferStatus[] {
    return [...this.#secondaries].map(([zone, secondary]) => Object.assign({ zone }, secondary.status()))
  }

  async close(): Promise<void> {
    this.#notifier.stop()
    this.#timer?.cancel()
    this.#started = false
    await Promise.all([...this.#secondaries.values()].map((secondary) => secondary.stop()))
    this.store.close()
  }

  #secondary(policy: ZonePolicy, exchange: Exchange): Secondary {
    return new Secondary({
      policy,
      exchange,
      store: this.store,
      clock: this.#options.clock,
      turn: () => this.#looks.take(),
      onChange: () => this.#changed(),
      onProblem: (problem) => this.#report(textOf(problem)),
    })
  }

  #changed(): void {
    this.#options.publish()
    this.notify()
  }

  /** Updates and transfers are written down; what a file says alone is not. */
  #journalOf({ origin, journal, update, primaries }: ZonePolicy, file: string | undefined): string | undefined {
    if (journal !== undefined) return journal
    if (update.isEmpty && primaries.length === 0) return undefined
    const { stateDir } = this.#policy
    if (stateDir !== undefined) return join(stateDir, `${fileNameOf(origin)}.journal`)
    return file === undefined ? undefined : `${file}.journal`
  }

  #report(text: string): void {
    this.#options.report?.(text)
  }
}

/** Why, for who understands it (RFC 8914). */
function explained(reason: string): EdnsOption[] {
  return [ednsOptionOf({ option: 'EDE', code: edeCode.Other, text: reason })]
}

/** What the options ask for; undefined where they ask for nothing. */
export function transferOwner(
  options: TransferOptions | undefined,
  clock: Clock,
  publish: () => void,
  report?: (text: string) => void,
): TransferOwner | undefined {
  if (options === undefined) return undefined
  return new TransferOwner(transferPolicy(options), { clock, publish, ...(report === undefined ? {} : { report }) })
}

/** The name as a file's: letters, digits and hyphens as they are, all else as its number. */
function fileNameOf(origin: Name): string {
  const text = Buffer.from(formatName(origin), 'latin1').toString('latin1')
  return text === '.'
    ? 'root'
    : text.slice(0, -1).replace(/[^a-z0-9.-]|^\./g, (one) => `%${one.charCodeAt(0).toString(16)}`)
}

function textOf(problem: unknown): string {
  return isLaneworkError(problem) || problem instanceof Error ? problem.message : String(problem)
}
