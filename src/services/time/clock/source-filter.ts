/**
 * What the samples of one server say together. Queues on the way make samples late, never early: a sample of the least
 * delay is good to a fraction of it, one with an excess e is off by anything up to e / 2. So each sample counts by its excess
 * over the least delay, and a Kalman filter draws the line through them.
 */
import type { Candidate } from '../client/select.ts'
import { correct, predict, surprise, type Estimate } from './kalman.ts'
import { maximumDispersion } from './parameters.ts'
import type { ClockSample } from './sample.ts'

/** What is known of a counter's frequency before the first sample. */
export interface FrequencyGuess {
  /** Seconds a second. */
  readonly frequency: number
  /** Standard deviation of it. */
  readonly deviation: number
}

/** A server as selection sees it, with its last sample and what its filter believes. */
export interface SourceCandidate extends Candidate {
  readonly sample: ClockSample
  /** Least delay of the samples kept, seconds. */
  readonly delay: number
  readonly estimate: Estimate
  /** How fast the root distance grows, seconds a second. */
  readonly dispersionRate: number
}

/** taken: it counts. suspect: kept aside, being too far off. restarted: three in a row were, so the server or we have moved. stale: older than the last. */
export type SampleFate = 'taken' | 'suspect' | 'restarted' | 'stale'

interface Kept {
  readonly sample: ClockSample
  /** Server's time less the counter less the base, seconds. */
  readonly offset: number
}

const keptLimit = 16
/** Squared distance, in variances, beyond which a sample is put aside: five standard deviations. */
const suspectBeyond = 25
const suspectsLimit = 3
/** The frequency of a quartz walks by about so much, 1 / s per square root of a second; adapted to what is seen. */
const wander = { start: 1e-8, least: 1e-9, most: 1e-5 } as const
/** What an oscillator may be off beyond its estimate (PHI of RFC 5905), seconds a second. */
export const frequencyTolerance = 15e-6
/** No sample is taken for better than this when the next one is planned, seconds. */
const leastNoise = 10e-6
/** After a restart the frequency is believed no better than this. */
const restartDeviation = 10e-6

export class SourceFilter {
  readonly name: string
  readonly #baseNs: bigint
  readonly #guess: FrequencyGuess
  #estimate: Estimate | undefined
  #atNs = 0n
  #kept: Kept[] = []
  #suspects: Kept[] = []
  #wander: number = wander.start
  /** Moving average of the squared surprise: 1 while the model holds. */
  #surprise = 1

  /** Offsets are taken relative to `baseNs`, which filters that are compared must share. */
  constructor(name: string, baseNs: bigint, guess: FrequencyGuess) {
    this.name = name
    this.#baseNs = baseNs
    this.#guess = guess
  }

  /** Learns from a sample. */
  add(sample: ClockSample): SampleFate {
    const kept = { sample, offset: Number(sample.timeNs - sample.atNs - this.#baseNs) / 1e9 }
    if (this.#estimate !== undefined && sample.atNs <= this.#newestNs()) return 'stale'
    if (this.#estimate === undefined) return this.#begin(kept, this.#guess)
    const expected = this.#at(sample.atNs)
    const variance = this.#variance(sample)
    const surprised = surprise(expected, kept.offset, variance)
    if (surprised > suspectBeyond) return this.#suspect(kept)
    this.#suspects = []
    this.#adapt(surprised)
    this.#keep(kept)
    this.#estimate = correct(expected, kept.offset, variance)
    this.#atNs = sample.atNs
    return 'taken'
  }

  /** The time itself was set by so many seconds, for us and the server alike: a leap second. */
  shift(bySeconds: number): void {
    const shifted = ({ sample, offset }: Kept): Kept => ({ sample, offset: offset + bySeconds })
    this.#kept = this.#kept.map(shifted)
    this.#suspects = this.#suspects.map(shifted)
    if (this.#estimate !== undefined) this.#estimate = { ...this.#estimate, offset: this.#estimate.offset + bySeconds }
  }

  /** What this server says when the counter stands at `atNs`; undefined before the first sample. */
  candidate(atNs: bigint): SourceCandidate | undefined {
    const newest = (this.#suspects.at(-1) ?? this.#kept.at(-1))?.sample
    if (newest === undefined || this.#estimate === undefined) return undefined
    const estimate = this.#at(atNs)
    const dispersionRate = frequencyTolerance + 4 * Math.sqrt(estimate.frequencyVariance)
    const { offset, error } = this.#boundedOffset(estimate, atNs, dispersionRate)
    // While samples disagree with the estimate, either may be right.
    const doubt = this.#suspects.map(({ sample, offset }) => Math.abs(offset - this.#at(sample.atNs).offset))
    return {
      name: this.name,
      offset,
      rootDistance: Math.min(error + Math.max(0, ...doubt), maximumDispersion),
      jitter: this.#jitter(estimate, atNs),
      stratum: newest.stratum,
      sample: newest,
      delay: Math.min(...this.#kept.map(({ sample }) => sample.delay)),
      estimate,
      dispersionRate,
    }
  }

  /**
   * How badly the offset could be foretold `seconds` from now, in units of a sample's own noise: far below 1 asking again
   * would tell little.
   */
  uncertaintyAfter(seconds: number): number {
    if (this.#estimate === undefined || this.#kept.length < 2) return Infinity
    const noise = Math.max(excessOf(this.#kept.map(({ sample }) => sample.delay)) / 2, leastNoise)
    return Math.sqrt(predict(this.#estimate, seconds, this.#wander).offsetVariance) / noise
  }

  /**
   * Each sample holds the server's time in an interval of its delay, which grows with its age; so all of them together do. The estimate
   * is moved into what they share, and may be off to the further end of it, and by what the server itself may be off.
   */
  #boundedOffset(estimate: Estimate, atNs: bigint, dispersionRate: number): { offset: number; error: number } {
    let [low, high, own, alone] = [-Infinity, Infinity, 0, Infinity]
    for (const { sample, offset } of this.#kept) {
      const ahead = Number(atNs - sample.atNs) / 1e9
      const aged = offset + ahead * estimate.frequency
      const error = sample.delay / 2 + sample.dispersion + Math.abs(ahead) * dispersionRate
      const servers = sample.rootDelay / 2 + sample.rootDispersion
      low = Math.max(low, aged - error)
      high = Math.min(high, aged + error)
      own = Math.max(own, servers)
      alone = Math.min(alone, error + servers + Math.abs(estimate.offset - aged))
    }
    // They share nothing when the server has moved, or the quartz: then the tightest one has to do.
    if (low > high) return { offset: estimate.offset, error: alone }
    const offset = Math.min(high, Math.max(low, estimate.offset))
    return { offset, error: Math.max(high - offset, offset - low) + own }
  }

  /** Root mean square of what the samples kept differ from the estimate, seconds. */
  #jitter(estimate: Estimate, atNs: bigint): number {
    const squares = this.#kept.map(({ sample, offset }) => {
      const ahead = Number(atNs - sample.atNs) / 1e9
      return (offset + ahead * estimate.frequency - estimate.offset) ** 2
    })
    return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length))
  }

  #at(atNs: bigint): Estimate {
    return predict(this.#estimate as Estimate, Number(atNs - this.#atNs) / 1e9, this.#wander)
  }

  #newestNs(): bigint {
    return this.#suspects.at(-1)?.sample.atNs ?? this.#atNs
  }

  #begin(kept: Kept, { frequency, deviation }: FrequencyGuess): 'taken' {
    this.#keep(kept)
    this.#atNs = kept.sample.atNs
    this.#estimate = {
      offset: kept.offset,
      frequency,
      offsetVariance: this.#variance(kept.sample),
      covariance: 0,
      frequencyVariance: deviation * deviation,
    }
    return 'taken'
  }

  #suspect(kept: Kept): SampleFate {
    this.#suspects.push(kept)
    if (this.#suspects.length < suspectsLimit) return 'suspect'
    const [first, ...others] = this.#suspects as [Kept, ...Kept[]]
    const { frequency, frequencyVariance } = this.#at(kept.sample.atNs)
    this.#suspects = []
    this.#kept = []
    this.#begin(first, { frequency, deviation: Math.max(Math.sqrt(frequencyVariance), restartDeviation) })
    for (const { sample } of others) this.add(sample)
    return 'restarted'
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept)
    if (this.#kept.length > keptLimit) this.#kept.shift()
  }

  /**
   * With an excess e over the least delay the offset is off by anything within e / 2: a variance of e^2 / 12. A share of
   * the spread of all delays keeps one lucky sample from being believed without end.
   */
  #variance({ delay, dispersion }: ClockSample): number {
    const delays = [...this.#kept.map((kept) => kept.sample.delay), delay]
    const count = delays.length
    const least = Math.min(...delays)
    const excess = excessOf(delays)
    // The true least delay may be lower still, by about the mean excess over the number of samples, and by anything at first.
    const unseen = count <= 4 ? least / count : excess / (count - 1)
    return (delay - least + unseen) ** 2 / 12 + (excess * excess) / 32 + dispersion * dispersion + 1e-14
  }

  /** A frequency that walks more or less than assumed shows in the surprises. */
  #adapt(surprised: number): void {
    this.#surprise += (surprised - this.#surprise) / 8
    if (this.#surprise > 3) this.#wander = Math.min(this.#wander * 2, wander.most)
    else if (this.#surprise < 0.3) this.#wander = Math.max(this.#wander / 2, wander.least)
    else return
    this.#surprise = 1
  }
}

/**
 * The mean of what queues add to the least delay, exponentially distributed, by way of the median: a few answers that took very long
 * (a program that has just started, a slow wake-up) say nothing about the others.
 */
function excessOf(delays: readonly number[]): number {
  const sorted = delays.toSorted((one, other) => one - other)
  const [least = 0, median = 0] = [sorted[0], sorted[(sorted.length - 1) >> 1]]
  return (median - least) / Math.LN2
}
