/** Arrival processes: when jobs come. */
import { checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { checkPositive, positiveUniform, type Distribution } from './distribution.ts'
import type { Uniform } from './stream.ts'

/** A stream of arrivals. */
export interface ArrivalProcess {
  readonly name: string
  /** Arrivals per unit of time, in the long run. */
  readonly rate: number
  /** Starts at time 0; each call gives the instant of the next arrival, never earlier than the one before. */
  start(next: Uniform): () => number
}

/** Independent arrivals: times between them are exponential, with `rate` arrivals per unit of time. */
export function poisson({ rate }: { readonly rate: number }): ArrivalProcess {
  checkPositive('rate', rate)
  return {
    name: 'poisson',
    rate,
    start: (next) => {
      let now = 0
      return () => (now -= Math.log(positiveUniform(next)) / rate)
    },
  }
}

/** One every `interval`, the first at time 0. */
export function periodic({ interval }: { readonly interval: number }): ArrivalProcess {
  checkPositive('interval', interval)
  return {
    name: 'periodic',
    rate: 1 / interval,
    start: () => {
      let count = 0
      return () => interval * count++
    },
  }
}

/** `size` at once, groups coming at `rate` / `size` like Poisson arrivals: a class of students hands in its programs. */
export function batch({ rate, size }: { readonly rate: number; readonly size: number }): ArrivalProcess {
  checkPositive('rate', rate)
  checkInteger('size', size, 1, 1_000_000_000)
  return {
    name: 'batch',
    rate,
    start: (next) => {
      let now = 0
      let left = 0
      return () => {
        if (left === 0) {
          now -= (Math.log(positiveUniform(next)) * size) / rate
          left = size
        }
        left--
        return now
      }
    },
  }
}

/** Times between arrivals from any distribution: a renewal process. */
export function renewal(between: Distribution): ArrivalProcess {
  return {
    name: 'renewal',
    rate: 1 / between.mean,
    start: (next) => {
      let now = 0
      return () => (now += between.sample(next))
    },
  }
}

export interface OnOffOptions {
  /** Arrivals per unit of time while it is on. */
  readonly onRate: number
  /** And while it is off. @default 0 */
  readonly offRate?: number | undefined
  /** How long it stays on, on average. */
  readonly onMean: number
  /** How long it stays off, on average. */
  readonly offMean: number
}

/**
 * Bursts: a Poisson process whose rate jumps between two values, staying for exponential times; it starts on. The
 * two-state Markov-modulated Poisson process (Fischer, Meier-Hellstern: The MMPP Cookbook, Performance Evaluation 18, 1993).
 */
export function onOff(options: OnOffOptions): ArrivalProcess {
  const { onRate, offRate = 0, onMean, offMean } = options
  checkPositive('onRate', onRate)
  if (typeof offRate !== 'number' || !(offRate >= 0 && offRate < Infinity))
    throw invalid('offRate', 'a finite number, 0 or more', offRate)
  checkPositive('onMean', onMean)
  checkPositive('offMean', offMean)
  return {
    name: 'on-off',
    rate: (onRate * onMean + offRate * offMean) / (onMean + offMean),
    start: (next) => {
      let now = 0
      let on = true
      // What comes first, an arrival or a change of state: two competing exponential times.
      return () => {
        for (;;) {
          const rate = on ? onRate : offRate
          const change = 1 / (on ? onMean : offMean)
          now -= Math.log(positiveUniform(next)) / (rate + change)
          if (next() * (rate + change) < rate) return now
          on = !on
        }
      }
    },
  }
}
