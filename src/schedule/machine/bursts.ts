/** A thread's program: the bursts that it goes through, one after the other. */
import { strayAccess } from './access.ts'
import { request } from './devices.ts'
import type { Machine } from './state.ts'
import type { AccessBurst, Burst, JobSpec } from './spec.ts'
import type { Thread } from './thread.ts'

/** What comes next: it computes, it has to wait (for what its present burst says), it is done, or it broke something. */
export type Next = 'compute' | 'wait' | 'end' | 'fault' | 'crash'

/**
 * Goes on to the next burst that takes time. What takes none is done on the way: handing in I/O, and accesses to memory,
 * which need a CPU.
 */
export function goOn(machine: Machine, thread: Thread, onCpu: boolean): Next {
  for (;;) {
    const burst = thread.bursts[thread.at]
    if (burst === undefined) return thread.pending > 0 ? 'wait' : 'end'
    if ('cpu' in burst) return compute(thread, burst.cpu)
    if ('io' in burst) {
      if (burst.submission !== 'async') return 'wait'
      thread.pending++
      request(machine, thread, burst, false)
    } else if ('await' in burst) {
      if (thread.pending > 0) return 'wait'
    } else {
      if (!onCpu) return compute(thread, 0)
      const outcome = access(machine, thread, burst)
      if (outcome !== 'compute') return outcome
    }
    thread.at++
  }
}

/** The CPU burst, or access, where the thread stands is over. */
export function burstIsOver(thread: Thread): void {
  const burst = thread.bursts[thread.at]
  if (burst !== undefined && 'cpu' in burst) thread.at++
}

function compute(thread: Thread, length: number): 'compute' {
  thread.left = length
  thread.rest = thread.at + 1 < thread.bursts.length ? cpuTimeFrom(thread.bursts, thread.at + 1) : 0
  return 'compute'
}

function access(machine: Machine, thread: Thread, burst: AccessBurst): Next {
  const isOwn = burst.access >= 0 && burst.access < thread.job.size
  return isOwn ? 'compute' : strayAccess(machine, thread, burst)
}

/** CPU time until the thread has to wait or ends. */
function cpuTimeFrom(bursts: readonly Burst[], first: number): number {
  let sum = 0
  for (let at = first; at < bursts.length; at++) {
    const burst = bursts[at] as Burst
    if ('cpu' in burst) sum += burst.cpu
    else if ('await' in burst || ('io' in burst && burst.submission !== 'async')) break
  }
  return sum
}

/** How long the job would take if it had the machine, and each device, to itself. */
export function aloneTime(spec: JobSpec, cpus: number): number {
  if (spec.threads === undefined) return pathTime(spec.bursts ?? [])
  let longest = 0
  let computing = 0
  for (const { delay = 0, bursts } of spec.threads) {
    longest = Math.max(longest, delay + pathTime(bursts))
    for (const burst of bursts) if ('cpu' in burst) computing += burst.cpu
  }
  return Math.max(longest, computing / cpus)
}

function pathTime(bursts: readonly Burst[]): number {
  let now = 0
  let handedInUntil = 0
  for (const burst of bursts) {
    if ('cpu' in burst) now += burst.cpu
    else if ('await' in burst) now = Math.max(now, handedInUntil)
    else if ('io' in burst) {
      if (burst.submission === 'async') handedInUntil = Math.max(handedInUntil, now + burst.io)
      else now += burst.io
    }
  }
  return Math.max(now, handedInUntil)
}
