/** What the machine tells a policy of its free CPUs. */
import type { Offer } from '../types.ts'
import type { Cpu } from './cpu.ts'
import type { Machine } from './state.ts'
import type { SimulatedJob } from './spec.ts'

/** Undefined as long as all CPUs are alike for all jobs: policies are faster then. */
export function offerOf(machine: Machine, cpu: Cpu): Offer<SimulatedJob> | undefined {
  if (!machine.offers) return undefined
  const isBusy = cpu.mode !== 'idle'
  return {
    cpu: cpu.index,
    free: machine.freeCpus + (isBusy ? (cpu.thread?.width ?? 1) : 0),
    accepts: machine.hasAffinity ? (job) => mayRunOn(job, cpu.index) : acceptsAll,
  }
}

export function mayRunOn(job: SimulatedJob, cpu: number): boolean {
  const { affinity } = job.spec
  return affinity === undefined || affinity.includes(cpu)
}

function acceptsAll(): boolean {
  return true
}
