/**
 * The driver of the policy: gives free CPUs to those that are ready, ends slices, and takes CPUs from those that have to give
 * way. It asks and tells a policy the same as the simulator does, in the same order.
 *
 *   ready ──▶ dispatch ──▶ runs ──▶ slice is over ──▶ ready; or it goes on, if nobody else could have the CPU
 *                            │
 *                            └───▶ preempted ──▶ ready
 */
import { become, type EngineState } from './state.ts'
import type { Policy, ReadyCause } from '../../schedule/index.ts'
import type { StepCause } from '../types.ts'
import { occupy, offerOf, vacate, type Cpu } from './cpus.ts'
import type { EngineJob } from './job.ts'
import { promise, retryLater } from './journal.ts'

/** A policy that prefers the one it has just taken off would go on for ever. */
const preemptionsAtOneInstant = 10_000

const causes: Readonly<Partial<Record<StepCause, ReadyCause>>> = {
  unblocked: 'unblocked',
  expired: 'expired',
  preempted: 'preempted',
  yielded: 'yielded',
}

/** The only way to a CPU. */
export function makeReady(state: EngineState, job: EngineJob, cause: StepCause): void {
  if (cause === 'unblocked') job.burst = leftOf(job)
  become(state, job, 'ready', cause, 'waits for a CPU')
  job.order = state.nextOrder++
  state.touched.add(job)
  getInLine(state, job, causes[cause] ?? 'arrived')
}

/** Into the policy's queue. */
function getInLine(state: EngineState, job: EngineJob, cause: ReadyCause): void {
  job.remaining = leftOf(job)
  job.queued = true
  state.recheck = true
  state.policy.ready(job, state.now, cause)
}

/** Something that policies go by has changed. */
export function reorder(state: EngineState, job: EngineJob): void {
  state.recheck = true
  if (!job.queued) return
  state.policy.withdraw(job)
  getInLine(state, job, 'preempted')
}

/** Out of the policy's queue, or from its CPU; it is nowhere then, until it is made ready. */
export function setAside(state: EngineState, job: EngineJob): void {
  if (state.held.delete(job)) job.held = false
  if (job.cpu !== undefined) {
    const ran = leaveCpu(state, job)
    state.policy.preempt?.(job, ran, state.now)
    state.policy.ready(job, state.now, 'preempted')
    state.policy.withdraw(job)
  } else if (job.queued) {
    state.policy.withdraw(job)
    job.queued = false
  }
}

/** It has none of its CPUs any more; gives what it ran since the policy counts. */
export function leaveCpu(state: EngineState, job: EngineJob, until: number = state.now): number {
  const ran = Math.max(0, until - (job.cpu?.since ?? until))
  job.ran += ran
  vacate(state.cpus, job)
  return ran
}

/** Slices that are over, in the order of CPUs. */
export function endSlices(state: EngineState): void {
  for (const cpu of state.cpus.all)
    if (cpu.sliceEnd <= state.now && cpu.job !== undefined) endSlice(state, cpu, cpu.job)
}

function endSlice(state: EngineState, cpu: Cpu, job: EngineJob): void {
  const { policy, now } = state
  if (job.plan.sliced && someoneElse(state, cpu)) {
    const ran = leaveCpu(state, job)
    policy.expire?.(job, ran, now)
    job.preemptions++
    return makeReady(state, job, 'expired')
  }
  const ran = now - (cpu.since ?? now)
  policy.expire?.(job, ran, now)
  job.ran += ran
  job.remaining = leftOf(job)
  cpu.since = now
  newSlice(state, cpu, job)
}

/** The program runs from now on, so its first slice begins. */
export function beginSlice(state: EngineState, job: EngineJob): void {
  const { cpu } = job
  if (cpu === undefined || cpu.since !== undefined) return
  cpu.since = state.now
  cpu.sliceEnd = job.ending === undefined ? state.now + cpu.quantum : Infinity
}

/** The policy has levels and slices of its own making, and changed them. */
export function renewSlices(state: EngineState): void {
  for (const cpu of state.cpus.all) if (cpu.job !== undefined && !cpu.isHeld) newSlice(state, cpu, cpu.job)
}

function newSlice({ policy, now }: EngineState, cpu: Cpu, job: EngineJob): void {
  cpu.quantum = quantumOf(policy.quantum?.(job, now))
  cpu.sliceEnd = cpu.since === undefined || job.ending !== undefined ? Infinity : now + cpu.quantum
}

/** Whatever a policy says, time goes on. */
function quantumOf(quantum: number = Infinity): number {
  return quantum > 0 ? quantum : 1
}

function someoneElse({ policy, cpus, now }: EngineState, cpu: Cpu): boolean {
  if (policy.size === 0) return false
  const offer = offerOf(cpus, policy, cpu)
  return policy.peek === undefined || offer === undefined || policy.peek(now, offer) !== undefined
}

/** Free CPUs are given away, and then those that are ready may take CPUs from others. */
export function schedule(state: EngineState): void {
  fill(state)
  if (!state.recheck) return
  state.recheck = false
  if (state.policy.preempts === undefined || state.policy.peek === undefined) return
  for (let count = 0; state.policy.size > 0 && count < preemptionsAtOneInstant && giveWay(state); count++) fill(state)
}

function fill(state: EngineState): void {
  const { policy, cpus, now } = state
  if (cpus.free === 0 || policy.size === 0) return
  for (const cpu of cpus.all) {
    while (cpu.job === undefined) {
      const job = policy.pick(now, offerOf(cpus, policy, cpu))
      if (job === undefined) {
        if (cpus.hasAffinity || policy.looksAtCpu === true) break
        return
      }
      const why = policy.explain?.(job, now) ?? ''
      job.queued = false
      if (!dispatch(state, cpu, job, why)) break
      if (cpus.free === 0 || policy.size === 0) return
    }
  }
}

/** False when the policy picked one that is too wide for what is free. */
function dispatch(state: EngineState, cpu: Cpu, job: EngineJob, why: string): boolean {
  const before = job.cpus
  if (!occupy(state.cpus, state.policy, cpu, job)) {
    state.policy.preempt?.(job, 0, state.now)
    getInLine(state, job, 'preempted')
    return false
  }
  if (!mayStart(state, job)) {
    vacate(state.cpus, job)
    job.cpus = before
    hold(state, job)
    return true
  }
  if (job.program === 'runs') cpu.since = state.now
  else if (job.program === 'none') job.program = 'starting'
  newSlice(state, cpu, job)
  state.touched.add(job)
  if (state.moving.delete(job)) {
    if (isSame(before, job.cpus)) return true
    loseCpu(state, job)
  }
  job.dispatches++
  become(state, job, 'running', 'dispatched', why)
  return true
}

/** To a change of the policy. */
function loseCpu(state: EngineState, job: EngineJob): void {
  job.preemptions++
  state.touched.add(job)
  become(state, job, 'ready', 'yielded', 'waits for a CPU')
}

/**
 * Another policy from now on. Those that run are ready for it, before those that wait for a CPU, in their order; who is picked
 * again at once keeps its CPU, and its program notices nothing. Those that may not lose their CPU are picked for it. Throws what
 * the policy throws for a job that it refuses, and then nothing has changed.
 */
export function changePolicy(state: EngineState, policy: Policy<EngineJob>, known: readonly EngineJob[]): void {
  const { cpus, now } = state
  const running = cpus.all.flatMap(({ job, isHeld }) => (job === undefined || isHeld ? [] : [job]))
  const mayMove = (job: EngineJob): boolean => job.plan.sliced && job.ending === undefined
  const waiting = known.filter(({ queued }) => queued).toSorted((a, b) => a.order - b.order)
  const before = known.map(({ place, memo }) => ({ place, memo }))
  try {
    for (const job of known) {
      job.place = -1
      job.memo = undefined
      job.remaining = leftOf(job)
      policy.arrive?.(job, now)
    }
    for (const job of running) if (!mayMove(job)) pickFor(state, policy, job)
    for (const job of running) if (mayMove(job)) policy.ready(job, now)
    for (const job of waiting) policy.ready(job, now)
  } catch (error) {
    for (const [index, job] of known.entries()) Object.assign(job, before[index])
    throw error
  }
  state.policy = policy
  for (const job of running) if (mayMove(job)) takeOff(state, job)
  renewSlices(state)
  state.recheck = true
  schedule(state)
  for (const job of state.moving) loseCpu(state, job)
  state.moving.clear()
}

function takeOff(state: EngineState, job: EngineJob): void {
  leaveCpu(state, job)
  job.queued = true
  job.order = state.nextOrder++
  state.moving.add(job)
}

/** It has its CPU, and the policy has picked it. */
function pickFor({ cpus, now }: EngineState, policy: Policy<EngineJob>, job: EngineJob): void {
  const cpu = cpus.indexes.get(job.cpu?.number ?? -1) ?? 0
  policy.ready(job, now)
  const picked = policy.pick(now, { cpu, free: cpus.all.length, accepts: (each) => each === job })
  if (picked === undefined) policy.withdraw(job)
}

/** Before the program of an attempt starts, it is written down that it will. */
function mayStart(state: EngineState, job: EngineJob): boolean {
  if (job.program !== 'none') return true
  if (state.retryAt > state.now && state.retryAt < Infinity) return false
  try {
    promise(state, { kind: 'starting', job: job.id, attempt: job.attempt + 1 })
  } catch {
    retryLater(state)
    return false
  }
  job.attempt++
  job.ran = 0
  return true
}

/** It was picked, and cannot be started: it waits until the journal takes facts again. */
function hold(state: EngineState, job: EngineJob): void {
  state.policy.preempt?.(job, 0, state.now)
  state.policy.ready(job, state.now, 'preempted')
  state.policy.withdraw(job)
  job.held = true
  state.held.add(job)
}

/** The journal may take facts again. */
export function letGo(state: EngineState): void {
  const waiting = [...state.held].toSorted((a, b) => a.order - b.order)
  state.held.clear()
  for (const job of waiting) {
    job.held = false
    getInLine(state, job, 'preempted')
  }
}

/** The one that is furthest behind a ready one loses its CPU. False if nobody is. */
function giveWay(state: EngineState): boolean {
  const { policy, cpus, now } = state
  let lead = 0
  let loser: EngineJob | undefined
  for (const cpu of cpus.all) {
    const { job } = cpu
    if (job === undefined || cpu.isHeld || !job.plan.sliced || job.ending !== undefined) continue
    const candidate = policy.peek?.(now, offerOf(cpus, policy, cpu))
    if (candidate === undefined) continue
    const index = cpus.indexes.get(cpu.number) ?? cpu.index
    const itsLead = policy.preempts?.({ job, cpu: index, since: cpu.since ?? now }, candidate, now) ?? 0
    if (itsLead > lead) {
      lead = itsLead
      loser = job
    }
  }
  if (loser !== undefined) preempt(state, loser)
  return loser !== undefined
}

function preempt(state: EngineState, job: EngineJob): void {
  const ran = leaveCpu(state, job)
  state.policy.preempt?.(job, ran, state.now)
  job.preemptions++
  makeReady(state, job, 'preempted')
}

/**
 * What is left of what it is expected to take. One that ran longer is taken to need as long again, so that it does not pass for
 * one that is nearly done.
 */
function leftOf({ expected, ran }: EngineJob): number | undefined {
  if (expected === undefined) return undefined
  let whole = expected
  while (whole < ran) whole = whole * 2 || 1
  return whole - ran
}

/** The machine is told what became of each: those that stop first, then those that go, then those that start. */
export function command(state: EngineState): void {
  const { machine, touched } = state
  for (const job of touched) {
    if (job.cpu === undefined && job.told === 'go' && mustStop(job)) {
      machine.stop(job.id)
      job.told = 'stop'
      state.isDirty = true
    }
  }
  for (const job of touched) if (job.cpu !== undefined && job.ending === undefined) goOn(state, job)
  touched.clear()
}

function mustStop(job: EngineJob): boolean {
  if (job.ending !== undefined || job.program === 'none') return false
  return job.state === 'paused' || (job.state === 'ready' && job.plan.sliced)
}

function goOn(state: EngineState, job: EngineJob): void {
  const { machine } = state
  if (job.told === 'go' && job.toldCpus === job.cpus) return
  if (job.told === 'go' && isSame(job.toldCpus, job.cpus)) return
  if (job.program === 'starting' && job.told === undefined) machine.start(job.id, job.attempt, job.plan, job.cpus)
  else machine.go(job.id, job.cpus)
  job.told = 'go'
  job.toldCpus = job.cpus
  state.isDirty = true
}

function isSame(some: readonly number[], others: readonly number[]): boolean {
  return some.length === others.length && some.every((each, index) => each === others[index])
}
