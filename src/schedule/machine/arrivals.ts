/** The jobs that are still to come, in the order of their arrival. */
import { invalid } from '../checks.ts'
import { checkJob } from './checks.ts'
import type { JobSpec, MachineSpec } from './spec.ts'

export interface Arrivals {
  /** When the next one comes; Infinity after the last. */
  at: number
  /** Takes the next one out. */
  take(): JobSpec
}

/** Of an array in any order, or of another iterable in the order of arrival, which is read as the simulation goes on. */
export function arrivalsOf(jobs: Iterable<JobSpec>, machine: MachineSpec): Arrivals {
  return Array.isArray(jobs) ? listed(jobs as readonly JobSpec[], machine) : streamed(jobs, machine)
}

function listed(jobs: readonly JobSpec[], machine: MachineSpec): Arrivals {
  const names = new Set<string>()
  let isSorted = true
  let last = 0
  for (const [index, job] of jobs.entries()) {
    checkJob(job, machine, index)
    if (names.has(job.name)) throw invalid(`jobs[${index}].name`, 'a name that no other job has', job.name)
    names.add(job.name)
    const { arrival = 0 } = job
    if (arrival < last) isSorted = false
    last = arrival
  }
  const sorted = isSorted ? jobs : jobs.toSorted((a, b) => (a.arrival ?? 0) - (b.arrival ?? 0))
  let next = 0
  const arrivals: Arrivals = {
    at: arrivalOf(sorted[0]),
    take() {
      const job = sorted[next++] as JobSpec
      arrivals.at = arrivalOf(sorted[next])
      return job
    },
  }
  return arrivals
}

/** Names are not compared: what has been read is forgotten. */
function streamed(jobs: Iterable<JobSpec>, machine: MachineSpec): Arrivals {
  const iterator = jobs[Symbol.iterator]()
  let index = 0
  let coming: JobSpec | undefined
  const read = (): void => {
    const { done, value } = iterator.next()
    coming = done === true ? undefined : value
    if (coming === undefined) {
      arrivals.at = Infinity
      return
    }
    checkJob(coming, machine, index)
    const at = arrivalOf(coming)
    if (index > 0 && at < arrivals.at)
      throw invalid(`jobs[${index}].arrival`, `not before the one of the job before it, ${arrivals.at}`, at)
    index++
    arrivals.at = at
  }
  const arrivals: Arrivals = {
    at: 0,
    take() {
      const job = coming as JobSpec
      read()
      return job
    },
  }
  read()
  return arrivals
}

function arrivalOf(job: JobSpec | undefined): number {
  return job === undefined ? Infinity : (job.arrival ?? 0)
}
