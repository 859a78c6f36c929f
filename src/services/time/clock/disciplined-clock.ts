/**
 * A clock that is kept right by samples of better ones, without touching the machine's: the machine's counter, plus an
 * offset and a frequency that are estimated.
 *
 *   sample ─▶ filter of its server ─▶ selection, combination ─▶ offset and frequency ─▶ step at first, then slew
 *
 * It never goes back, but by a step, and steps happen at four occasions only: with the first correction, with the first one
 * after the machine slept, when the error is beyond `panicSeconds`, and by a leap second. `steps` counts them.
 */
import { checkInteger, checkNumber, Emitter } from '../../../core/index.ts'
import { combine, select, type Judged, type Verdict } from '../client/select.ts'
import type { DriftRecord } from './drift-record.ts'
import { JumpWatch, type Jump } from './jumps.ts'
import { leapByNs, leapMoment, leapVote } from './leap.ts'
import {
  boundedAt,
  hasLeapt,
  maximumDispersion,
  slewLeftNs,
  stateAt,
  stepsAt,
  timeAt,
  type BoundedTime,
  type ClockParameters,
} from './parameters.ts'
import type { ClockSample } from './sample.ts'
import { frequencyTolerance, SourceFilter, type SampleFate, type SourceCandidate } from './source-filter.ts'
import { resume, startFrom } from './start.ts'
import { systemTicks, wallOffset, type Ticks } from './ticks.ts'
import type { SourceState, TimeSource } from './types.ts'

export interface DisciplinedClockOptions {
  /** The machine's clocks. @default those of this machine */
  readonly ticks?: Ticks
  /** What an earlier clock of this machine knew, see readDriftFile. */
  readonly drift?: DriftRecord | undefined
  /** Names this start of the machine (see bootId): the counter of another start tells nothing. */
  readonly bootId?: string | undefined
  /** So many servers must agree before the clock is corrected. @default 1 */
  readonly atLeast?: number
  /** The first correction is a step if it is larger than this, seconds. @default 0.001 */
  readonly stepSeconds?: number
  /** Later corrections are steps only beyond this, seconds; Infinity for never. @default 1 */
  readonly panicSeconds?: number
  /** Root distance beyond which a server is not believed, seconds. @default 3 */
  readonly maximumDistance?: number
  /** log2 seconds of the resolution that servers announce. @default -20 */
  readonly precision?: number
}

/** What a clock tells while it runs. */
export interface ClockEvents {
  /** Offset and frequency were corrected; the offset is what is to be slewed, or was stepped, seconds. */
  readonly correction: { readonly offset: number; readonly frequency: number; readonly step: boolean }
  readonly jump: Jump
  /** A leap second acted; the clock was stepped by it. */
  readonly leap: { readonly bySeconds: number }
}

/** A server as the clock sees it. */
export interface ClockSource {
  readonly name: string
  readonly verdict: Verdict
  /** Why it does not count; empty for one that does. */
  readonly reason: string
  /** Server's time less this clock's, seconds; off by `rootDistance` at most if the server tells the truth. */
  readonly offset: number
  readonly rootDistance: number
  /** Of its samples, seconds. */
  readonly jitter: number
  /** Least of its samples, seconds. */
  readonly delay: number
  readonly stratum: number
}

/** The largest rate at which an error is slewed away, seconds a second: 500 ppm, as NTP does. */
export const slewLimit = 500e-6
/** An error is slewed away within about so many seconds if the limit allows. */
const slewSeconds = 16
const frequencyLimit = 500e-6
/** For so long after a leap second no other is believed: servers take their announcements back late. */
const leapRestNs = 43_200_000_000_000n
/** Quartz is rarely further off; what a clock without history assumes. */
const unknownFrequency = { frequency: 0, deviation: 200e-6 }

/**
 * A virtual clock: `add` samples, read `now()`.
 *
 * @example
 * const clock = new DisciplinedClock()
 * clock.add(await queryNtp('192.0.2.1'))
 * const { ns, earliest, latest } = clock.now()
 */
export class DisciplinedClock implements TimeSource {
  readonly events: Emitter<ClockEvents> = new Emitter()
  readonly #ticks: Ticks
  readonly #options: Required<
    Pick<DisciplinedClockOptions, 'atLeast' | 'stepSeconds' | 'panicSeconds' | 'maximumDistance'>
  >
  readonly #bootId: string | undefined
  readonly #baseNs: bigint
  readonly #filters = new Map<string, SourceFilter>()
  readonly #expected = new Set<string>()
  readonly #watch: JumpWatch
  #parameters: ClockParameters
  #judged: readonly Judged<SourceCandidate>[] = []
  /** No correction yet, or none since the machine slept. */
  #isFirst = true
  /** When a leap second acted. */
  #leaptNs = 0n
  /** The next correction may be a step of any size. */
  #mayStep = true
  #guess: { readonly frequency: number; readonly deviation: number }

  /** Throws OPTION_INVALID. */
  constructor(options: DisciplinedClockOptions = {}) {
    const {
      ticks = systemTicks,
      drift,
      bootId,
      atLeast = 1,
      stepSeconds = 1e-3,
      panicSeconds = 1,
      precision = -20,
    } = options
    const { maximumDistance = 3 } = options
    checkInteger('atLeast', atLeast, 1, 64)
    checkNumber('stepSeconds', stepSeconds, 0, 1e9)
    if (panicSeconds !== Infinity) checkNumber('panicSeconds', panicSeconds, 0, 1e9)
    checkNumber('maximumDistance', maximumDistance, 0, maximumDispersion)
    this.#ticks = ticks
    this.#options = { atLeast, stepSeconds, panicSeconds, maximumDistance }
    this.#bootId = bootId
    this.#watch = new JumpWatch(ticks)
    this.#guess = drift === undefined ? unknownFrequency : { frequency: drift.frequency, deviation: drift.deviation }
    const resumed = drift === undefined ? undefined : resume(drift, ticks, bootId)
    this.#parameters = { ...(resumed ?? startFrom(drift, ticks, this.#guess.frequency)), precision }
    this.#mayStep = resumed === undefined
    this.#baseNs = this.#parameters.timeNs - this.#parameters.anchorNs
  }

  /** Nanoseconds since 1970 UTC. */
  nowNs(): bigint {
    return timeAt(this.#parameters, this.#ticks.ns())
  }

  /** The time and what bounds it; from 1970 to 2262 before the clock is synchronised. */
  now(): BoundedTime {
    return boundedAt(this.#parameters, this.#ticks.ns())
  }

  /** What a server may say of this clock. */
  state(): SourceState {
    return stateAt(this.#parameters, this.#ticks.ns())
  }

  /** How far the machine's wall clock is behind this one, seconds; it is left as it is. */
  wallBehind(): number {
    const { offsetNs } = wallOffset(this.#ticks)
    const atNs = this.#ticks.ns()
    return Number(timeAt(this.#parameters, atNs) - (atNs + offsetNs)) / 1e9
  }

  /** True from the first correction on, for as long as the error is bounded. */
  get synchronised(): boolean {
    return this.state().leap !== 3
  }

  /** The clock as numbers, for snapshots. */
  get parameters(): ClockParameters {
    return this.#parameters
  }

  /** How often the clock was stepped. */
  get steps(): number {
    return stepsAt(this.#parameters, this.#ticks.ns())
  }

  /** The machine's clocks that it stands on. */
  get ticks(): Ticks {
    return this.#ticks
  }

  /** Each server that was heard, and what the last selection made of it; offsets as of now. */
  get sources(): readonly ClockSource[] {
    const atNs = this.#ticks.ns()
    const own = Number(this.nowNs() - atNs - this.#baseNs) / 1e9
    return this.#judged.map(({ candidate, verdict, reason }) => {
      const { name, stratum, jitter, delay, ...now } = this.#filters.get(candidate.name)?.candidate(atNs) ?? candidate
      return { name, verdict, reason, offset: now.offset - own, rootDistance: now.rootDistance, jitter, delay, stratum }
    })
  }

  /** Learns from a sample, and corrects the clock if enough servers agree. */
  add(sample: ClockSample): SampleFate {
    this.look()
    let filter = this.#filters.get(sample.source)
    if (filter === undefined) {
      filter = new SourceFilter(sample.source, this.#baseNs, this.#guess)
      this.#filters.set(sample.source, filter)
    }
    const fate = filter.add(sample)
    if (fate !== 'stale') this.#correct()
    return fate
  }

  /**
   * Announces servers that will be heard. The first correction, and the first one after a sleep, waits until more than half of them were
   * (or were forgotten), so that it is not the fastest that decides. Without it the first sample counts.
   */
  expect(sources: readonly string[]): void {
    for (const source of sources) this.#expected.add(source)
  }

  /** Leaves a server out that no longer answers. */
  forget(source: string): void {
    const wasExpected = this.#expected.delete(source)
    if (this.#filters.delete(source) || (wasExpected && this.#filters.size > 0)) this.#correct()
  }

  /** How badly a server's offset could be foretold after so many seconds, in units of a sample's noise; see PollSchedule. */
  uncertaintyAfter(source: string, seconds: number): number {
    return this.#filters.get(source)?.uncertaintyAfter(seconds) ?? Infinity
  }

  /**
   * Looks whether the wall clock was set or the machine slept; `add` does so by itself, others once in a while. A set wall clock changes
   * nothing. After a sleep the clock is unsynchronised until the next sample.
   */
  look(): Jump | undefined {
    this.#leap()
    const jump = this.#watch.look()
    if (jump === undefined) return undefined
    if (jump.kind === 'sleep') this.#wakeUp(jump.byNs)
    // It may have been a sleep: then the true time lies ahead by as much. The next sample tells.
    if (jump.kind === 'either') this.#widen(Number(jump.byNs) / 1e9)
    this.events.emit('jump', jump)
    return jump
  }

  /** What the next clock on this machine should know. */
  record(): DriftRecord {
    const parameters = this.#reanchored(this.#ticks.ns())
    const upNs = this.#ticks.upNs()
    return {
      parameters,
      frequency: parameters.frequency,
      deviation: this.#guess.deviation,
      wallLessTimeNs: this.#ticks.wallNs() - parameters.timeNs,
      bootId: this.#bootId,
      asleepNs: upNs === undefined ? undefined : upNs - parameters.anchorNs,
    }
  }

  /** A leap second that has acted becomes part of the parameters, and of what the filters expect. */
  #leap(): void {
    const atNs = this.#ticks.ns()
    const { leap } = this.#parameters
    if (!hasLeapt(this.#parameters, atNs)) return
    this.#parameters = this.#reanchored(atNs)
    this.#leaptNs = this.#parameters.timeNs
    const bySeconds = Number(leapByNs(leap)) / 1e9
    for (const filter of this.#filters.values()) filter.shift(bySeconds)
    this.events.emit('leap', { bySeconds })
  }

  #correct(): void {
    this.#leap()
    const atNs = this.#ticks.ns()
    const candidates = [...this.#filters.values()].flatMap((filter) => filter.candidate(atNs) ?? [])
    const { judged, survivors } = select(candidates, this.#options)
    this.#judged = judged
    const system = survivors[0]
    if (system === undefined || (this.#isFirst && 2 * this.#filters.size <= this.#expected.size)) return
    const combined = combine(survivors)
    const { frequency, deviation } = combinedFrequency(survivors)
    this.#guess = { frequency, deviation }
    const virtual = this.#reanchored(atNs)
    const errorNs = combined.offset * 1e9 - Number(virtual.timeNs - atNs - this.#baseNs)
    const step = Math.abs(errorNs) > (this.#mayStep ? this.#options.stepSeconds : this.#options.panicSeconds) * 1e9
    this.#isFirst = false
    this.#mayStep = false
    const timeNs = step ? virtual.timeNs + BigInt(Math.round(errorNs)) : virtual.timeNs
    const rootDelay = system.sample.rootDelay + system.delay
    const hasJustLeapt = this.#leaptNs !== 0n && timeNs - this.#leaptNs < leapRestNs
    const leap = hasJustLeapt ? 0 : leapVote(survivors.map(({ sample }) => sample.leap))
    this.#parameters = {
      anchorNs: atNs,
      timeNs,
      frequency,
      slewNs: step ? 0 : errorNs,
      slewRate: step ? 0 : Math.min(slewLimit, Math.abs(errorNs) / 1e9 / slewSeconds),
      leap,
      leapAtNs: leapMoment(leap, timeNs),
      stratum: Math.min(system.sample.stratum + 1, 16),
      refId: system.sample.refId,
      refTimeNs: timeNs,
      rootDelay,
      rootDispersion: Math.max(combined.rootDistance - rootDelay / 2, 2 ** virtual.precision),
      dispersionRate: frequencyTolerance + 4 * deviation,
      precision: virtual.precision,
      steps: virtual.steps + (step ? 1 : 0),
    }
    this.events.emit('correction', { offset: errorNs / 1e9, frequency, step })
  }

  /** The same clock, written as of another moment. */
  #reanchored(atNs: bigint): ClockParameters {
    const old = this.#parameters
    const age = Math.max(0, Number(atNs - old.anchorNs)) / 1e9
    return {
      ...old,
      ...(hasLeapt(old, atNs) ? { leap: 0, leapAtNs: 0n } : {}),
      steps: stepsAt(old, atNs),
      anchorNs: atNs,
      timeNs: timeAt(old, atNs),
      slewNs: slewLeftNs(old, atNs),
      rootDispersion: Math.min(old.rootDispersion + age * old.dispersionRate, maximumDispersion),
    }
  }

  #wakeUp(asleepNs: bigint): void {
    const parameters = this.#reanchored(this.#ticks.ns())
    this.#filters.clear()
    this.#judged = []
    this.#isFirst = true
    this.#mayStep = true
    const timeNs = parameters.timeNs + asleepNs
    this.#parameters = { ...parameters, timeNs, leap: 3, leapAtNs: 0n, stratum: 16, steps: parameters.steps + 1 }
  }

  #widen(bySeconds: number): void {
    const { rootDispersion } = this.#parameters
    this.#parameters = {
      ...this.#parameters,
      rootDispersion: Math.min(rootDispersion + bySeconds, maximumDispersion),
    }
  }
}

/** The frequency on which survivors agree, each weighed by how well it knows it. */
function combinedFrequency(survivors: readonly SourceCandidate[]): { frequency: number; deviation: number } {
  let weights = 0
  let sum = 0
  for (const { estimate } of survivors) {
    weights += 1 / estimate.frequencyVariance
    sum += estimate.frequency / estimate.frequencyVariance
  }
  const frequency = Math.max(-frequencyLimit, Math.min(frequencyLimit, sum / weights))
  // Their samples share our own oscillator, so the best one counts, not the number.
  const best = Math.min(...survivors.map(({ estimate }) => estimate.frequencyVariance))
  return { frequency, deviation: Math.sqrt(best) }
}
