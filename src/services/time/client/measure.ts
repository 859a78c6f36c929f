/**
 * Asks several servers a few times each, and says what they make of this machine's clock: who is believed and why not, and
 * what the believed ones say together.
 */
import { checkInteger, checkNumber, fail, isLaneworkError, systemClock, type Clock } from '../../../core/index.ts'
import { formatAddress, isLoopback, resolveAddress, type Address } from '../../../io/index.ts'
import { SourceFilter, type SourceCandidate } from '../clock/source-filter.ts'
import { systemTicks, wallOffset, type Ticks } from '../clock/ticks.ts'
import type { Leap } from '../clock/types.ts'
import { burstSpacing } from './poll-schedule.ts'
import { ntpAddress, queryNtp, type NtpSample, type QueryOptions } from './query.ts'
import { combine, select, type Verdict } from './select.ts'

export interface MeasureOptions extends Omit<QueryOptions, 'ticks'> {
  /** Questions to each server, 1 to 64. @default 4 */
  readonly samples?: number
  /** Between them, milliseconds. At least 2,000, which servers ask for; to loopback less. @default 2_000, to loopback 100 */
  readonly spacingMs?: number
  /** As many servers must agree. @default 1 */
  readonly atLeast?: number
  /** The machine's clocks. @default those of this machine */
  readonly ticks?: Ticks
  /** For waiting. @default the machine's */
  readonly timers?: Clock
  /** Asks a server by its resolved address; others in tests. @default queryNtp */
  readonly ask?: (address: string, options: QueryOptions) => Promise<NtpSample>
  /** Told of each exchange as it ends. */
  readonly onExchange?: (server: string, outcome: NtpSample | Error) => void
}

/** What one server says; times in seconds. */
export interface MeasuredServer {
  readonly server: string
  /** `udp://192.0.2.1:123`; undefined where its name is not known. */
  readonly address: string | undefined
  /** silent: no answer that could be used. */
  readonly verdict: Verdict | 'silent'
  /** Why it does not count; empty for one that does. */
  readonly reason: string
  readonly asked: number
  readonly answered: number
  /** Undefined for a silent server. */
  readonly measured: MeasuredClock | undefined
  /** Of the last question that failed. */
  readonly error: Error | undefined
}

export interface MeasuredClock {
  readonly stratum: number
  readonly leap: Leap
  /** What the server refers to. */
  readonly refId: number
  /** Server's time less that of the system's clock. */
  readonly offset: number
  /** Least round trip. */
  readonly delay: number
  /** Root mean square of the samples about their line. */
  readonly jitter: number
  /** The offset is off by so much at most, if the server tells the truth. */
  readonly rootDistance: number
}

/** What all servers say together. */
export interface Measurement {
  readonly servers: readonly MeasuredServer[]
  /** Undefined where no server, or no majority, can be believed. */
  readonly combined:
    | {
        /** True time less that of the system's clock, seconds. */
        readonly offset: number
        readonly jitter: number
        /** True time less the system's lies in offset ± bound, seconds, if the majority tells the truth. */
        readonly bound: number
        readonly stratum: number
        readonly leap: Leap
      }
    | undefined
}

/** The system's clock is mostly steered by somebody; its rate is off by less than a quartz left alone. */
const systemClockGuess = { frequency: 0, deviation: 50e-6 }
const loopbackSpacingMs = 100

interface Asked {
  readonly server: string
  address: Address | undefined
  asked: number
  readonly samples: NtpSample[]
  error: Error | undefined
}

/**
 * Measures this machine's clock against servers, all at once. Never throws for what servers do: that is in the result. Throws
 * OPTION_INVALID, ADDRESS_INVALID, ABORTED.
 *
 * @example
 * const { combined, servers } = await measure(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
 * if (combined !== undefined) console.log(`${combined.offset} s, ± ${combined.bound} s`)
 */
export async function measure(servers: readonly string[], options: MeasureOptions = {}): Promise<Measurement> {
  const { samples = 4, spacingMs, atLeast = 1, ticks = systemTicks } = options
  checkInteger('servers', servers.length, 1, 64)
  checkInteger('samples', samples, 1, 64)
  checkInteger('atLeast', atLeast, 1, 64)
  if (spacingMs !== undefined) checkNumber('spacingMs', spacingMs, 0, 3_600_000)
  const asked = [...new Set(servers)].map((server): Asked => {
    ntpAddress(server)
    return { server, address: undefined, asked: 0, samples: [], error: undefined }
  })
  // The pauses between questions would not keep the process.
  const holding = setInterval(() => {}, 2 ** 30)
  try {
    await Promise.all(asked.map(resolveServer))
    refuseTwins(asked)
    await Promise.all(asked.map((each) => askServer(each, samples, options)))
  } finally {
    clearInterval(holding)
  }
  if (isAborted(options.signal)) throw fail('ABORTED', { what: 'Measuring' })
  return judge(asked, { atLeast, ticks, ...options })
}

async function resolveServer(asked: Asked): Promise<void> {
  try {
    asked.address = await resolveAddress(ntpAddress(asked.server))
  } catch (error) {
    asked.error = error as Error
  }
}

/** A server under two names has one vote. */
function refuseTwins(asked: readonly Asked[]): void {
  const seen = new Map<string, string>()
  for (const each of asked) {
    if (each.address === undefined) continue
    const address = formatAddress(each.address)
    const twin = seen.get(address)
    if (twin === undefined) seen.set(address, each.server)
    else each.error = fail('ADDRESS_INVALID', { input: each.server, reason: `it is the same server as ${twin}` })
  }
}

async function askServer(asked: Asked, samples: number, options: MeasureOptions): Promise<void> {
  const { ask = queryNtp, onExchange = () => {}, timers = systemClock, signal } = options
  if (asked.error !== undefined || asked.address === undefined) {
    if (asked.error !== undefined) onExchange(asked.server, asked.error)
    return
  }
  const spacing = spacingFor(asked.address, options.spacingMs)
  for (let count = 0; count < samples; count++) {
    if (count > 0) await pause(timers, spacing, signal)
    if (isAborted(signal)) return
    asked.asked++
    try {
      const sample = { ...(await ask(formatAddress(asked.address), options)), source: asked.server }
      asked.samples.push(sample)
      onExchange(asked.server, sample)
    } catch (error) {
      asked.error = error as Error
      onExchange(asked.server, asked.error)
      // Who is told to go away goes.
      if (isLaneworkError(error, 'TIME_UNUSABLE') && error.detail.kiss !== '') return
    }
  }
}

function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

/** Nobody but this machine minds questions that come faster. */
function spacingFor(address: Address, wantedMs: number | undefined): number {
  if (isLoopback(address)) return wantedMs ?? loopbackSpacingMs
  return Math.max(wantedMs ?? 0, burstSpacing * 1_000)
}

function pause(timers: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      timer.cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const timer = timers.after(ms, finish)
    signal?.addEventListener('abort', finish, { once: true })
    if (isAborted(signal)) finish()
  })
}

function judge(
  asked: readonly Asked[],
  { ticks, atLeast, maximumDistance }: MeasureOptions & { ticks: Ticks; atLeast: number },
): Measurement {
  // Offsets are those of the system's clock as it is now.
  const { offsetNs: baseNs, errorNs } = wallOffset(ticks)
  const atNs = ticks.ns()
  const candidates = asked.flatMap(({ server, samples }): SourceCandidate[] => {
    const filter = new SourceFilter(server, baseNs, systemClockGuess)
    for (const sample of samples) filter.add(sample)
    const candidate = filter.candidate(atNs)
    return candidate === undefined ? [] : [candidate]
  })
  const { judged, survivors } = select(candidates, { atLeast, ...(maximumDistance && { maximumDistance }) })
  const system = survivors[0]
  const servers = asked.map(({ server, address, samples, error, ...counts }): MeasuredServer => {
    const found = judged.find(({ candidate }) => candidate.name === server)
    const shared = { server, address: address && formatAddress(address), asked: counts.asked, answered: samples.length }
    if (found === undefined) {
      return { ...shared, verdict: 'silent', reason: error?.message ?? 'not asked', measured: undefined, error }
    }
    return { ...shared, verdict: found.verdict, reason: found.reason, measured: clockOf(found.candidate), error }
  })
  if (system === undefined) return { servers, combined: undefined }
  const { offset, jitter, rootDistance } = combine(survivors)
  const { stratum, leap } = system.sample
  return { servers, combined: { offset, jitter, bound: rootDistance + errorNs / 1e9, stratum, leap } }
}

function clockOf({ sample, offset, delay, jitter, rootDistance, stratum }: SourceCandidate): MeasuredClock {
  const { leap, serverRefId } = sample as NtpSample
  return { stratum, leap, refId: serverRefId, offset, delay, jitter, rootDistance }
}
