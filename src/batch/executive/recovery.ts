/**
 * A batch that was closed or killed goes on: what its journal says of each job is held against what the keeper, its journal, the
 * marks and the system know of its program.
 *
 *   journal says    the machine knows                it is
 *   starting        nothing                          never: the attempt is made
 *   starting, or    a program that runs              runs: it goes on under the policy
 *   started         how it ended                     ended: with its real exit code
 *                   that it ran, or nothing (started)  unknown: it may have done its work or not
 *
 * A job whose end nobody saw is not tried again, whatever its `retries`: only who knows the program can say whether it may run twice.
 */
import { uptime } from 'node:os'

import type { Found, RestoredJob } from '../engine/facts.ts'
import type { FoundProgram } from '../machine/types.ts'
import { useAtEnd } from '../machine/use.ts'
import type { JobPlan } from '../types.ts'

/** Linux shows start times in hundredths of a second, whatever its own tick is. */
const tickMs = 10

/** What recovery asks of the machine. */
export interface FindingMachine {
  find(): readonly FoundProgram[]
  adopt(
    job: number,
    attempt: number,
    plan: JobPlan,
    found: { readonly pid: number; readonly startTicks: number; readonly keeperId?: number | undefined },
  ): 'runs' | 'ended' | 'unknown'
}

export interface Recovered {
  readonly jobs: readonly RestoredJob[]
  /** What happened meanwhile, for people. */
  readonly reports: readonly string[]
}

/** Fills in `found`, and has the machine go on with what runs. */
export function recover(jobs: readonly RestoredJob[], machine: FindingMachine): Recovered {
  const traces = new Map(machine.find().map((trace) => [nameOf(trace.job, trace.attempt), trace]))
  const found = jobs.map((job) => {
    if (job.program === 'none' || job.ended !== undefined) return job
    return { ...job, found: findProgram(job, traces.get(nameOf(job.id, job.attempt)), machine) }
  })
  return { jobs: found, reports: reportsOf(found) }
}

function findProgram(job: RestoredJob, trace: FoundProgram | undefined, machine: FindingMachine): Found {
  if (trace === undefined) return { kind: job.program === 'starting' ? 'never' : 'unknown' }
  if (trace.end !== undefined) return endOf(trace.end)
  const { id, attempt, plan } = job
  const verdict = machine.adopt(id, attempt, plan, trace)
  return verdict === 'runs' ? { kind: 'runs', pid: trace.pid, ageMs: ageOf(trace) } : { kind: 'unknown' }
}

/** Both count from when the machine was started, whatever is done to its date. Undefined where they are not of one machine. */
function ageOf({ startTicks }: FoundProgram): number | undefined {
  const age = uptime() * 1_000 - startTicks * tickMs
  return startTicks > 0 && age >= -tickMs ? Math.max(0, age) : undefined
}

function endOf({
  exitCode,
  signal,
  resources,
  startedAt,
  endedAt,
  isOverTime,
}: NonNullable<FoundProgram['end']>): Found {
  const end = { exitCode, signal, use: useAtEnd(resources, undefined), resources }
  return { kind: 'ended', end, startedAt, endedAt, isOverTime }
}

function nameOf(job: number, attempt: number): string {
  return `${job}.${attempt}`
}

/** `2 jobs ran on; 1 ended with exit code 0 meanwhile`, with their names. */
function reportsOf(jobs: readonly RestoredJob[]): string[] {
  const groups = new Map<string, string[]>()
  for (const { found, plan } of jobs) {
    if (found === undefined) continue
    const group = groupOf(found)
    groups.set(group, [...(groups.get(group) ?? []), plan.name])
  }
  return Array.from(groups, ([group, names]) => `while no executive was here: ${group}: ${listOf(names)}`)
}

function groupOf(found: Found): string {
  switch (found.kind) {
    case 'runs':
      return 'ran on'
    case 'never':
      return 'was not started, and is started now'
    case 'unknown':
      return 'ended, and nobody saw how'
    case 'ended': {
      const { signal, exitCode } = found.end
      if (found.isOverTime === true) return 'was ended for its time limit'
      return signal === undefined ? `ended with exit code ${exitCode ?? 'unknown'}` : `was ended by ${signal}`
    }
  }
}

function listOf(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
}
