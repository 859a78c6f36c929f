/** Weights of fair schedulers, and the slices that follow from them. */
import { checkInteger } from '../../core/index.ts'
import { checkNumber, checkQuantum, invalid } from '../checks.ts'

/**
 * The weight of each nice value from -20 to 19: a step of one is a factor of about 1.25, and so about 10 % of the CPU
 * between two jobs (Linux, sched_prio_to_weight; OSTEP, Scheduling: Proportional Share).
 */
export const niceWeights: readonly number[] = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121, 2501, 1991,
  1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23, 18, 15,
]

/** The weight of a nice value, -20 to 19. Throws OPTION_INVALID. */
export function weightOfNice(nice: number): number {
  return niceWeights[checkInteger('nice', nice, -20, 19) + 20] as number
}

export interface FairSliceOptions {
  /** Time in which each job should run once. @default 48 */
  readonly latency?: number
  /** No slice is shorter, as switches would cost too much. @default 6 */
  readonly minGranularity?: number
}

/**
 * The slice of a job of `weight` among jobs whose weights add up to `total`: its part of the latency, and at least the
 * minimum (OSTEP, Scheduling: Proportional Share, CFS). Throws OPTION_INVALID.
 *
 * @example
 * fairSlice(1024, 4 * 1024) // 12: a quarter of 48
 */
export function fairSlice(weight: number, total: number, options: FairSliceOptions = {}): number {
  const { latency = 48, minGranularity = 6 } = options
  checkQuantum('weight', weight)
  if (!(checkQuantum('total', total) >= weight)) throw invalid('total', 'the weight or more', total)
  return Math.max(checkQuantum('latency', latency) * (weight / total), checkNumber('minGranularity', minGranularity, 0))
}
