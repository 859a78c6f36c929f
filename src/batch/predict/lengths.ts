/**
 * What a run may take, drawn from the runs of its key: one of them, spread by what so few runs leave open.
 *
 *   length = one of n past runs x exp(spread / sqrt(n) x (common + own))
 *
 * `spread` is the standard deviation of the logarithms, with a run's worth of assumed spread mixed in, as two equal runs prove
 * little. With `common`, drawn once for all jobs of a key, and `own`, the variance of a drawn logarithm is spread^2 x (1 + 1/n),
 * that of the next value when mean and values are uncertain. A job that ran for some time already is one of those that take longer.
 */
import type { Uniform } from '../../schedule/index.ts'
import type { PastRun } from './history-file.ts'

/** What a run needs from now on, in ms. */
export interface Length {
  readonly cpuMs: number
  /** Blocked, between its CPU time. */
  readonly waitMs: number
  /** How often it waits and goes on; with 0 it waits at its end. */
  readonly waits: number
}

export interface Lengths {
  /** The next one, of a run that had `usedMs` on CPUs; `common` is a standard normal number of its key. */
  draw(next: Uniform, common: number, usedMs: number): Length
  /** In the middle, as far as one number tells. */
  readonly expected: (usedMs: number) => Length
  /** Standard deviation of the logarithm of the next run. */
  readonly spread: number
}

/** Runs of one command differ by about a third, until they have shown by how much. */
const assumedSpread = 0.3
/** It counts as so many runs. */
const assumedRuns = 1
/** Nothing takes no time; logarithms want it so. */
const leastMs = 0.01

/** From past runs, at least one. A declared `burstMs` puts them in the shade, all but their spread. */
export function lengthsOf(past: readonly PastRun[], burstMs: number | undefined): Lengths {
  const runs = past.length === 0 ? [{ cpuMs: burstMs ?? 0, wallMs: burstMs ?? 0, rssBytes: 0, waits: 0 }] : past
  const spread = spreadOf(runs.map(({ cpuMs }) => Math.log(Math.max(leastMs, cpuMs))))
  const middle = middleOf(runs)
  const scale = burstMs === undefined ? 1 : burstMs / Math.max(leastMs, middle.cpuMs)
  const noise = spread / Math.sqrt(runs.length)
  return {
    draw(next, common, usedMs) {
      const factor = scale * Math.exp(noise * (common + normal(next)))
      return remaining(runs, factor, usedMs, next())
    },
    expected: (usedMs) => remaining([middle], scale, usedMs, 0.5),
    spread: spread * Math.sqrt(1 + 1 / runs.length),
  }
}

/** One of the runs that, so much longer or shorter, is longer than what was used; `chance` says which. */
function remaining(runs: readonly PastRun[], factor: number, usedMs: number, chance: number): Length {
  const longer = usedMs === 0 ? runs : runs.filter(({ cpuMs }) => cpuMs * factor > usedMs)
  const run = longer[Math.floor(chance * longer.length)]
  if (run !== undefined) {
    // What it waits comes evenly with what it computes.
    const left = run.cpuMs === 0 ? 1 : 1 - usedMs / (run.cpuMs * factor)
    return {
      cpuMs: Math.max(0, run.cpuMs * factor - usedMs),
      waitMs: Math.max(0, (run.wallMs - run.cpuMs) * factor * left),
      waits: Math.ceil(run.waits * left),
    }
  }
  // Longer than any before: that it lasts as long again has the same chance whatever that is (a Pareto tail of index 2).
  return { cpuMs: usedMs * (1 / Math.sqrt(1 - chance) - 1), waitMs: 0, waits: 0 }
}

function middleOf(runs: readonly PastRun[]): PastRun {
  const sorted = runs.toSorted((a, b) => a.cpuMs - b.cpuMs)
  return sorted[Math.floor((sorted.length - 1) / 2)] as PastRun
}

function spreadOf(logs: readonly number[]): number {
  const mean = logs.reduce((sum, log) => sum + log, 0) / logs.length
  const squares = logs.reduce((sum, log) => sum + (log - mean) ** 2, 0)
  // What few values say of their own spread is uncertain too: the factor is that of Student's t.
  const freedom = assumedRuns + logs.length + 1
  return Math.sqrt(
    ((assumedRuns * assumedSpread ** 2 + squares) / (assumedRuns + logs.length - 1)) * (freedom / (freedom - 2)),
  )
}

/** Box, Muller: A Note on the Generation of Random Normal Deviates, 1958. */
export function normal(next: Uniform): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}
