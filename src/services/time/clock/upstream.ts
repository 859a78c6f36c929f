/**
 * What a service's `shared()` runs to take the time from servers upstream: one clock for all lanes, kept by asking the servers, and
 * published to the lanes whenever it is corrected. Lanes read it by `sharedSource`.
 */
import { checkInteger, checkNumber, fail, type Timer } from '../../../core/index.ts'
import type { SharedMethods, SharedServer } from '../../../server/index.ts'
import { ClockKeeper, ownRefIds, type KeeperOptions, type KeptServer } from '../client/clock-keeper.ts'
import { ntpAddress } from '../client/query.ts'
import { PollSchedule, type PollOptions } from '../client/poll-schedule.ts'
import { DisciplinedClock, type ClockSource, type DisciplinedClockOptions } from './disciplined-clock.ts'
import { bootId, readDriftFile, writeDriftFile } from './drift-file.ts'
import { encodeSnapshot } from './snapshot.ts'
import { ticksOf } from './ticks.ts'
import type { SourceState } from './types.ts'

export interface UpstreamOptions extends PollOptions {
  /** `HOST`, `HOST:PORT` or `udp://HOST:PORT`; four find a liar among them. 1 to 64. */
  readonly servers: readonly string[]
  /** Where the clock's frequency outlives the process and the machine's power. @default nowhere */
  readonly driftFile?: string
  /** So many servers must agree before they are believed. @default 1 */
  readonly atLeast?: number
  /** Root distance beyond which a server is not believed, seconds. @default 3 */
  readonly maximumDistance?: number
}

/** For tests: what asks, and the clocks. */
export type UpstreamParts = Pick<KeeperOptions, 'ask' | 'random' | 'network'> & Pick<DisciplinedClockOptions, 'ticks'>

/** What the method `upstream` of the shared part tells. */
export interface UpstreamStatus {
  readonly state: Omit<SourceState, 'refTimeNs'>
  /** How far the system's clock is behind, seconds. */
  readonly wallBehind: number
  /** Of the machine's counter, seconds a second. */
  readonly frequency: number
  readonly steps: number
  readonly servers: readonly (Omit<KeptServer, 'sample'> & Partial<ClockSource>)[]
  /** Why the drift file could not be written the last time; empty if it could. */
  readonly driftFileProblem: string
}

/** The drift file is written first after a minute, then so often, and at the end. */
const firstSaveMs = 60_000
const saveMs = 1_800_000
/** A frequency known no better than this is not worth a file, seconds a second. */
const worthSaving = 20e-6

/**
 * Makes the `shared` hook of a service. Its methods: `upstream()` gives an UpstreamStatus. Throws OPTION_INVALID, ADDRESS_INVALID.
 *
 * @example
 * const shared = upstreamShared({ servers: ['192.0.2.1', '192.0.2.2'], driftFile: '/var/lib/app/drift' })
 * let time: TimeSource
 * service({ name: 'clock', shared, start: (lane) => { time = sharedSource(lane.shared) }, message: () => String(time.nowNs()) })
 */
export function upstreamShared(
  options: UpstreamOptions,
  parts: UpstreamParts = {},
): (server: SharedServer) => Promise<SharedMethods> {
  checkUpstream(options)
  return async (server) => {
    const kept = new UpstreamClock(options, parts, server)
    await kept.start()
    return { upstream: () => kept.status(), close: () => kept.close() }
  }
}

/** Refuses wrong options where they are given, not first in the process that asks. */
function checkUpstream({ servers, driftFile, atLeast, maximumDistance, ...poll }: UpstreamOptions): void {
  checkInteger('servers', servers.length, 1, 64)
  for (const server of servers) ntpAddress(server)
  if (atLeast !== undefined) checkInteger('atLeast', atLeast, 1, servers.length)
  if (maximumDistance !== undefined) checkNumber('maximumDistance', maximumDistance, 0, 16)
  if (driftFile === '') throw fail('OPTION_INVALID', { option: 'driftFile', rule: 'the path of a file', got: '""' })
  void new PollSchedule(poll)
}

function statusOf(kept: KeptServer, sources: readonly ClockSource[]): UpstreamStatus['servers'][number] {
  const { sample: _, ...rest } = kept
  return Object.assign(
    rest,
    sources.find(({ name }) => name === kept.server),
  )
}

class UpstreamClock {
  readonly #options: UpstreamOptions
  readonly #parts: UpstreamParts
  readonly #server: SharedServer
  #clock: DisciplinedClock | undefined
  #keeper: ClockKeeper | undefined
  #saving: Timer | undefined
  #writing: Promise<void> = Promise.resolve()
  #driftFileProblem = ''

  constructor(options: UpstreamOptions, parts: UpstreamParts, server: SharedServer) {
    this.#options = options
    this.#parts = parts
    this.#server = server
  }

  async start(): Promise<void> {
    const { servers, driftFile, atLeast, maximumDistance, ...poll } = this.#options
    const { ticks = ticksOf(this.#server.clock), ...asking } = this.#parts
    const limits = { ...(atLeast && { atLeast }), ...(maximumDistance && { maximumDistance }) }
    const drift = driftFile === undefined ? undefined : await readDriftFile(driftFile)
    const clock = new DisciplinedClock({ ...limits, ticks, drift, bootId: await bootId() })
    this.#clock = clock
    const publish = (): void => this.#server.publish(encodeSnapshot(clock.parameters))
    // Lanes that have a clock already go on by it until this one, after a restart, knows better.
    if (this.#server.run === 1 || clock.synchronised) publish()
    clock.events.on('correction', publish)
    clock.events.on('jump', publish)
    clock.events.on('leap', publish)
    this.#keeper = new ClockKeeper(clock, servers, {
      ...poll,
      ...asking,
      ...(maximumDistance && { maximumDistance }),
      ownRefIds: ownRefIds(),
      timers: this.#server.clock,
    })
    this.#saveAfter(firstSaveMs)
  }

  status(): UpstreamStatus {
    const { clock, keeper } = this.#running()
    const { refTimeNs: _, ...state } = clock.state()
    const sources = clock.sources
    return {
      state,
      wallBehind: clock.wallBehind(),
      frequency: clock.parameters.frequency,
      steps: clock.steps,
      servers: keeper.servers.map((kept) => statusOf(kept, sources)),
      driftFileProblem: this.#driftFileProblem,
    }
  }

  async close(): Promise<void> {
    this.#saving?.cancel()
    await this.#keeper?.close()
    await this.#save()
  }

  #running(): { clock: DisciplinedClock; keeper: ClockKeeper } {
    const [clock, keeper] = [this.#clock, this.#keeper]
    if (clock === undefined || keeper === undefined) throw fail('CLOSED', { what: 'clock' })
    return { clock, keeper }
  }

  #saveAfter(delayMs: number): void {
    if (this.#options.driftFile === undefined) return
    this.#saving = this.#server.clock.after(delayMs, () => {
      void this.#save()
      this.#saveAfter(saveMs)
    })
  }

  /** One after the other; a file that cannot be written stops no clock. */
  #save(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      const { driftFile } = this.#options
      const record = this.#clock?.record()
      if (driftFile === undefined || record === undefined || record.deviation > worthSaving) return
      try {
        await writeDriftFile(driftFile, record)
        this.#driftFileProblem = ''
      } catch (error) {
        this.#driftFileProblem = error instanceof Error ? error.message : String(error)
      }
    })
    return this.#writing
  }
}
