/** Gives free CPUs to those that are ready, and takes CPUs from those that have to give way. */
import { invalid } from '../checks.ts'
import type { Cpu } from './cpu.ts'
import { offerOf } from './offers.ts'
import { dispatch, preempt } from './run.ts'
import type { Machine } from './state.ts'
import type { Thread } from './thread.ts'

/** A policy that prefers the one it has just taken off would go on for ever. */
const preemptionsAtOneInstant = 100_000

export function schedule(machine: Machine): void {
  fill(machine)
  if (!machine.recheck) return
  if (machine.policy.preempts === undefined || machine.policy.peek === undefined) return
  // A CPU that is being left will go to the first of those that are ready; who is next is seen then.
  if (machine.switchCost.out > 0 && machine.cpus.some(({ mode }) => mode === 'switch-out')) return
  machine.recheck = false
  for (let count = 0; machine.policy.size > 0 && giveWay(machine); count++) {
    if (count === preemptionsAtOneInstant)
      throw invalid('policy', 'a policy that settles on one of two jobs', machine.policy.name)
    fill(machine)
    if (machine.recheck && machine.switchCost.out > 0) return
  }
}

function fill(machine: Machine): void {
  const { policy, cpus, now } = machine
  if (machine.freeCpus === 0 || policy.size === 0) return
  for (const cpu of cpus) {
    if (cpu.mode !== 'idle') continue
    const thread = policy.pick(now, offerOf(machine, cpu)) as Thread | undefined
    if (thread === undefined) {
      if (machine.hasAffinity || policy.looksAtCpu === true) continue
      return
    }
    machine.record?.decision(now, cpu.index, thread, policy.explain?.(thread, now) ?? '')
    dispatch(machine, cpu, thread, companions(machine, cpu, thread))
    if (machine.freeCpus === 0 || policy.size === 0) return
  }
}

/** The other CPUs of a wide job. */
function companions(machine: Machine, first: Cpu, thread: Thread): Cpu[] | undefined {
  const { width = 1 } = thread
  if (width === 1) return undefined
  const held: Cpu[] = []
  for (const cpu of machine.cpus) {
    if (held.length === width - 1) break
    if (cpu !== first && cpu.mode === 'idle') held.push(cpu)
  }
  if (held.length < width - 1)
    throw invalid('policy', 'picks no job that is wider than what is free', machine.policy.name)
  return held
}

/** The one that is furthest behind a ready one loses its CPU. False if nobody is. */
function giveWay(machine: Machine): boolean {
  const { policy, now } = machine
  let lead = 0
  let loser: Cpu | undefined
  for (const cpu of machine.cpus) {
    if (cpu.mode !== 'run') continue
    const candidate = policy.peek?.(now, offerOf(machine, cpu))
    if (candidate === undefined) continue
    const itsLead =
      policy.preempts?.({ job: cpu.thread as Thread, cpu: cpu.index, since: cpu.since }, candidate, now) ?? 0
    if (itsLead > lead) {
      lead = itsLead
      loser = cpu
    }
  }
  if (loser !== undefined) {
    preempt(machine, loser)
    machine.recheck = true
  }
  return loser !== undefined
}
