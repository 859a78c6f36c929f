/** Jobs that come in: what is wrong with them is said before any of them is taken. */
import { fail } from '../../core/index.ts'
import { claimOf, neverEnough } from './admission.ts'
import { noticeJob } from './cpus.ts'
import { jobOf, type EngineJob } from './job.ts'
import { promise, tell } from './journal.ts'
import { isMet, releaseIfDue, setAlarm, skip } from './life.ts'
import type { NewJob } from './settings.ts'
import type { EngineState } from './state.ts'
import { thingOf } from './words.ts'
import type { Condition, JobPlan } from '../types.ts'

/** Takes all of them or none. */
export function takeIn(state: EngineState, incoming: readonly NewJob[]): void {
  const { now } = state
  state.epoch ??= (incoming[0]?.submittedAt ?? now) - now
  const jobs = incoming.map(({ id, plan, submittedAt }) =>
    jobOf({ id, plan, submittedAt, at: now }, claimOf(state.admission, id, plan), state.settings),
  )
  const names = new Map(jobs.map(({ name, id }) => [name, id]))
  const find = finder(state, jobs, names)
  for (const job of jobs) check(state, job, find)
  checkCircles(jobs, find)
  writeDown(state, jobs)
  for (const job of jobs) enlist(state, job)
  for (const job of jobs) link(job, find)
  for (const job of jobs) {
    state.events.step({ at: now, job: job.id, to: 'waiting', cause: 'submitted' })
    setOut(state, job)
  }
}

/** A new job goes as far as it can. */
export function setOut(state: EngineState, job: EngineJob): void {
  const unmet = unmetOf(job)
  if (unmet !== undefined) return skip(state, job, unmet)
  if (job.notBefore > state.now) setAlarm(state, job, 'release', job.notBefore)
  releaseIfDue(state, job)
}

type Find = (nameOrId: string) => EngineJob | undefined

export function finder(state: EngineState, jobs: readonly EngineJob[], names: ReadonlyMap<string, number>): Find {
  const own = new Map(jobs.map((job) => [job.id, job]))
  return (nameOrId) => {
    const id = names.get(nameOrId) ?? state.names.get(nameOrId) ?? Number(nameOrId)
    return own.get(id) ?? state.jobs.get(id)
  }
}

function check(state: EngineState, job: EngineJob, find: Find): void {
  const { plan, name } = job
  const never = neverEnough(state.admission, job.claim)
  if (never !== undefined) {
    const { what, amount: wanted } = never
    throw fail('JOB_IMPOSSIBLE', { job: name, wanted, what: thingOf(what), most: state.admission.total.get(what) ?? 0 })
  }
  const cpus = cpusFor(state, plan)
  if (plan.width > cpus)
    throw fail('JOB_IMPOSSIBLE', { job: name, wanted: plan.width, what: 'the CPUs where it may run', most: cpus })
  for (const { job: wanted } of plan.after) {
    if (find(wanted) !== undefined) continue
    throw fail('DEPENDENCY_UNKNOWN', { job: name, dependency: wanted, known: knownText(state) })
  }
  // A policy that cannot place it says so now: it stands in no queue, so nothing else comes of this.
  state.policy.withdraw(job)
}

/** Jobs that come together may wait for each other, but not in a circle. */
function checkCircles(jobs: readonly EngineJob[], find: Find): void {
  const open = new Map(jobs.map((job) => [job, 0]))
  const after = new Map<EngineJob, EngineJob[]>()
  for (const job of jobs)
    for (const { job: wanted } of job.plan.after) {
      const other = find(wanted)
      if (other === undefined || !open.has(other)) continue
      open.set(job, (open.get(job) ?? 0) + 1)
      const list = after.get(other)
      if (list === undefined) after.set(other, [job])
      else list.push(job)
    }
  const clear = jobs.filter((job) => open.get(job) === 0)
  // The list grows while it is gone through.
  for (const job of clear)
    for (const next of after.get(job) ?? []) {
      const left = (open.get(next) ?? 0) - 1
      open.set(next, left)
      if (left === 0) clear.push(next)
    }
  if (clear.length === jobs.length) return
  const circle = jobs.filter((job) => (open.get(job) ?? 0) > 0).map(({ name }) => name)
  throw fail('DEPENDENCY_CYCLE', { jobs: circle.slice(0, 10).join(', ') })
}

/** CPUs where it may run. */
export function cpusFor({ settings }: EngineState, { affinity }: JobPlan): number {
  return affinity === undefined ? settings.cpus.length : settings.cpus.filter((cpu) => affinity.includes(cpu)).length
}

function knownText({ jobs }: EngineState): string {
  if (jobs.size === 0) return 'none'
  const names = Array.from(jobs.values(), ({ name }) => name)
  return names.length > 5 ? `${names.slice(-5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}

/** Before anything comes of them. */
function writeDown(state: EngineState, jobs: readonly EngineJob[]): void {
  let written = 0
  try {
    for (const { id, plan, submittedAt } of jobs) {
      promise(state, { kind: 'submitted', job: id, plan, at: submittedAt })
      written++
    }
  } catch (error) {
    for (const { id } of jobs.slice(0, written)) tell(state, { kind: 'forgotten', job: id })
    throw error
  }
}

export function enlist(state: EngineState, job: EngineJob): void {
  state.jobs.set(job.id, job)
  if (!state.names.has(job.name)) state.names.set(job.name, job.id)
  noticeJob(state.cpus, job)
}

/** Those it waits for know of it. One that is not known any more is as if it had ended as it should. */
export function link(job: EngineJob, find: Find): void {
  const needs: { job: EngineJob; on: Condition }[] = []
  for (const { job: wanted, on } of job.plan.after) {
    const other = find(wanted)
    if (other === undefined) continue
    needs.push({ job: other, on })
    other.neededBy++
    if (other.stage === 'ended') continue
    other.waiters.push({ job, on })
    job.missing++
  }
  job.needs = needs
}

/** One that ended already, and otherwise than this job waits for. */
function unmetOf(job: EngineJob): EngineJob | undefined {
  return job.needs.find(({ job: other, on }) => other.stage === 'ended' && !isMet(on, other))?.job
}
