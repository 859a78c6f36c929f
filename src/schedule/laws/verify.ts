/** Checks the simulator against queueing theory: predicted, simulated, and whether the difference is chance. */
import { checkInteger, fail } from '../../core/index.ts'
import { controlledInterval } from '../statistics/control.ts'
import type { Interval } from '../statistics/interval.ts'
import { table } from '../statistics/table.ts'
import { experiments } from './experiments.ts'

export interface VerifyOptions {
  /** Jobs in each run; each law is checked with jobs x replications. @default 50_000 */
  readonly jobs?: number | undefined
  /** Runs with random numbers of their own, 3 or more. @default 20 */
  readonly replications?: number | undefined
  /** @default 1 */
  readonly seed?: number | undefined
  /** Probability with which all rows hold if the simulator is right. @default 0.99 */
  readonly level?: number | undefined
  /** Only laws whose names contain one of these texts. @default all */
  readonly laws?: readonly string[] | undefined
}

/** One row of the result. */
export interface LawCheck {
  readonly law: string
  /** What is compared: `turnaround`, `waiting`, `utilization`. */
  readonly figure: string
  readonly source: string
  readonly predicted: number
  /** The mean over all runs, without what the known error of the random numbers explains (control variates). */
  readonly simulated: number
  readonly interval: Interval
  /** (simulated - predicted) / predicted. */
  readonly error: number
  /** The prediction lies in the interval, and the error is no greater than `tolerance`. */
  readonly holds: boolean
  /**
   * Greatest error, so that an interval that is too wide proves nothing: 4 % at a million jobs (10 % where times vary most),
   * more for fewer, as the root of their number. Half of it is what a million jobs mostly reach.
   */
  readonly tolerance: number
}

/**
 * Runs every experiment and compares. The intervals are so wide that all of them together hold their predictions with
 * probability `level` (Bonferroni: each alone with more), so one row that does not hold means something. The last row is
 * what must be exact in each run: Little's law, that CPU time adds up, and that no work is lost. The same options give the
 * same numbers. Throws OPTION_INVALID.
 *
 * @example
 * verifyLaws({ jobs: 2_000, replications: 10 }).every(({ holds }) => holds) // true
 */
export function verifyLaws(options: VerifyOptions = {}): LawCheck[] {
  return [...lawChecks(options)]
}

/** As `verifyLaws`, row by row, for those who want to show progress. */
export function* lawChecks(options: VerifyOptions = {}): Generator<LawCheck, void, undefined> {
  const { jobs = 50_000, replications = 20, seed = 1, level = 0.99, laws } = options
  checkInteger('jobs', jobs, 100, 10_000_000)
  checkInteger('replications', replications, 3, 10_000)
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER - replications)
  const chosen = experiments.filter(({ law }) => laws === undefined || laws.some((each) => law.includes(each)))
  if (chosen.length === 0) {
    const known = experiments.map(({ law }) => law).join('; ')
    throw fail('OPTION_INVALID', { option: 'laws', rule: `part of one of: ${known}`, got: JSON.stringify(laws) ?? '' })
  }
  const rows = chosen.reduce((sum, { figures }) => sum + figures.length, 0)
  const levelOfEach = 1 - (1 - level) / rows
  const wider = Math.max(1, Math.sqrt(1_000_000 / (jobs * replications)))
  let deviation = 0
  for (const { law, source, figures, run, tolerance } of chosen) {
    const runs = Array.from({ length: replications }, (_, index) => run(jobs, seed + index))
    deviation = Math.max(deviation, ...runs.map((each) => each.deviation))
    for (const [index, { name, predicted }] of figures.entries()) {
      const interval = controlledInterval(
        runs.map(({ values }) => values[index] ?? NaN),
        runs.map(({ controls }) => controls),
        levelOfEach,
      )
      yield compared({ law, figure: name, source, predicted, interval, tolerance: 2 * tolerance * wider })
    }
  }
  yield exactRow(deviation)
}

/** Whether a prediction and an interval agree. */
export function compared(row: Omit<LawCheck, 'simulated' | 'error' | 'holds'>): LawCheck {
  const { predicted, interval, tolerance } = row
  const error = interval.mean / predicted - 1
  const holds = interval.low <= predicted && predicted <= interval.high && Math.abs(error) <= tolerance
  return { ...row, simulated: interval.mean, error, holds }
}

/** Sums of a million floating-point numbers are off by about 1e-11. */
const rounding = 1e-9

function exactRow(deviation: number): LawCheck {
  const simulated = 1 + deviation
  return {
    law: "Little's law and conservation of work",
    figure: 'both sides, each run',
    source: 'Little 1961; exact, so only rounding may differ',
    predicted: 1,
    simulated,
    interval: { mean: simulated, half: 0, low: simulated, high: simulated, level: 1 },
    error: deviation,
    holds: deviation <= rounding,
    tolerance: rounding,
  }
}

/** The rows as a table of text. */
export function lawTable(rows: readonly LawCheck[]): string {
  const head = ['law', 'figure', 'predicted', 'simulated', '+-', 'error', 'holds']
  const lines = rows.map(({ law, figure, predicted, simulated, interval, error, holds }) => [
    law,
    figure,
    predicted.toFixed(4),
    simulated.toFixed(4),
    interval.half.toFixed(4),
    `${(error * 100).toFixed(2)} %`,
    holds ? (interval.half > predicted / 2 ? 'too few runs' : 'yes') : 'NO',
  ])
  return table([head, ...lines], [2, 3, 4, 5])
}
