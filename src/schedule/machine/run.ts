/**
 * A thread on its CPU: switched in, running until its burst or its slice ends, switched out.
 *
 *   dispatch ──▶ switch-in ──▶ run ──▶ switch-out ──▶ ready, blocked or done; the CPU is free
 *                              ▲ │
 *                              └─┘ the next burst is computing too, or the slice ends and nobody else is ready
 */
import { burstIsOver, goOn } from './bursts.ts'
import type { Cpu, Leave } from './cpu.ts'
import { endJob, endThread, makeReady, wait } from './jobs.ts'
import { offerOf } from './offers.ts'
import { become, type Machine } from './state.ts'
import { faulted, systemCrashed } from './table.ts'
import type { JobRun, Thread } from './thread.ts'
import { invalid } from '../checks.ts'

const roundingError = 1e-12

/** The policy picked this thread for this CPU, and others for a wide one. */
export function dispatch(machine: Machine, cpu: Cpu, thread: Thread, held: Cpu[] | undefined): void {
  const { now, table, switchCost, rules } = machine
  const { row } = thread.job
  become(machine, thread, 'running', 'dispatched', cpu.index)
  cpu.thread = thread
  cpu.held = held
  machine.freeCpus -= 1 + (held?.length ?? 0)
  if (held !== undefined) for (const other of held) occupy(other, thread)
  if (rules.response === 'dispatch' && Number.isNaN(table.response[row])) table.response[row] = now - thread.job.arrival
  const isChange = cpu.last !== thread
  const onChange = switchCost.when === 'change'
  if (isChange || !onChange) {
    table.switches[row] = (table.switches[row] as number) + 1
    machine.switches++
  }
  // What was saved on a change was saved for the one that comes, so it pays for both.
  const cost = !onChange ? switchCost.in : !isChange ? 0 : switchCost.in + (cpu.last === undefined ? 0 : switchCost.out)
  cpu.last = thread
  cpu.from = now
  if (cost === 0) return begin(machine, cpu, thread)
  cpu.mode = 'switch-in'
  cpu.due = now + cost
}

function occupy(cpu: Cpu, thread: Thread): void {
  cpu.mode = 'held'
  cpu.thread = thread
  cpu.last = thread
}

/** What was due at this CPU has come. */
export function cpuDue(machine: Machine, cpu: Cpu): void {
  const { now } = machine
  const thread = cpu.thread as Thread
  machine.events++
  if (cpu.mode === 'switch-in') {
    bookSwitch(machine, cpu, thread)
    machine.recheck = true
    return begin(machine, cpu, thread)
  }
  if (cpu.mode === 'switch-out') {
    bookSwitch(machine, cpu, thread)
    return vacate(machine, cpu, thread)
  }
  book(machine, cpu, thread)
  if (cpu.warmAt !== -Infinity && now >= cpu.warmAt) getsWarm(machine, cpu, thread)
  if (now >= cpu.burstEnd) nextBurst(machine, cpu, thread)
  if (cpu.mode === 'run' && cpu.thread === thread && now >= cpu.sliceEnd) sliceIsOver(machine, cpu, thread)
}

/** Its first instruction. */
function begin(machine: Machine, cpu: Cpu, thread: Thread): void {
  const { now, table } = machine
  const { row } = thread.job
  if (Number.isNaN(table.start[row])) table.start[row] = now
  if (Number.isNaN(table.response[row])) table.response[row] = now - thread.job.arrival
  cpu.mode = 'run'
  cpu.level = machine.policy.level?.(thread)
  cpu.from = now
  cpu.since = now
  cpu.bookedTo = now
  cpu.rate = 1
  cpu.warmAt = Infinity
  if (cpu.cache !== undefined) warmth(machine, cpu, thread)
  cpu.sliceEnd = sliceEnd(machine, thread)
  if (thread.job.broken) thread.left = 0
  plan(machine, cpu, thread)
}

/** The policy woke up: those that run may be on another level now, and have new slices if it says so. */
export function policyWoke(machine: Machine, renewsSlices: boolean): void {
  for (const cpu of machine.cpus) {
    if (cpu.mode !== 'run' || cpu.thread === undefined) continue
    noticeLevel(machine, cpu, cpu.thread)
    if (!renewsSlices) continue
    book(machine, cpu, cpu.thread)
    cpu.sliceEnd = sliceEnd(machine, cpu.thread)
    plan(machine, cpu, cpu.thread)
  }
}

/** When something happens on this CPU: its burst ends, its slice ends, its cache is warm. */
function plan(machine: Machine, cpu: Cpu, thread: Thread): void {
  const { now } = machine
  cpu.burstEnd = now + thread.left / cpu.rate
  // Sums of fractions miss their mark by a hair: a burst that ends with its slice ends there.
  const { burstEnd, sliceEnd } = cpu
  if (sliceEnd < Infinity && Math.abs(burstEnd - sliceEnd) <= roundingError * sliceEnd) cpu.burstEnd = sliceEnd
  cpu.due = Math.min(cpu.burstEnd, sliceEnd, cpu.warmAt === -Infinity ? Infinity : cpu.warmAt)
}

function sliceEnd(machine: Machine, thread: Thread): number {
  const { now, policy, rules } = machine
  const quantum = policy.quantum?.(thread, now) ?? Infinity
  if (quantum === Infinity) return Infinity
  const end = rules.slices === 'own' ? now + quantum : (Math.floor(now / quantum + 1e-9) + 1) * quantum
  if (!(end > now)) throw invalid('quantum', 'a time that moves the clock', quantum)
  return end
}

/** Books what the thread did since the last time. */
function book(machine: Machine, cpu: Cpu, thread: Thread): void {
  const { now, table } = machine
  const time = now - cpu.bookedTo
  if (time === 0 && now < cpu.burstEnd) return
  const { row } = thread.job
  const width = thread.width ?? 1
  cpu.bookedTo = now
  thread.left = now >= cpu.burstEnd ? 0 : Math.max(0, thread.left - time * cpu.rate)
  thread.cpuUsed += time
  table.cpu[row] = (table.cpu[row] as number) + time * width
  machine.useful += time * width
  if (cpu.cache !== undefined && cpu.warmAt !== -Infinity) cpu.cache.warm(thread.job, time)
}

function bookSwitch(machine: Machine, cpu: Cpu, thread: Thread): void {
  const { table, rules, now } = machine
  const time = now - cpu.from
  machine.switching += time * (thread.width ?? 1)
  if (rules.switchCountsAsWaiting) {
    const { row } = thread.job
    table.waiting[row] = (table.waiting[row] as number) + time
  }
  span(machine, cpu, thread)
}

/** A warm cache has `warmAt` -Infinity: it got warm before. */
function warmth(machine: Machine, cpu: Cpu, thread: Thread): void {
  const cold = cpu.cache?.coldTime(thread.job) ?? Infinity
  if (cold > 0) cpu.warmAt = machine.now + cold
  else getsWarm(machine, cpu, thread)
}

function getsWarm(machine: Machine, cpu: Cpu, thread: Thread): void {
  if (cpu.warmAt !== Infinity) {
    span(machine, cpu, thread)
    cpu.from = machine.now
    cpu.cache?.fill(thread.job)
  }
  cpu.warmAt = -Infinity
  cpu.rate = cpu.cache?.spec.rate ?? 1
  plan(machine, cpu, thread)
}

/** The burst is over, and the slice may be at the same instant. */
function nextBurst(machine: Machine, cpu: Cpu, thread: Thread): void {
  if (thread.job.broken) return leave(machine, cpu, thread, 'faults')
  burstIsOver(thread)
  const next = goOn(machine, thread, true)
  if (next === 'compute') plan(machine, cpu, thread)
  else if (next === 'crash') crash(machine)
  else leave(machine, cpu, thread, next === 'wait' ? 'waits' : next === 'end' ? 'ends' : 'faults')
}

function sliceIsOver(machine: Machine, cpu: Cpu, thread: Thread): void {
  const { policy, rules, now } = machine
  if (rules.aloneAtExpiry === 'switch' || someoneElse(machine, cpu)) return leave(machine, cpu, thread, 'expired')
  policy.expire?.(thread, now - cpu.since, now)
  noticeLevel(machine, cpu, thread)
  thread.remaining = thread.left + thread.rest
  cpu.since = now
  cpu.sliceEnd = sliceEnd(machine, thread)
  plan(machine, cpu, thread)
}

function someoneElse(machine: Machine, cpu: Cpu): boolean {
  const { policy, now } = machine
  if (policy.size === 0) return false
  const offer = offerOf(machine, cpu)
  return policy.peek === undefined || offer === undefined || policy.peek(now, offer) !== undefined
}

/** Takes a running thread off its CPU, to make room for another one. */
export function preempt(machine: Machine, cpu: Cpu): void {
  const thread = cpu.thread as Thread
  const { row } = thread.job
  book(machine, cpu, thread)
  machine.preemptions++
  machine.table.preemptions[row] = (machine.table.preemptions[row] as number) + 1
  leave(machine, cpu, thread, 'preempted')
}

/** The thread stops running. Once its state is saved, the CPU is free. */
function leave(machine: Machine, cpu: Cpu, thread: Thread, why: Leave): void {
  const { policy, now, switchCost } = machine
  span(machine, cpu, thread)
  const ran = now - cpu.since
  if (why === 'expired') policy.expire?.(thread, ran, now)
  else if (why === 'preempted') policy.preempt?.(thread, ran, now)
  else if (why === 'waits') policy.block?.(thread, ran, now)
  else if (why === 'faults') policy.abort?.(thread, ran, now)
  else policy.finish?.(thread, ran, now)
  cpu.leave = why
  cpu.from = now
  const cost = switchCost.when === 'dispatch' ? switchCost.out : 0
  if (cost === 0) return vacate(machine, cpu, thread)
  cpu.mode = 'switch-out'
  cpu.due = now + cost
}

function vacate(machine: Machine, cpu: Cpu, thread: Thread): void {
  free(machine, cpu)
  if (cpu.leave === 'expired' || cpu.leave === 'preempted') makeReady(machine, thread, cpu.leave)
  else if (cpu.leave === 'waits') wait(machine, thread)
  else if (cpu.leave === 'ends') endThread(machine, thread)
  else return kill(machine, thread.job)
  machine.record?.controlBlock(machine.now, thread)
}

function free(machine: Machine, cpu: Cpu): void {
  machine.freeCpus += 1 + (cpu.held?.length ?? 0)
  for (const each of cpu.held ?? []) idle(each)
  idle(cpu)
}

function idle(cpu: Cpu): void {
  cpu.mode = 'idle'
  cpu.thread = undefined
  cpu.held = undefined
  cpu.due = Infinity
}

/** A fault ends the job, with all of its threads. */
function kill(machine: Machine, job: JobRun): void {
  for (const cpu of machine.cpus) if (cpu.thread?.job === job) abandon(machine, cpu, cpu.thread)
  endJob(machine, job, faulted, 'faulted')
}

function abandon(machine: Machine, cpu: Cpu, thread: Thread): void {
  if (cpu.mode === 'held') return
  stop(machine, cpu)
  if (cpu.mode !== 'switch-out') machine.policy.abort?.(thread, Math.max(0, machine.now - cpu.since), machine.now)
  free(machine, cpu)
}

/** The system is down, and with it all that ran. */
function crash(machine: Machine): void {
  machine.crashed = true
  for (const cpu of machine.cpus) if (cpu.thread !== undefined) abandon(machine, cpu, cpu.thread)
  while (machine.jobs !== undefined) endJob(machine, machine.jobs, systemCrashed, 'system-crashed')
}

/** Books what a CPU did so far, as the simulation, or the job, ends here. */
export function stop(machine: Machine, cpu: Cpu): void {
  const { thread } = cpu
  if (thread === undefined || cpu.mode === 'idle' || cpu.mode === 'held') return
  if (cpu.mode !== 'run') return bookSwitch(machine, cpu, thread)
  book(machine, cpu, thread)
  span(machine, cpu, thread)
}

function span(machine: Machine, cpu: Cpu, thread: Thread): void {
  machine.record?.span(cpu, thread, machine.now)
}

/** The policy may have moved the thread to another level: timelines have a stretch for each. */
function noticeLevel(machine: Machine, cpu: Cpu, thread: Thread): void {
  const level = machine.policy.level?.(thread)
  if (level === cpu.level) return
  span(machine, cpu, thread)
  cpu.from = machine.now
  cpu.level = level
}
