/**
 * A zone that comes from elsewhere, as its SOA says (RFC 1034 4.3.5, RFC 1996): asked for after `refresh`, after `retry` where that
 * failed, believed until `expire` after the primary was last asked with success.
 *
 *   wait ─ refresh, retry or NOTIFY ─▶ serial ─ newer ─▶ fetch ─ whole ─▶ committed ─▶ wait
 *                                        │ same ─▶ noted ─▶ wait          │ broken: the old zone stays ─▶ wait (retry)
 *
 * Of what is being fetched nobody sees anything. All waiting is on a clock.
 */
import { isLaneworkError, type Clock, type Timer } from '../../../core/index.ts'
import type { Zone } from '../zone/zone.ts'
import type { Exchange } from './exchange.ts'
import type { OtherServer, ZonePolicy } from './options.ts'
import type { Received } from './receive-zone.ts'
import { isNewer, type SoaTimes, soaOf, soaTimes } from './serial.ts'
import type { ZoneStore } from './zone-store.ts'

export interface SecondaryOptions {
  readonly policy: ZonePolicy
  readonly store: ZoneStore
  readonly clock: Clock
  readonly exchange: Exchange
  /** Awaited before each look at a primary, so that not all zones look at once; gives what is called afterwards. */
  readonly turn: () => Promise<() => void>
  /** There is a new version, or the zone has expired or come back. */
  readonly onChange: (zone: Zone | undefined) => void
  /** What went wrong, for people. */
  readonly onProblem: (problem: unknown) => void
}

export interface SecondaryStatus {
  readonly state: 'waiting' | 'refreshing'
  readonly serial: number | undefined
  readonly expired: boolean
  /** Milliseconds since 1970. */
  readonly seenMs: number | undefined
  readonly problem: string | undefined
  /** How the last version came: whole, or as changes. */
  readonly came: 'zone' | 'changes' | undefined
}

/** Without a zone yet there is no SOA to say how often to ask. */
const [firstRetryMs, lastRetryMs] = [10_000, 3_600_000]
/** The clock may be set meanwhile, so the moment of expiry is looked at now and then. */
const longestWaitMs = 3_600_000
/** Notifications that come together are one. */
const notifyGapMs = 1_000
/** Who notified may know more than who is asked: behind one address there may be several servers. */
const looksForTold = 5

export class Secondary {
  readonly #options: SecondaryOptions
  readonly #abort = new AbortController()
  #timer: Timer | undefined
  #expiry: Timer | undefined
  #refreshing: Promise<void> | undefined
  #again = false
  #expired = false
  #failures = 0
  /** The last serial that was told of, and how often it is looked for where the primaries do not have it yet. */
  #told: number | undefined
  #looksLeft = 0
  #problem: string | undefined
  #came: 'zone' | 'changes' | undefined
  #endedMs = -Infinity

  constructor(options: SecondaryOptions) {
    this.#options = options
    this.#expired = this.#isTooOld()
  }

  /** The zone may not be served: there is none yet, or nobody knows whether it still holds. */
  get isUnavailable(): boolean {
    return this.#expired || this.#zone === undefined
  }

  /** Asks at once: what happened while this server was not there it does not know. */
  start(): void {
    this.#waitForExpiry()
    this.refresh()
  }

  /** A primary says that it has this version, or any; false where that is known already. */
  notified(serial: number | undefined): boolean {
    const zone = this.#zone
    if (!this.#expired && zone !== undefined && serial !== undefined && !isNewer(serial, zone.serial)) return false
    this.#told = serial
    this.#looksLeft = looksForTold
    if (this.#refreshing !== undefined) {
      this.#again = true
      return true
    }
    const sinceMs = this.#options.clock.monotonicMs() - this.#endedMs
    if (sinceMs >= notifyGapMs) this.refresh()
    else this.#wait(notifyGapMs - sinceMs)
    return true
  }

  /** Looks at the primaries now; one look at a time. */
  refresh(): void {
    if (this.#abort.signal.aborted || this.#refreshing !== undefined) return
    this.#timer?.cancel()
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = undefined
      this.#endedMs = this.#options.clock.monotonicMs()
      this.#next()
    })
  }

  status(): SecondaryStatus {
    return {
      state: this.#refreshing === undefined ? 'waiting' : 'refreshing',
      serial: this.#zone?.serial,
      expired: this.#expired,
      seenMs: this.#options.store.seenMs(this.#options.policy.origin),
      problem: this.#problem,
      came: this.#came,
    }
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    this.#timer?.cancel()
    this.#expiry?.cancel()
    await this.#refreshing
  }

  get #zone(): Zone | undefined {
    return this.#options.store.get(this.#options.policy.origin)
  }

  get #times(): SoaTimes | undefined {
    const zone = this.#zone
    return zone === undefined ? undefined : soaTimes(soaOf(zone).data)
  }

  async #refresh(): Promise<void> {
    const done = await this.#options.turn()
    try {
      if (this.#abort.signal.aborted) return
      const before = this.#zone
      await this.#lookAll()
      this.#failures = 0
      this.#problem = undefined
      const wasExpired = this.#expired
      this.#expired = false
      if (wasExpired || this.#zone !== before) this.#options.onChange(this.#zone)
    } catch (error) {
      if (this.#abort.signal.aborted) return
      this.#failures++
      this.#problem = isLaneworkError(error) ? error.message : String(error)
      this.#options.onProblem(error)
      this.#expire()
    } finally {
      done()
      this.#waitForExpiry()
    }
  }

  /** The first primary that gives an answer is believed; throws what the last one came to. */
  async #lookAll(): Promise<void> {
    let last: unknown
    for (const primary of this.#options.policy.primaries) {
      try {
        return await this.#look(primary)
      } catch (error) {
        if (this.#abort.signal.aborted) throw error
        last = error
      }
    }
    throw last
  }

  async #look(primary: OtherServer): Promise<void> {
    const { policy, store, exchange, clock } = this.#options
    const { signal } = this.#abort
    const here = this.#zone
    if (here !== undefined) {
      const serial = await exchange.serialAt(primary, policy.origin, signal)
      // A primary that lags behind another one is no reason to go back.
      if (serial !== undefined && !isNewer(serial, here.serial)) return store.note(policy.origin, clock.wallMs())
      // It is there, so a transfer that fails is tried again soon.
      if (serial !== undefined && this.#told !== serial) [this.#told, this.#looksLeft] = [serial, looksForTold]
    }
    const received = await this.#fetch(primary, here)
    try {
      this.#commit(received, here)
    } catch (error) {
      // Changes that do not fit what is here: the whole zone does (RFC 1995 4).
      if (received.kind !== 'changes' || !isLaneworkError(error, 'ZONE_INVALID')) throw error
      this.#commit(await exchange.fetch(primary, policy, undefined, signal), here)
    }
  }

  /** Who knows no IXFR, or none that can be read, may know AXFR (RFC 1995 2). */
  async #fetch(primary: OtherServer, here: Zone | undefined): Promise<Received> {
    const { policy, exchange } = this.#options
    const { signal } = this.#abort
    try {
      return await exchange.fetch(primary, policy, here, signal)
    } catch (error) {
      if (here === undefined || signal.aborted || !isLaneworkError(error, 'TRANSFER_FAILED')) throw error
      return exchange.fetch(primary, policy, undefined, signal)
    }
  }

  #commit(received: Received, here: Zone | undefined): void {
    if (this.#abort.signal.aborted) return
    const { policy, store, clock } = this.#options
    const now = clock.wallMs()
    const isOld = received.kind === 'zone' && here !== undefined && !isNewer(received.zone.serial, here.serial)
    if (received.kind === 'current' || isOld) return store.note(policy.origin, now)
    if (received.kind === 'zone') store.replace(policy.origin, received.zone, now)
    else store.apply(policy.origin, received.changes, { seenMs: now })
    this.#came = received.kind
  }

  #next(): void {
    if (this.#abort.signal.aborted) return
    if (this.#again) {
      this.#again = false
      return this.#wait(notifyGapMs)
    }
    const { policy } = this.#options
    const times = this.#times
    const isBehind = times !== undefined && this.#told !== undefined && isNewer(this.#told, times.serial)
    if ((isBehind || this.#failures > 0) && this.#looksLeft > 0) {
      this.#looksLeft--
      return this.#wait(notifyGapMs * 2 ** (looksForTold - this.#looksLeft))
    }
    const isFailing = this.#failures > 0
    const unknownMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(16, Math.max(0, this.#failures - 1)))
    const wishMs = times === undefined ? unknownMs : (isFailing ? times.retry : times.refresh) * 1000
    this.#wait(Math.max(policy.leastRefreshMs, Math.min(wishMs, this.#expiryMs())))
  }

  /** While it fails, the moment of expiry is not slept through. */
  #expiryMs(): number {
    const times = this.#times
    const seenMs = this.#options.store.seenMs(this.#options.policy.origin)
    if (times === undefined || seenMs === undefined || this.#expired) return Infinity
    return Math.max(0, seenMs + times.expire * 1000 - this.#options.clock.wallMs()) + 1
  }

  #wait(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(delayMs, () => this.refresh())
  }

  /** Of its own: a primary that answers nothing may hold up a look, or those that wait for their turn, for longer. */
  #waitForExpiry(): void {
    this.#expiry?.cancel()
    const delayMs = Math.min(this.#expiryMs(), longestWaitMs)
    if (this.#abort.signal.aborted || this.#expired) return
    this.#expiry = this.#options.clock.after(delayMs, () => {
      try {
        this.#expire()
      } catch (error) {
        this.#options.onProblem(error)
      }
      this.#waitForExpiry()
    })
  }

  #expire(): void {
    if (this.#expired || !this.#isTooOld()) return
    this.#expired = true
    this.#options.onChange(undefined)
  }

  #isTooOld(): boolean {
    const times = this.#times
    const seenMs = this.#options.store.seenMs(this.#options.policy.origin)
    if (times === undefined) return false
    return seenMs === undefined || this.#options.clock.wallMs() - seenMs > times.expire * 1000
  }
}
