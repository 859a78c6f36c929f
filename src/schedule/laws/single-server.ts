/**
 * One CPU, Poisson arrivals: what queueing theory predicts on average, in the steady state. In all of them `arrivalRate`
 * is lambda, `load` is rho = arrivalRate x mean service, and must be less than 1.
 */
import { invalid } from '../checks.ts'
import { checkPositive, secondMoment, type Distribution } from '../random/distribution.ts'

/** What is predicted of a queue; times in the unit of the service, counts in jobs. */
export interface Prediction {
  /** Share of the CPUs that is in use. */
  readonly utilization: number
  /** Mean time in the system, W (turnaround). */
  readonly turnaround: number
  /** Mean time spent waiting, Wq. */
  readonly waiting: number
  /** Mean number in the system, L. */
  readonly inSystem: number
  /** Mean number that wait, Lq. */
  readonly inQueue: number
}

type Moments = Pick<Distribution, 'mean' | 'variance'>

/**
 * M/M/1: exponential service, W = 1 / (mu - lambda) (Kleinrock: Queueing Systems I, 3.2). Throws OPTION_INVALID for a load
 * of 1 or more, at which the queue grows for ever.
 */
export function mm1(arrivalRate: number, meanService: number): Prediction {
  const load = loadOf(arrivalRate, meanService)
  return fromWaiting(arrivalRate, meanService, (load * meanService) / (1 - load))
}

/**
 * M/G/1 in order of arrival: Wq = lambda E[S^2] / (2 (1 - rho)), the mean value formula of Pollaczek and Khinchine
 * (Kleinrock: Queueing Systems I, 5.6). Throws OPTION_INVALID for a load of 1 or more.
 */
export function mg1(arrivalRate: number, service: Moments): Prediction {
  const load = loadOf(arrivalRate, service.mean)
  return fromWaiting(arrivalRate, service.mean, (arrivalRate * secondMoment(service)) / (2 * (1 - load)))
}

/**
 * Processor sharing, round robin with slices towards 0: W = E[S] / (1 - rho) whatever the distribution (Kleinrock: Queueing
 * Systems II, 4.4). Throws OPTION_INVALID for a load of 1 or more.
 */
export function mg1ProcessorSharing(arrivalRate: number, meanService: number): Prediction {
  const load = loadOf(arrivalRate, meanService)
  return fromWaiting(arrivalRate, meanService, meanService / (1 - load) - meanService)
}

/** The load, arrivalRate x meanService; throws OPTION_INVALID for one of 1 or more (per server). */
export function loadOf(arrivalRate: number, meanService: number, servers = 1): number {
  checkPositive('arrivalRate', arrivalRate)
  checkPositive('meanService', meanService)
  const load = (arrivalRate * meanService) / servers
  if (load >= 1) throw invalid('load', 'less than 1, or the queue grows for ever', load)
  return load
}

/** All figures from one, by Little's law. */
export function fromWaiting(arrivalRate: number, meanService: number, waiting: number, servers = 1): Prediction {
  const turnaround = waiting + meanService
  return {
    utilization: (arrivalRate * meanService) / servers,
    turnaround,
    waiting,
    inSystem: numberInSystem(arrivalRate, turnaround),
    inQueue: numberInSystem(arrivalRate, waiting),
  }
}

/** Little's law, L = lambda W (Little: A Proof for the Queuing Formula L = lambda W, Operations Research 9, 1961). */
export function numberInSystem(arrivalRate: number, timeInSystem: number): number {
  return arrivalRate * timeInSystem
}
