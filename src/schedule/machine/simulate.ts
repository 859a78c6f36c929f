/** The simulator: from one event to the next, with no tick in between. */
import type { MachineSpec, JobSpec } from './spec.ts'
import type { Simulation } from './simulation.ts'
import { arrivalsOf, type Arrivals } from './arrivals.ts'
import { checkMachine } from './checks.ts'
import type { Cpu } from './cpu.ts'
import { served, stopDevices } from './devices.ts'
import { schedule } from './dispatcher.ts'
import { ioDone, releaseMemory, resume, submit } from './jobs.ts'
import { resultsOf } from './results.ts'
import { cpuDue, policyWoke, stop } from './run.ts'
import { bookState, createMachine, type Machine } from './state.ts'
import { fail } from '../../core/index.ts'
import { invalid } from '../checks.ts'

/**
 * Runs jobs on a machine and reports what became of them. Exact: the clock goes from event to event, so times may be any
 * numbers. Deterministic: the same jobs, machine and policy options give the same result. The policy object must be
 * fresh, and so must the memory.
 *
 * `jobs` is an array in any order, or another iterable (a generator) whose jobs come in the order of arrival: it is read as
 * the simulation goes on, so it may be endless if there is a horizon. Names are compared in arrays only.
 *
 * Within one instant: the policy's own changes (boost, ageing), then arrivals, then I/O that is done, then CPUs in order,
 * where the end of a burst comes before the end of a slice; with `rules.tie: 'expired-first'` CPUs come before all others.
 * When all of them have been heard, free CPUs are given away, and those that are ready may take a CPU from another.
 *
 * A switch out is paid by the thread that leaves: it is ready, blocked or done when its state is saved, so turnaround has it;
 * with `when: 'change'` saving is paid together with restoring, by the one that comes. A thread that is being switched is
 * not preempted. A job that is alone when its slice ends keeps the CPU, which is no switch (see `rules.aloneAtExpiry`).
 *
 * Releases of a periodic job are called `NAME#1`, `NAME#2` and so on, threads of a job with several `JOB.THREAD`.
 * Throws OPTION_INVALID for a machine or a job that makes no sense, and what the memory throws (MEMORY_IMPOSSIBLE).
 *
 * @example
 * const { jobs } = simulate([{ name: 'A', bursts: [{ cpu: 5 }] }, { name: 'B', bursts: [{ cpu: 1 }] }], { policy: sjf() })
 * jobs.map(({ finish }) => finish) // [6, 1]
 */
export function simulate(jobs: Iterable<JobSpec>, machine: MachineSpec): Simulation {
  checkMachine(machine)
  const state = createMachine(machine)
  const arrivals = arrivalsOf(jobs, machine)
  run(state, arrivals, machine.horizon ?? Infinity)
  return resultsOf(state)
}

function run(machine: Machine, arrivals: Arrivals, horizon: number): void {
  const cpusFirst = machine.rules.tie === 'expired-first'
  const { policy, cpus, timers } = machine
  for (;;) {
    const wakeAt = policy.wakeAt === undefined ? Infinity : wakeTime(machine, policy.wakeAt(machine.now))
    let next = Math.min(arrivals.at, timers.peek()?.at ?? Infinity, wakeAt)
    for (const cpu of cpus) if (cpu.due < next) next = cpu.due
    if (isOver(machine, arrivals) || next > horizon || next === Infinity) break
    if (machine.events > machine.eventLimit) throw tooManyEvents(machine)
    machine.now = next
    if (next === horizon) {
      // What ends here is done; nothing begins.
      cpusAt(machine, cpus)
      break
    }
    if (cpusFirst) cpusAt(machine, cpus)
    if (wakeAt <= next) wake(machine)
    while (arrivals.at <= next && !machine.crashed) arrive(machine, arrivals.take())
    timersAt(machine)
    if (!cpusFirst) cpusAt(machine, cpus)
    if (machine.crashed) break
    schedule(machine)
  }
  end(machine, arrivals, horizon)
}

function tooManyEvents({ eventLimit, now }: Machine): Error {
  const rule = `more, a horizon given, slices longer, or record: 'summary': it is reached at time ${now}`
  return fail('OPTION_INVALID', { option: 'eventLimit', rule, got: String(eventLimit) })
}

/** Nothing is left to do: a policy that wakes up again and again need not. */
function isOver(machine: Machine, arrivals: Arrivals): boolean {
  return machine.crashed || (machine.jobs === undefined && arrivals.at === Infinity && machine.timers.size === 0)
}

function arrive(machine: Machine, job: JobSpec): void {
  machine.events++
  noticePlaces(machine, job)
  submit(machine, job)
}

/** From the first job on that cannot run everywhere, policies hear of each CPU. */
function noticePlaces(machine: Machine, job: JobSpec): void {
  if (job.affinity !== undefined && job.affinity.length < machine.cpus.length) machine.hasAffinity = true
  if (machine.hasAffinity || (job.width ?? 1) > 1) machine.offers = true
}

function timersAt(machine: Machine): void {
  const { timers, now } = machine
  for (let timer = timers.peek(); timer !== undefined && timer.at <= now; timer = timers.peek()) {
    if (machine.crashed) return
    timers.pop()
    machine.events++
    if (timer.kind === 'io') {
      served(machine, timer)
      ioDone(machine, timer.thread, timer.sync)
    } else if (timer.kind === 'start') resume(machine, timer.thread, 'admitted')
    else submit(machine, timer.spec, timer.count)
  }
}

function cpusAt(machine: Machine, cpus: readonly Cpu[]): void {
  for (const cpu of cpus) while (cpu.due <= machine.now && !machine.crashed) cpuDue(machine, cpu)
}

/** A policy that is due already is heard now. */
function wakeTime(machine: Machine, at: number): number {
  return Math.max(at, machine.now)
}

function wake(machine: Machine): void {
  const { policy, now } = machine
  machine.events++
  policyWoke(machine, policy.wake?.(now) === true)
  machine.recheck = true
  const again = policy.wakeAt?.(now) ?? Infinity
  if (!(again > now)) throw invalid('policy', 'a policy whose wakeAt comes after the time of its wake', policy.name)
}

/** What is under way when the simulation ends stays unfinished, and counts so far. */
function end(machine: Machine, arrivals: Arrivals, horizon: number): void {
  if (horizon < Infinity && !isOver(machine, arrivals)) machine.now = horizon
  for (const cpu of machine.cpus) stop(machine, cpu)
  stopDevices(machine)
  for (let job = machine.jobs; job !== undefined; job = job.next) {
    if (!job.admitted) machine.table.forMemory[job.row] = machine.now - job.arrival
    for (const thread of job.threads) bookState(machine, thread)
    releaseMemory(machine, job)
  }
}
