/**
 * Memory protection: what comes of an access outside the job's own space.
 *
 * With protection (base and limit registers: Silberschatz, Memory Management, Basic Hardware) it is a fault, which ends
 * that job only. Without, the job reads what is there; where it writes, another job is broken, or the system, which then
 * is all there was.
 */
import type { Machine } from './state.ts'
import type { AccessBurst } from './spec.ts'
import type { JobRun, Thread } from './thread.ts'

export function strayAccess(machine: Machine, thread: Thread, burst: AccessBurst): 'compute' | 'fault' | 'crash' {
  const { job } = thread
  const isProtected = machine.spec.memory?.protection ?? true
  const victim = isProtected ? undefined : ownerOf(machine, (job.base ?? 0) + burst.access)
  const write = burst.write ?? false
  const outcome = isProtected ? 'fault' : !write ? 'read' : victim === undefined ? 'crashed-system' : 'broke-job'
  const { now: at } = machine
  machine.record?.strayAccesses.push({
    at,
    job: job.name,
    address: burst.access,
    write,
    outcome,
    victim: victim?.name,
  })
  if (outcome === 'broke-job' && victim !== undefined) victim.broken = true
  return outcome === 'fault' ? 'fault' : outcome === 'crashed-system' ? 'crash' : 'compute'
}

/** Whose memory it is; memory that no job has is the system's. */
function ownerOf(machine: Machine, address: number): JobRun | undefined {
  for (let job = machine.jobs; job !== undefined; job = job.next)
    if (job.base !== undefined && address >= job.base && address < job.base + job.size) return job
  return undefined
}
