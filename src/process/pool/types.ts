/** The contract of a pool. */
import type { Histogram } from '../../core/index.ts'
import type { Policy } from '../../schedule/index.ts'
import type { ChildOptions } from '../child/child.ts'
import type { DeathReason } from '../death.ts'
import type { Task } from '../task.ts'
import type { Entry } from './entry.ts'

/** inline: in the calling thread. thread: worker threads. process: processes, which nothing in a task can bring down with them. */
export type PoolLaneKind = 'inline' | 'thread' | 'process'

/** reject: the task fails with WORKER_LOST (it ran at most once). retry: it is run again (it runs at least once). */
export type OnWorkerLost = 'reject' | 'retry'

/** A lane that reached a limit finishes what it has and is replaced. */
export interface RecycleOptions {
  /** Tasks it may run, never more; a chunk of map counts as one. */
  readonly tasks?: number
  /** Its resident memory, looked at once a second; process lanes only. */
  readonly rssBytes?: number
  /** Its age, looked at after each task and about once a second. */
  readonly ageMs?: number
}

export interface PoolOptions extends Omit<ChildOptions, 'name' | 'stdout' | 'stderr'> {
  /** What tasks write to stdout: to this program's, or nowhere. @default 'inherit' */
  readonly stdout?: 'inherit' | 'ignore' | undefined
  /** The same for stderr; its last lines are kept for WORKER_LOST, unless ignored. @default 'inherit' */
  readonly stderr?: 'inherit' | 'ignore' | undefined
  /** @default the CPUs this process may use */
  readonly lanes?: number
  /** @default 'process' */
  readonly laneKind?: PoolLaneKind
  /** Prefix of the lanes' names; at most 255 bytes, without NUL. @default 'Pool' */
  readonly name?: string
  /**
   * The order in which waiting tasks run: `fcfs`, `sjf`, `hrrn`, `priority` (with ageing), `fairShare`, `lottery`, `mlq` and `edf` of
   * `lanework/schedule` are of use. A task that runs keeps its lane, so a policy's slices and preemption are ignored; `pool.policy`
   * says which. A policy object belongs to one pool. @default fcfs()
   */
  readonly policy?: Policy<Entry>
  /** Runs in each lane before its first task. */
  readonly initializer?: Task<never, unknown>
  readonly initialArgs?: readonly unknown[]
  /** What happens to a task whose lane died while it ran. @default 'reject' */
  readonly onWorkerLost?: OnWorkerLost
  /** With 'retry': how often a task may begin before it is quarantined. @default 3 */
  readonly attempts?: number
  /** Tasks that may wait; more are refused with QUEUE_FULL. @default 1_000_000 */
  readonly pending?: number
  /** How long a task whose signal was aborted, or whose time is over, may go on before its lane is killed. @default 500 */
  readonly graceMs?: number
  /** Largest message of arguments or result. Arrays from 256 KiB on mostly travel as shared memory and do not count. @default 1 GiB */
  readonly messageBytes?: number
  readonly recycle?: RecycleOptions
}

export interface RunOptions {
  /** Aborts this task and no other: it never starts, or its `currentTask().signal` is aborted, and after the grace its lane is killed. */
  readonly signal?: AbortSignal
  /** Counted from the moment the task is called, its module loaded. Rejects with TIMED_OUT. @default no limit */
  readonly timeoutMs?: number
  /** @default that of the pool */
  readonly onWorkerLost?: OnWorkerLost
  /** @default that of the pool */
  readonly attempts?: number
  /** For `priority`; which numbers are the more urgent ones is its option. */
  readonly priority?: number
  /** On whose account it runs; for policies that share fairly between owners. */
  readonly owner?: string
  /** By when it should be done, in milliseconds from now; `edf` orders by it, and nothing happens to a task that is late. */
  readonly deadline?: number
  /** Its share against others, above 0; for `lottery` and `stride`. @default 1 */
  readonly tickets?: number
  /** The queue of `mlq` where it waits. @default the last one */
  readonly queue?: string
}

/** The policy of a pool. */
export interface PoolPolicy {
  readonly name: string
  /** What the policy has and the pool does not use, as a task that runs keeps its lane. */
  readonly ignores: readonly ('quantum' | 'preemption')[]
}

export interface MapOptions extends RunOptions {
  /** Items that travel together; `timeoutMs` is that of a chunk. @default a quarter of each lane's share for map, 1 for imap */
  readonly chunkSize?: number
}

export interface ImapOptions extends MapOptions {
  /** Chunks that are taken from the input before their results are read. @default twice the lanes */
  readonly lookAhead?: number
}

/** starting, ready (waits for tasks), running, draining (takes no more), dead. */
export type LaneState = 'starting' | 'ready' | 'running' | 'draining' | 'dead'

export interface LaneStatus {
  readonly name: string
  readonly kind: PoolLaneKind
  readonly pid: number
  readonly state: LaneState
  /** Tasks it has finished. */
  readonly tasks: number
  /** Tasks it was given and has not finished. */
  readonly inFlight: number
}

export interface PoolMetrics {
  /** Tasks in the queue. */
  readonly waiting: number
  /** Tasks given to lanes. */
  readonly inFlight: number
  readonly submitted: number
  readonly fulfilled: number
  readonly rejected: number
  readonly retried: number
  /** Ends of lanes that were not asked for, by reason. */
  readonly deaths: Readonly<Partial<Record<DeathReason, number>>>
  /** Lanes replaced because they reached a limit of `recycle`. */
  readonly recycled: number
  /** From submission to being given to a lane, in microseconds. */
  readonly waitUs: Histogram
  /** In the lane, in microseconds. */
  readonly runUs: Histogram
}

/** A task that killed as many lanes as it may. */
export interface Quarantined {
  readonly task: string
  readonly args: readonly unknown[]
  readonly deaths: readonly string[]
}
