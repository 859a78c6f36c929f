/**
 * The life of a job: submitted, admitted to memory, its threads ready or waiting, and its end.
 *
 *   submit ──▶ [ waits for memory ] ──▶ admit ──▶ threads: resume ──▶ ready ... ──▶ endThread ──▶ endJob
 */
import { aloneTime, goOn } from './bursts.ts'
import { request } from './devices.ts'
import { become, type Machine } from './state.ts'
import type { TransitionCause } from './simulation.ts'
import type { JobSpec } from './spec.ts'
import { done, systemCrashed } from './table.ts'
import { JobRun, Thread } from './thread.ts'
import type { ReadyCause } from '../types.ts'

const readyCauses = new Map<TransitionCause, ReadyCause>([
  ['io-done', 'unblocked'],
  ['expired', 'expired'],
  ['preempted', 'preempted'],
])

/** A job comes; with a period, its first release. */
export function submit(machine: Machine, spec: JobSpec, count = 1): void {
  const { now, table, timers, policy } = machine
  const { period } = spec
  const name = period === undefined ? spec.name : `${spec.name}#${count}`
  if (period !== undefined)
    timers.push({ kind: 'release', place: -1, at: now + period, spec, count: count + 1 }, now + period)
  const deadline = now + (spec.deadline ?? period ?? Infinity)
  const row = table.add(name, spec.owner ?? 'user', now, aloneTime(spec, machine.cpus.length), deadline)
  const job = new JobRun(spec, name, row, now)
  enlist(machine, job)
  if (spec.threads === undefined) addThread(machine, job, name, spec.bursts ?? [], spec.priority, deadline)
  else
    for (const [index, thread] of spec.threads.entries())
      addThread(
        machine,
        job,
        `${name}.${thread.name ?? index + 1}`,
        thread.bursts,
        thread.priority ?? spec.priority,
        deadline,
      )
  job.alive = job.threads.length
  for (const thread of job.threads) {
    become(machine, thread, 'new', 'submitted')
    policy.arrive?.(thread, now)
  }
  const isBehind = machine.waiting.size > 0 && machine.rules.admission === 'in-order'
  if (isBehind || !admit(machine, job)) machine.waiting.push(job)
  else start(machine, job)
}

function addThread(
  machine: Machine,
  job: JobRun,
  name: string,
  bursts: Thread['bursts'],
  priority: number | undefined,
  deadline: number,
): void {
  const thread = new Thread(job, name, bursts, priority)
  thread.since = machine.now
  if (deadline !== Infinity) thread.deadline = deadline
  job.threads.push(thread)
}

/** Gives the job its memory; false while there is no room. */
function admit(machine: Machine, job: JobRun): boolean {
  const { now, spec, table } = machine
  if (machine.inMemory >= (spec.degree ?? Infinity)) return false
  const size = job.spec.memory ?? 0
  if (spec.memory !== undefined && size > 0) {
    const place = spec.memory.admit(job.name, size, now)
    if (place === undefined) return false
    job.base = place.base
  }
  job.size = size
  job.memorySince = now
  job.admitted = true
  machine.inMemory++
  table.forMemory[job.row] = now - job.arrival
  return true
}

/** Its threads begin. A job that has nothing to do ends here, and others may be admitted. */
function start(machine: Machine, job: JobRun): void {
  const { now } = machine
  const { threads } = job.spec
  for (const [index, thread] of job.threads.entries()) {
    const at = job.arrival + (threads?.[index]?.delay ?? 0)
    if (at <= now) resume(machine, thread, 'admitted')
    else machine.timers.push({ kind: 'start', place: -1, at, thread }, at)
  }
}

/** Room was made: who gets in? */
function admitWaiting(machine: Machine): void {
  const { waiting, rules } = machine
  for (;;) {
    const fits =
      rules.admission === 'first-fit' ? waiting.find((job) => admit(machine, job)) : firstIfAdmitted(machine, waiting)
    if (fits === undefined) return
    waiting.remove(fits)
    start(machine, fits)
  }
}

function firstIfAdmitted(machine: Machine, waiting: Machine['waiting']): JobRun | undefined {
  const first = waiting.find(() => true)
  return first !== undefined && admit(machine, first) ? first : undefined
}

/** A thread that is on no CPU goes on with its bursts: it may be ready, have to wait, or be done. */
export function resume(machine: Machine, thread: Thread, cause: TransitionCause): void {
  if (thread.job.ended) return
  // A broken job finds out as soon as it computes.
  const next = thread.job.broken ? 'compute' : goOn(machine, thread, false)
  if (next === 'wait') wait(machine, thread)
  else if (next === 'end') endThread(machine, thread)
  else {
    thread.burst = thread.left + thread.rest
    makeReady(machine, thread, cause)
  }
}

/** The only way to a CPU. */
export function makeReady(machine: Machine, thread: Thread, cause: TransitionCause): void {
  thread.remaining = thread.left + thread.rest
  become(machine, thread, 'ready', cause)
  machine.recheck = true
  machine.policy.ready(thread, machine.now, readyCauses.get(cause) ?? 'arrived')
}

/** Its present burst is I/O, or it waits for what it handed in. */
export function wait(machine: Machine, thread: Thread): void {
  if (thread.state !== 'blocked') become(machine, thread, 'blocked', 'waits-for-io')
  const burst = thread.bursts[thread.at]
  if (burst !== undefined && 'io' in burst) {
    thread.at++
    thread.waitsFor = burst.device ?? 'io'
    request(machine, thread, burst, true)
  } else if (thread.pending > 0) {
    thread.awaits = true
    thread.waitsFor = 'all I/O'
  } else resume(machine, thread, 'io-done')
}

/** A request of this thread is done. */
export function ioDone(machine: Machine, thread: Thread, sync: boolean): void {
  if (!sync) {
    thread.pending--
    if (!thread.awaits || thread.pending > 0) return
    thread.awaits = false
  }
  thread.waitsFor = undefined
  resume(machine, thread, 'io-done')
}

export function endThread(machine: Machine, thread: Thread): void {
  become(machine, thread, 'done', 'finished')
  const { job } = thread
  if (--job.alive === 0) closeJob(machine, job, done)
}

/** Ends the job, whose threads are on no CPU any more. */
export function endJob(machine: Machine, job: JobRun, end: number, cause: TransitionCause): void {
  for (const thread of job.threads) {
    if (thread.state === 'done') continue
    if (thread.state === 'ready') machine.policy.withdraw(thread)
    become(machine, thread, 'done', cause)
  }
  closeJob(machine, job, end)
}

function closeJob(machine: Machine, job: JobRun, end: number): void {
  const { table, spec, now } = machine
  job.ended = true
  table.finish[job.row] = now
  table.end[job.row] = end
  unlist(machine, job)
  if (spec.cache !== undefined) for (const cpu of machine.cpus) cpu.cache?.forget(job)
  if (!job.admitted) return
  machine.inMemory--
  releaseMemory(machine, job)
  if (end !== systemCrashed && machine.waiting.size > 0) admitWaiting(machine)
}

export function releaseMemory(machine: Machine, job: JobRun): void {
  if (job.base === undefined) return
  const { now, record, spec } = machine
  machine.memoryUsed.set(job.row, job.size * (now - job.memorySince))
  record?.memorySpan(job, now)
  spec.memory?.release(job.name, now)
  job.base = undefined
}

function enlist(machine: Machine, job: JobRun): void {
  job.next = machine.jobs
  if (machine.jobs !== undefined) machine.jobs.previous = job
  machine.jobs = job
}

function unlist(machine: Machine, job: JobRun): void {
  if (job.previous === undefined) machine.jobs = job.next
  else job.previous.next = job.next
  if (job.next !== undefined) job.next.previous = job.previous
  job.previous = undefined
  job.next = undefined
}
