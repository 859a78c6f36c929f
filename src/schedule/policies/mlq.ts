/**
 * A multilevel queue: each job belongs to one queue for good, and each queue has a policy of its own.
 *
 *   system       fcfs   ──┐ absolute: a queue runs only if those above are empty,
 *   interactive  rr     ──┼─▶ CPU
 *   batch        fcfs   ──┘ or by shares: each has its part of the CPU's time
 */
import { checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, checkNotQueued, checkQuantum, invalid } from '../checks.ts'
import type { Job, Offer, Policy, ReadyCause, Running } from '../types.ts'
import { fcfs } from './fcfs.ts'
import { rr } from './rr.ts'

export interface MlqQueue<Item extends Job = Job> {
  /** What jobs call it in their `queue`. */
  readonly name: string
  /** Which of its jobs is next. A policy object of its own. */
  readonly policy: Policy<Item>
  /** Its part of the CPU's time, against the shares of the others; either all queues have one or none. */
  readonly share?: number
}

export interface MlqOptions<Item extends Job = Job> {
  /**
   * The highest first. Jobs that name no queue go to the last.
   * @default foreground: rr({ quantum: 1 }), background: fcfs()
   */
  readonly queues?: readonly MlqQueue<Item>[]
  /** A job of a higher queue takes the CPU from a lower one at once; with shares none does. @default true */
  readonly preemptive?: boolean
}

interface Level<Item extends Job> {
  readonly index: number
  readonly name: string
  readonly policy: Policy<Item>
  readonly share: number | undefined
  /** CPU time of its jobs divided by its share. */
  used: number
}

/**
 * Multilevel queue (MLQ): the first queue that is not empty says who runs, or, with shares, the one that had least of
 * its share (Silberschatz, Galvin, Gagne: Operating System Concepts, Multilevel Queue Scheduling). Slices, preemption
 * and order within a queue are those of its policy. Operations cost what they cost there, and a look at each queue.
 * Throws OPTION_INVALID, also for a job whose queue is not known.
 *
 * @example
 * const policy = mlq({
 *   queues: [
 *     { name: 'interactive', policy: rr({ quantum: 4 }) },
 *     { name: 'batch', policy: fcfs() },
 *   ],
 * })
 */
export function mlq<Item extends Job = Job>(options: MlqOptions<Item> = {}): Policy<Item> {
  return new MultilevelQueue<Item>(options)
}

class MultilevelQueue<Item extends Job> implements Policy<Item> {
  readonly name = 'mlq'
  readonly #levels: readonly Level<Item>[]
  readonly #byName: ReadonlyMap<string, Level<Item>>
  readonly #preemptive: boolean
  readonly #shares: boolean
  /** Where the queues are that run: one that was empty does not save up. */
  #front = 0

  constructor(options: MlqOptions<Item>) {
    checkKnownKeys('mlq', options, ['queues', 'preemptive'])
    this.#levels = checkQueues(options.queues ?? defaultQueues<Item>())
    this.#byName = new Map(this.#levels.map((level) => [level.name, level]))
    this.#shares = this.#levels[0]?.share !== undefined
    this.#preemptive = checkBoolean('preemptive', options.preemptive ?? true)
  }

  get size(): number {
    return this.#levels.reduce((sum, { policy }) => sum + policy.size, 0)
  }

  ready(job: Item, now: number, cause?: ReadyCause): void {
    checkNotQueued(job)
    const level = this.#levelOf(job)
    if (this.#shares && level.policy.size === 0 && cause !== 'expired' && cause !== 'preempted')
      level.used = Math.max(level.used, this.#front)
    level.policy.ready(job, now, cause)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    for (const level of this.#inTurn()) {
      const job = level.policy.pick(now, offer)
      if (job === undefined) continue
      this.#front = Math.max(this.#front, level.used)
      return job
    }
    return undefined
  }

  peek(now: number, offer?: Offer<Item>): Item | undefined {
    for (const { policy } of this.#inTurn()) {
      // Of a policy that cannot say, nothing preempts either.
      const job = policy.size === 0 ? undefined : policy.peek?.(now, offer)
      if (job !== undefined) return job
    }
    return undefined
  }

  withdraw(job: Item): boolean {
    return this.#levelOf(job).policy.withdraw(job)
  }

  arrive(job: Item, now: number): void {
    this.#levelOf(job).policy.arrive?.(job, now)
  }

  block(job: Item, ran: number, now: number): void {
    this.#charged(job, ran).block?.(job, ran, now)
  }

  expire(job: Item, ran: number, now: number): void {
    this.#charged(job, ran).expire?.(job, ran, now)
  }

  preempt(job: Item, ran: number, now: number): void {
    this.#charged(job, ran).preempt?.(job, ran, now)
  }

  finish(job: Item, ran: number, now: number): void {
    this.#charged(job, ran).finish?.(job, ran, now)
  }

  abort(job: Item, ran: number, now: number): void {
    this.#charged(job, ran).abort?.(job, ran, now)
  }

  quantum(job: Item, now: number): number {
    return this.#levelOf(job).policy.quantum?.(job, now) ?? Infinity
  }

  preempts(running: Running<Item>, candidate: Item, now: number): number {
    const [held, wanted] = [this.#levelOf(running.job), this.#levelOf(candidate)]
    if (held === wanted) return held.policy.preempts?.(running, candidate, now) ?? 0
    return this.#preemptive && !this.#shares ? held.index - wanted.index : 0
  }

  wakeAt(now: number): number {
    return Math.min(...this.#levels.map(({ policy }) => policy.wakeAt?.(now) ?? Infinity))
  }

  wake(now: number): boolean {
    let renewed = false
    for (const { policy } of this.#levels) {
      if ((policy.wakeAt?.(now) ?? Infinity) <= now) renewed = policy.wake?.(now) === true || renewed
    }
    return renewed
  }

  level(job: Item): number {
    return this.#levelOf(job).index
  }

  explain(job: Item, now: number): string {
    const { name, policy, share } = this.#levelOf(job)
    const why = policy.explain?.(job, now) ?? ''
    const turn = share === undefined ? 'is the highest with jobs' : 'had the least of its share'
    return `The queue ${name} ${turn}. ${why}`.trimEnd()
  }

  /** Queues in the order in which they are asked. */
  #inTurn(): readonly Level<Item>[] {
    return this.#shares ? this.#levels.toSorted((a, b) => a.used - b.used) : this.#levels
  }

  #charged(job: Item, ran: number): Policy<Item> {
    const level = this.#levelOf(job)
    if (level.share === undefined) return level.policy
    level.used += ran / level.share
    // Who comes next must not start where a queue that was alone began.
    if (this.size === 0) this.#front = Math.max(this.#front, level.used)
    return level.policy
  }

  #levelOf({ queue }: Item): Level<Item> {
    const level = queue === undefined ? this.#levels.at(-1) : this.#byName.get(queue)
    if (level !== undefined) return level
    throw invalid('job.queue', `one of ${[...this.#byName.keys()].join(', ')}`, queue)
  }
}

function defaultQueues<Item extends Job>(): MlqQueue<Item>[] {
  return [
    { name: 'foreground', policy: rr<Item>({ quantum: 1 }) },
    { name: 'background', policy: fcfs<Item>() },
  ]
}

function checkQueues<Item extends Job>(queues: readonly MlqQueue<Item>[]): Level<Item>[] {
  if (!Array.isArray(queues) || queues.length === 0) throw invalid('queues', 'a list of queues', queues)
  const names = new Set<string>()
  const policies = new Set<Policy<Item>>()
  return queues.map((queue: MlqQueue<Item>, index) => {
    checkKnownKeys('queues', queue, ['name', 'policy', 'share'])
    const { name, policy, share } = queue
    if (typeof name !== 'string' || names.has(name)) throw invalid('queues.name', 'a name of its own', name)
    if (typeof policy?.pick !== 'function' || policies.has(policy))
      throw invalid('queues.policy', 'a policy object of its own', policy)
    if ((share === undefined) !== (queues[0]?.share === undefined))
      throw invalid('queues.share', 'given for all queues or for none', share)
    if (share !== undefined) checkQuantum('queues.share', share)
    names.add(name)
    policies.add(policy)
    return { index, name, policy, share, used: 0 }
  })
}
