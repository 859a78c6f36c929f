/** One CPU: what it is doing, and when that will be over. */
import type { Cache } from './cache.ts'
import type { Thread } from './thread.ts'

/** `held`: one of several CPUs of a wide job; the first of them runs it. */
export type CpuMode = 'idle' | 'switch-in' | 'run' | 'switch-out' | 'held'

/** Why a thread leaves its CPU. */
export type Leave = 'expired' | 'preempted' | 'waits' | 'ends' | 'faults'

export interface Cpu {
  readonly index: number
  readonly cache: Cache | undefined
  mode: CpuMode
  thread: Thread | undefined
  /** The thread that ran here last. */
  last: Thread | undefined
  /** When the present mode is over, or something happens in it; Infinity if nothing will. */
  due: number
  /** Beginning of the mode, or of the stretch of one warmth. */
  from: number
  /** Since when the policy counts what the thread ran. */
  since: number
  /** How far its work is booked. */
  bookedTo: number
  burstEnd: number
  sliceEnd: number
  warmAt: number
  rate: number
  /** The thread's level at the policy, in this stretch. */
  level: number | undefined
  leave: Leave
  /** The others that a wide job holds. */
  held: Cpu[] | undefined
}

export function idleCpu(index: number, cache: Cache | undefined): Cpu {
  return {
    index,
    cache,
    mode: 'idle',
    thread: undefined,
    last: undefined,
    due: Infinity,
    from: 0,
    since: 0,
    bookedTo: 0,
    burstEnd: Infinity,
    sliceEnd: Infinity,
    warmAt: Infinity,
    rate: 1,
    level: undefined,
    leave: 'ends',
    held: undefined,
  }
}
