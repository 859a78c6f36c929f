/**
 * Keeps a clock right for as long as it is wanted: asks each server when its schedule says so, gives the clock what comes
 * back, forgets servers that fall silent, and asks at once when the machine has slept.
 *
 *   schedule ─▶ question ─▶ sample ─▶ clock ─▶ how sure it is ─▶ schedule
 */
import { networkInterfaces } from 'node:os'

import {
  checkInteger,
  Emitter,
  fail,
  isLaneworkError,
  systemClock,
  type Clock,
  type Timer,
} from '../../../core/index.ts'
import { formatAddress, resolveAddress } from '../../../io/index.ts'
import type { DisciplinedClock } from '../clock/disciplined-clock.ts'
import type { SampleFate } from '../clock/source-filter.ts'
import { ntpAddress, queryNtp, refIdOf, type NtpSample, type QueryOptions } from './query.ts'
import { burstSpacing, PollSchedule, type PollOptions } from './poll-schedule.ts'

export interface KeeperOptions extends PollOptions, Omit<QueryOptions, 'signal' | 'ticks'> {
  /** For waiting. @default the machine's */
  readonly timers?: Clock
  /** Asks a server by its resolved address; others in tests. @default queryNtp */
  readonly ask?: (address: string, options: QueryOptions) => Promise<NtpSample>
  /** In [0, 1), for intervals that are not quite even. @default Math.random */
  readonly random?: () => number
}

/** One exchange, or what came instead. */
export interface Exchanged {
  readonly server: string
  readonly sample?: NtpSample
  /** What the clock made of the sample. */
  readonly fate?: SampleFate
  readonly error?: unknown
}

/** A server as its keeper sees it. */
export interface KeptServer {
  readonly server: string
  /** `udp://192.0.2.1:123`; undefined before its name was looked up. */
  readonly address: string | undefined
  readonly asked: number
  readonly answered: number
  /** The last eight requests as bits, the newest lowest: 1 for an answer. */
  readonly reach: number
  /** Seconds from one request to the next; undefined after the server refused us for good. */
  readonly interval: number | undefined
  readonly sample: NtpSample | undefined
  /** Why the last request brought nothing; empty after one that did. */
  readonly problem: string
}

/** A server that has not answered so many requests in a row is left out of the time. */
const silenceLimit = 8
/** The clock waits no longer for a server whose first answers were lost. */
export const firstTries = 3
/** Looks for a machine that slept, milliseconds. */
const lookMs = 1_000

interface Followed {
  readonly server: string
  readonly schedule: PollSchedule
  address: string | undefined
  /** Requests, failed look-ups of the name included. */
  asked: number
  answered: number
  sample: NtpSample | undefined
  problem: string
  /** Ends its pause at once. */
  wake: () => void
}

/**
 * Starts asking when it is made, until `close`. Its timers do not keep the process. Throws OPTION_INVALID, ADDRESS_INVALID.
 *
 * @example
 * const clock = new DisciplinedClock()
 * const keeper = new ClockKeeper(clock, ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
 * clock.events.on('correction', () => console.log(clock.now()))
 */
export class ClockKeeper {
  readonly clock: DisciplinedClock
  readonly events: Emitter<{ readonly exchange: Exchanged }> = new Emitter()
  readonly #options: KeeperOptions
  readonly #timers: Clock
  readonly #followed: readonly Followed[]
  readonly #closing = new AbortController()
  readonly #ended: Promise<unknown>
  readonly #stopJumps: () => void
  readonly #looking: Timer

  constructor(clock: DisciplinedClock, servers: readonly string[], options: KeeperOptions = {}) {
    checkInteger('servers', servers.length, 1, 64)
    this.clock = clock
    this.#options = options
    this.#timers = options.timers ?? systemClock
    this.#followed = [...new Set(servers)].map((server) => {
      ntpAddress(server) // A wrong one is refused here, not with each request.
      const schedule = new PollSchedule(options)
      return { server, schedule, address: undefined, asked: 0, answered: 0, sample: undefined, problem: '', wake() {} }
    })
    clock.expect(servers)
    this.#stopJumps = clock.events.on('jump', ({ kind }) => {
      if (kind !== 'wall') this.#hurry()
    })
    this.#looking = this.#timers.every(lookMs, () => clock.look())
    this.#ended = Promise.all(this.#followed.map((followed) => this.#follow(followed)))
  }

  get servers(): readonly KeptServer[] {
    return this.#followed.map(({ schedule, server, address, asked, answered, sample, problem }) => {
      const { reach, interval } = schedule
      return { server, address, asked, answered, reach, interval, sample, problem }
    })
  }

  /** Asks no more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#looking.cancel()
    this.#stopJumps()
    this.#closing.abort()
    for (const { wake } of this.#followed) wake()
    await this.#ended
  }

  async #follow(followed: Followed): Promise<void> {
    const { signal } = this.#closing
    const { random = Math.random } = this.#options
    while (!signal.aborted) {
      await this.#exchange(followed)
      const { interval } = followed.schedule
      if (interval === undefined) return
      // Even intervals would meet whatever else is even.
      if (!signal.aborted) await this.#pause(followed, Math.max(burstSpacing, interval * (0.95 + 0.1 * random())))
    }
  }

  async #exchange(followed: Followed): Promise<void> {
    const { server, schedule } = followed
    const { ask = queryNtp, timers: _, random: __, ...query } = this.#options
    try {
      followed.asked++
      const address = followed.address ?? (await this.#lookUp(followed))
      const { signal } = this.#closing
      const sample = { ...(await ask(address, { ...query, ticks: this.clock.ticks, signal })), source: server }
      followed.answered++
      followed.sample = sample
      followed.problem = ''
      const fate = this.clock.add(sample)
      schedule.answered((seconds) => this.clock.uncertaintyAfter(server, seconds))
      this.events.emit('exchange', { server, sample, fate })
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#failed(followed, error)
    }
  }

  /** Once for long: a name may stand for many servers, whose clocks must not be mixed. */
  async #lookUp(followed: Followed): Promise<string> {
    const { server } = followed
    const address = formatAddress(await resolveAddress(ntpAddress(server)))
    const twin = this.#followed.find((other) => other !== followed && other.address === address)
    // A server under two names has one vote.
    if (twin !== undefined) {
      throw fail('ADDRESS_INVALID', { input: server, reason: `it is the same server as ${twin.server}` })
    }
    followed.address = address
    return address
  }

  #failed(followed: Followed, error: unknown): void {
    const { server, schedule } = followed
    followed.problem = error instanceof Error ? error.message : String(error)
    if (isLaneworkError(error, 'TIME_UNUSABLE') && error.detail.kiss !== '') schedule.kissed(error.detail.kiss)
    else schedule.lost()
    const isHopeless = followed.answered === 0 && followed.asked >= firstTries
    if (isHopeless) this.clock.forget(server)
    if (schedule.reach === 0 || schedule.denied !== undefined) {
      if (followed.answered > 0) this.clock.forget(server)
      // It may have moved: the name is looked up again.
      if (followed.asked >= silenceLimit) followed.address = undefined
    }
    this.events.emit('exchange', { server, error })
  }

  #pause(followed: Followed, seconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#timers.after(seconds * 1_000, resolve)
      followed.wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  /** The machine slept, and nobody knows the time: as soon as possible, in a burst. */
  #hurry(): void {
    for (const { schedule, wake } of this.#followed) {
      schedule.hurry()
      wake()
    }
  }
}

/** The reference ids by which this machine's own addresses go, loopback aside: who names one of them takes its time from here. */
export function ownRefIds(): number[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  return addresses.filter(({ internal }) => !internal).map(({ address }) => refIdOf(address))
}
