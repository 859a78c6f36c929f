/** One task that was given to a pool, from submission to its settlement. */
import { fail } from '../../core/index.ts'
import type { Job } from '../../schedule/index.ts'
import type { TaskAddress } from '../task.ts'
import type { Habit } from './habits.ts'
import type { Mode } from './messages.ts'
import type { OnWorkerLost } from './types.ts'

/** waiting: in the policy's queue. sent: given to a lane. settled: its promise is; a lane may still be busy with it. */
export type EntryState = 'waiting' | 'sent' | 'settled'

/** What policies look at, as the caller gave it. */
export interface EntryOrder {
  readonly priority?: number
  readonly owner?: string
  /** In milliseconds from submission. */
  readonly deadline?: number
  readonly tickets?: number
  readonly queue?: string
}

export class Entry implements Job {
  place: number = -1
  memo: unknown
  readonly key: string
  readonly priority: number | undefined
  readonly owner: string | undefined
  /** When it should be done, on the clock of `performance.now`. */
  readonly deadline: number | undefined
  readonly tickets: number | undefined
  readonly queue: string | undefined
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
    about: EntryOrder,
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
    this.deadline = about.deadline === undefined ? undefined : nowMs + about.deadline
    this.tickets = about.tickets
    this.queue = about.queue
  }

  get name(): string {
    return this.address.name
  }
}

/** Throws OPTION_INVALID for what no policy could use. */
export function checkOrder({ priority, deadline, tickets }: EntryOrder): void {
  if (priority !== undefined && !Number.isFinite(priority)) throw invalid('priority', 'a finite number', priority)
  if (deadline !== undefined && !(deadline >= 0))
    throw invalid('deadline', 'a number of milliseconds, 0 or more', deadline)
  if (tickets !== undefined && !(tickets > 0 && tickets < Infinity))
    throw invalid('tickets', 'a finite number above 0', tickets)
}

function invalid(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option, rule, got: `${String(got)} (${typeof got})` })
}
