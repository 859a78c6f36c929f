/** M/M/c: several CPUs that serve one queue. */
import { checkInteger } from '../../core/index.ts'
import { fromWaiting, loadOf, type Prediction } from './single-server.ts'

/**
 * Erlang's C formula: the probability that a job has to wait (Erlang 1917; Kleinrock: Queueing Systems I, 3.5), by the
 * recursion of his B formula, which does not overflow. Throws OPTION_INVALID for a load of 1 or more.
 */
export function erlangC(arrivalRate: number, meanService: number, servers: number): number {
  checkInteger('servers', servers, 1, 1_000_000)
  const load = loadOf(arrivalRate, meanService, servers)
  const offered = arrivalRate * meanService
  let blocked = 1
  for (let count = 1; count <= servers; count++) blocked = (offered * blocked) / (count + offered * blocked)
  return blocked / (1 - load * (1 - blocked))
}

/** M/M/c in order of arrival: Wq = C E[S] / (c (1 - rho)). Throws OPTION_INVALID for a load of 1 or more. */
export function mmc(arrivalRate: number, meanService: number, servers: number): Prediction {
  const load = loadOf(arrivalRate, meanService, servers)
  const waiting = (erlangC(arrivalRate, meanService, servers) * meanService) / (servers * (1 - load))
  return fromWaiting(arrivalRate, meanService, waiting, servers)
}
