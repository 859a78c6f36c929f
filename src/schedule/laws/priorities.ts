/** M/G/1 with classes of priority, the first class the most urgent; in order of arrival within a class. */
import { secondMoment, type Distribution } from '../random/distribution.ts'
import { fromWaiting, loadOf, type Prediction } from './single-server.ts'

export interface PriorityClass {
  readonly arrivalRate: number
  readonly service: Pick<Distribution, 'mean' | 'variance'>
}

/**
 * Who runs is not interrupted: Wq of class k = R / ((1 - s(k-1)) (1 - s(k))), s(k) the load of the classes up to k and R
 * what is left, on average, of the job that runs (Cobham: Priority Assignment in Waiting Line Problems, Operations Research
 * 2, 1954). Throws OPTION_INVALID for a load of 1 or more in all.
 */
export function nonPreemptivePriority(classes: readonly PriorityClass[]): Prediction[] {
  const loads = cumulativeLoads(classes)
  const residual = residualUpTo(classes, classes.length)
  return classes.map(({ arrivalRate, service }, index) => {
    const waiting = residual / ((1 - (loads[index] ?? 0)) * (1 - (loads[index + 1] ?? 0)))
    return fromWaiting(arrivalRate, service.mean, waiting)
  })
}

/**
 * A more urgent job takes the CPU, and the other one goes on later where it was: W of class k = E[S] / (1 - s(k-1)) +
 * R(k) / ((1 - s(k-1)) (1 - s(k))), with R(k) of the classes up to k alone (Kleinrock: Queueing Systems II, 3.6). Throws
 * OPTION_INVALID for a load of 1 or more in all.
 */
export function preemptivePriority(classes: readonly PriorityClass[]): Prediction[] {
  const loads = cumulativeLoads(classes)
  return classes.map(({ arrivalRate, service }, index) => {
    const above = 1 - (loads[index] ?? 0)
    const wait = residualUpTo(classes, index + 1) / (above * (1 - (loads[index + 1] ?? 0)))
    return fromWaiting(arrivalRate, service.mean, service.mean / above + wait - service.mean)
  })
}

/** Load of the first 0, 1, 2, ... classes. */
function cumulativeLoads(classes: readonly PriorityClass[]): number[] {
  const loads = [0]
  let total = 0
  for (const { arrivalRate, service } of classes) {
    total += loadOf(arrivalRate, service.mean)
    loads.push(total)
  }
  if (classes.length > 0) loadOf(total, 1)
  return loads
}

/** What is left of the running job when another one comes: sum of lambda E[S^2] / 2. */
function residualUpTo(classes: readonly PriorityClass[], count: number): number {
  return classes
    .slice(0, count)
    .reduce((sum, { arrivalRate, service }) => sum + (arrivalRate * secondMoment(service)) / 2, 0)
}
