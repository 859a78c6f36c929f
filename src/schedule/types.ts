/**
 * What a policy is: it keeps the jobs that are ready and says which one runs next.
 *
 *                    ┌──────────────── expire, preempt ◀───────────────┐
 *                    ▼                                                 │
 *  arrive ──▶ ready(job) ──▶ [ the policy's queue ] ──▶ pick ──▶ a CPU has the job ──▶ finish, abort
 *                ▲ │                                                   │
 *                │ └──▶ withdraw                                       │
 *                └────────────── the driver waits ◀── block ───────────┘
 *
 * The one who calls is the driver: a pool that hands tasks to lanes, a simulator, or an executive that stops and continues
 * programs. Leaving a CPU and becoming ready again are two events, since a driver may charge a context switch in between,
 * and since it decides what comes first when a slice ends at the instant of an arrival. A policy has no clock: `now` is the
 * driver's time, in a unit of its choice that is the same in all calls and never goes back.
 *
 * Only `ready`, `pick`, `withdraw` and `size` must exist. Drivers call each of the others where a policy has it, and a
 * driver that cannot take a job off its CPU (a pool) asks neither `quantum` nor `preempts`.
 */

/** What a policy may know about a job. Drivers use their own records, with these fields; times are in the driver's unit. */
export interface Job {
  /**
   * Where the job stands in a policy's queue; -1 while it stands in none. Drivers set it to -1 once, policies keep it:
   * it makes `withdraw` find a job among 100,000 without a search.
   */
  place: number
  /** What a policy notes of the job: its level, its pass, the time of becoming ready. Drivers leave it alone. */
  memo?: unknown
  /** As people call the job; explanations use it. */
  readonly name?: string | undefined
  /** Jobs of one key are expected to take equally long: a task's name, a program's command. For SJF that learns. */
  readonly key?: string | undefined
  /** Length of the next CPU burst, if it is known or declared; Infinity for one without end. For SJF, SRTF, HRRN. */
  readonly burst?: number | undefined
  /** What is left of this burst when the job was picked last or became ready; the driver keeps it. For SRTF. */
  readonly remaining?: number | undefined
  /** Which number is the more urgent one is an option of the policy. For priority scheduling, with ageing or without. */
  readonly priority?: number | undefined
  /** Name of the queue where the job belongs. For multilevel queues. */
  readonly queue?: string | undefined
  /** Share of the CPU, against the tickets of others. For lottery, stride and fair share. @default 1 */
  readonly tickets?: number | undefined
  /** On whose account the job runs: user, tenant, group. For fair share between them. */
  readonly owner?: string | undefined
  /** Instant by which it should be finished. For EDF. */
  readonly deadline?: number | undefined
  /** Time between two releases of a periodic job. For rate monotonic. */
  readonly period?: number | undefined
  /** CPUs that it takes at once. For backfilling. @default 1 */
  readonly width?: number | undefined
  /** Longest time for which it may run, as its user said. For backfilling. */
  readonly limit?: number | undefined
}

/**
 * Why a job is ready: new, back from I/O, its slice was over, another one took its CPU, or it gave way itself.
 * MLFQ and CFS treat a job that comes back from I/O better; priority scheduling may put a preempted one in front.
 */
export type ReadyCause = 'arrived' | 'unblocked' | 'expired' | 'preempted' | 'yielded'

/** What is free. A driver whose CPUs are all alike, and whose jobs take one each, passes none. */
export interface Offer<Item extends Job = Job> {
  /** The CPU (or lane) that asks, from 0; policies with a queue for each CPU serve its own first, then steal. */
  readonly cpu: number
  /** Free CPUs in all, this one included. A job that is next and wider than this has to wait; EASY fills the gap. */
  readonly free: number
  /** False for a job that must not run here (affinity, a resource it lacks): it is passed over. */
  accepts(job: Item): boolean
}

/** A job on a CPU. */
export interface Running<Item extends Job = Job> {
  readonly job: Item
  readonly cpu: number
  /** When it was picked. */
  readonly since: number
}

/** Orders the jobs of one machine or pool. A policy object belongs to one driver, a job to one policy at a time. */
export interface Policy<Item extends Job = Job> {
  /** As commands and reports name it: `fcfs`, `sjf`. */
  readonly name: string
  /** Jobs that are ready. */
  readonly size: number
  /** It looks at the CPU of an offer, so it has to hear of each CPU that is free, even if all are alike. @default false */
  readonly looksAtCpu?: boolean | undefined

  /**
   * The job wants a CPU now. A job that is queued already is refused (OPTION_INVALID).
   * All policies; the cause matters to MLFQ, CFS, priority and virtual round robin. @default cause 'arrived'
   */
  ready(job: Item, now: number, cause?: ReadyCause): void
  /**
   * Takes out the job that runs next; undefined when none is ready, or none that the offer can hold. With several free
   * CPUs the driver asks again. HRRN and ageing weigh by `now`; EASY, affinity and queues per CPU look at the offer.
   */
  pick(now: number, offer?: Offer<Item>): Item | undefined
  /** Takes a queued job out (cancelled, its priority changes); false when it is not queued. */
  withdraw(job: Item): boolean

  /**
   * The job is known from now on; it may wait for memory before it is ready. Stride, CFS and lottery count its tickets,
   * EDF and RM may test whether deadlines hold, conservative backfilling reserves. Not called by a pool.
   */
  arrive?(job: Item, now: number): void
  /**
   * It waits for I/O after `ran` on the CPU: a burst is over. SJF learns from it, MLFQ keeps what is left of the slice,
   * stride and CFS charge, lottery compensates for what was not used. Not called by a pool.
   */
  block?(job: Item, ran: number, now: number): void
  /**
   * Its slice is over after `ran`. MLFQ lowers it (it may look whether others are ready), stride and CFS charge. A driver that
   * lets it go on counts `ran` anew from here.
   */
  expire?(job: Item, ran: number, now: number): void
  /** It lost its CPU to another one, or gave way, after `ran`. Stride and CFS charge, MLFQ keeps the rest of the slice. */
  preempt?(job: Item, ran: number, now: number): void
  /** It is done after `ran` since it was picked. SJF learns, MLFQ and stride forget it, EASY frees its CPUs. */
  finish?(job: Item, ran: number, now: number): void
  /** It ended otherwise (killed, crashed, cancelled on its CPU): as `finish`, but nothing is learned from it. */
  abort?(job: Item, ran: number, now: number): void

  /** Longest time it may keep the CPU from now on. RR, MLFQ (by level), lottery, stride, CFS. @default no limit */
  quantum?(job: Item, now: number): number
  /**
   * The one `pick` would give, left where it is. For preemptive policies, whose driver asks `preempts` with it after each
   * `ready` and each `wake`, while no CPU is free.
   */
  peek?(now: number, offer?: Offer<Item>): Item | undefined
  /**
   * By how much the candidate comes before the one that runs; 0 or less means it has to wait. Of several CPUs it gets the
   * one with the greatest lead. SRTF (time left), priority and MLQ (levels), MLFQ, CFS (virtual time), EDF, RM. @default 0
   */
  preempts?(running: Running<Item>, candidate: Item, now: number): number
  /** When the policy next changes something by itself. Ageing, MLFQ's boost, stealing. @default Infinity */
  wakeAt?(now: number): number
  /**
   * That time has come. True: the slices of running jobs begin anew (MLFQ's boost), and the driver asks `quantum` for each of
   * them again.
   */
  wake?(now: number): boolean | void
  /** Level of a job that was ready once, 0 the highest. Feedback queues and multilevel queues have levels. */
  level?(job: Item): number | undefined
  /** Why this job, in a sentence; asked right after `pick`, before any other event. */
  explain?(job: Item, now: number): string
}
