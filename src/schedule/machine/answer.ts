/** A simulation in the short form in which textbooks give their answers. */
import type { CpuSpan, Simulation } from './simulation.ts'

export interface JobAnswer {
  readonly finish: number | undefined
  readonly turnaround: number | undefined
  readonly waiting: number
  readonly response: number | undefined
}

/** Who ran, from when to when; stretches of one job that touch on the same CPU are one. */
export type GanttBar = readonly [job: string, from: number, to: number]

export interface Answer {
  readonly jobs: Readonly<Record<string, JobAnswer>>
  readonly avg: { readonly turnaround: number; readonly waiting: number; readonly response: number }
  /** In order of time, then of CPUs; switches are gaps. Empty without `record: 'full'`. */
  readonly gantt: readonly GanttBar[]
}

/**
 * The answer to a scheduling exercise: of each job finish, turnaround, waiting and response, their averages over the jobs
 * that are done, and the Gantt chart.
 *
 * @example
 * answer(simulate([{ name: 'A', bursts: [{ cpu: 5 }] }], { policy: fcfs() })).gantt // [['A', 0, 5]]
 */
export function answer({ jobs, system, record }: Simulation): Answer {
  const { turnaround, waiting, response } = system.average
  return {
    jobs: Object.fromEntries(
      jobs.map((job) => [
        job.name,
        { finish: job.finish, turnaround: job.turnaround, waiting: job.waiting, response: job.response },
      ]),
    ),
    avg: { turnaround, waiting, response },
    gantt: bars(record?.cpu ?? []),
  }
}

/** The Gantt chart of CPU spans. */
function bars(spans: readonly CpuSpan[]): GanttBar[] {
  const done: { job: string; from: number; to: number; cpu: number }[] = []
  const latest = new Map<number, (typeof done)[number]>()
  for (const { cpu, job, from, to, kind } of spans) {
    if (kind !== 'run') continue
    const before = latest.get(cpu)
    if (before !== undefined && before.job === job && before.to === from) before.to = to
    else {
      const bar = { job, from, to, cpu }
      latest.set(cpu, bar)
      done.push(bar)
    }
  }
  return done.toSorted((a, b) => a.from - b.from || a.cpu - b.cpu).map(({ job, from, to }) => [job, from, to])
}
