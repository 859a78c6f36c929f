/** One task that was given to a pool, from submission to its settlement. */
import type { Job } from '../../schedule/index.ts'
import type { TaskAddress } from '../task.ts'
import type { Habit } from './habits.ts'
import type { Mode } from './messages.ts'
import type { OnWorkerLost } from './types.ts'

/** waiting: in the policy's queue. sent: given to a lane. settled: its promise is; a lane may still be busy with it. */
export type EntryState = 'waiting' | 'sent' | 'settled'

export class Entry implements Job {
  place: number = -1
  memo: unknown
  readonly key: string
  readonly priority: number | undefined
  readonly owner: string | undefined
  readonly address: TaskAddress
  readonly args: readonly unknown[]
  readonly mode: Mode
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly submittedMs: number
  readonly habit: Habit
  /** What it is expected to take, in milliseconds; undefined until one like it has run. */
  burst: number | undefined
  /** The same in microseconds, with a guess for the first. */
  expectedUs: number = Infinity
  state: EntryState = 'waiting'
  /** While sent: its number among the tasks of all lanes, and its slot there. */
  id: number = 0
  slot: number = -1
  /** How often it was begun by a lane that died. */
  lost: number = 0
  deaths: string[] | undefined
  /** How often a lane died that it was next for, though it had not begun. */
  suspected: number = 0
  onWorkerLost: OnWorkerLost = 'reject'
  attempts: number = 1
  timeoutMs: number = Infinity
  timer: NodeJS.Timeout | undefined
  signal: AbortSignal | undefined
  constructor(
    address: TaskAddress,
    args: readonly unknown[],
    mode: Mode,
    settle: { resolve: (value: unknown) => void; reject: (error: unknown) => void },
    nowMs: number,
    habit: Habit,
    about: { priority?: number; owner?: string },
  ) {
    this.address = address
    this.key = address.name
    this.args = args
    this.mode = mode
    this.resolve = settle.resolve
    this.reject = settle.reject
    this.submittedMs = nowMs
    this.habit = habit
    this.priority = about.priority
    this.owner = about.owner
  }

  get name(): string {
    return this.address.name
  }
}
