/** A fixed number of jobs that go round: mean value analysis, and the degree of multiprogramming. */
import { checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { checkPositive } from '../random/distribution.ts'

export interface ClosedNetwork {
  /** Service time that a round needs at each centre; one job at a time is served there, the others queue. */
  readonly demands: readonly number[]
  /** Time that a round spends where nobody queues: thinking, or a device with room for all. @default 0 */
  readonly think?: number | undefined
}

export interface ClosedResult {
  readonly jobs: number
  /** Rounds per unit of time, X. */
  readonly throughput: number
  /** Time of a round without thinking, R. */
  readonly response: number
  /** Mean number at each centre. */
  readonly queues: readonly number[]
  /** Share of time that each centre is in use, X x demand. */
  readonly utilization: readonly number[]
}

/**
 * Mean value analysis: results for 1, 2, ... `jobs` jobs, exact for exponential service in order of arrival and for
 * processor sharing (Reiser, Lavenberg: Mean-Value Analysis of Closed Multichain Queuing Networks, Journal of the ACM 27,
 * 1980). Throws OPTION_INVALID for demands or times that are negative, and for none at all.
 */
export function meanValueAnalysis(network: ClosedNetwork, jobs: number): ClosedResult[] {
  const { demands, think = 0 } = network
  checkInteger('jobs', jobs, 1, 1_000_000)
  const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity
  if (!demands.every(isTime)) throw invalid('demands', 'finite numbers, 0 or more', demands)
  if (!isTime(think)) throw invalid('think', 'a finite number, 0 or more', think)
  if (!(demands.reduce((sum, demand) => sum + demand, think) > 0))
    throw invalid('demands', 'more than 0 in all', demands)
  const results: ClosedResult[] = []
  let queues = demands.map(() => 0)
  for (let count = 1; count <= jobs; count++) {
    // Who arrives at a centre sees the network as it is with one job less.
    const times = demands.map((demand, centre) => demand * (1 + (queues[centre] ?? 0)))
    const response = times.reduce((sum, time) => sum + time, 0)
    const throughput = count / (response + think)
    queues = times.map((time) => throughput * time)
    results.push({ jobs: count, throughput, response, queues, utilization: demands.map((each) => throughput * each) })
  }
  return results
}

export interface Multiprogramming {
  readonly degree: number
  /** 1 - p^n: as if each job waited for I/O without regard to the others (Tanenbaum, Bos: Modern Operating Systems, ch. 2). */
  readonly independent: number
  /** The exact value, where jobs that are ready wait for the CPU: the finite-source queue M/M/1//n. */
  readonly exact: number
  /** No more than this is possible: min(1, n (1 - p)). */
  readonly bound: number
}

/**
 * CPU utilisation with `degree` jobs in memory, each of which would spend the share `ioShare` (0 to 1, neither included)
 * of its time waiting for I/O if it were alone; there is a device for each. Three curves: the textbook's, which is too
 * pessimistic; the exact one for exponential times; the bound. Throws OPTION_INVALID for a share outside.
 */
export function multiprogramming(ioShare: number, degree: number): Multiprogramming {
  checkPositive('ioShare', ioShare)
  if (ioShare >= 1) throw invalid('ioShare', 'less than 1', ioShare)
  checkInteger('degree', degree, 1, 1_000_000)
  const [cpu, io] = [1 - ioShare, ioShare]
  const exact = meanValueAnalysis({ demands: [cpu], think: io }, degree).at(-1)?.utilization[0] ?? NaN
  return { degree, independent: 1 - ioShare ** degree, exact, bound: Math.min(1, degree * cpu) }
}
