/** Priority scheduling: either convention, preemptive or not, with ageing or without. */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, checkNumber, checkQuantum, invalid } from '../checks.ts'
import type { Job, Policy, ReadyCause, Running } from '../types.ts'
import { noteOf, type Note } from './note.ts'
import { Ranked } from './ranked.ts'

export interface PriorityOptions {
  /**
   * Which number is the more urgent one; Silberschatz has low numbers first, most homework high ones. @default
   * 'low-first'
   */
  readonly order?: 'low-first' | 'high-first'
  /** A more urgent job takes the CPU from a less urgent one at once. @default false */
  readonly preemptive?: boolean
  /**
   * Ageing: by how much a job becomes more urgent for each unit of time that it is ready. It keeps what it gained until
   * it leaves the CPU; waiting again begins with its own priority. @default 0
   */
  readonly ageing?: number
  /** Equally urgent jobs take turns with slices of this length. @default no slices: each runs until it ends or waits */
  readonly quantum?: number
  /** Where a preempted job stands among its equals. @default 'tail' */
  readonly preempted?: 'head' | 'tail'
  /** Of a job that has none. @default 0 */
  readonly unknown?: number
}

/** Since when a job waits, and what it gained when it was picked. */
interface WaitNote extends Note {
  since: number
  gained: number
}

/** Times are sums of floating-point numbers; a level that is due may be a hair away. */
const rounding = 1e-9

/**
 * Priority scheduling: of the ready jobs the most urgent one, among equals the one that became ready first. Without
 * ageing jobs of little urgency may starve (Silberschatz, Galvin, Gagne: Operating System Concepts, Priority
 * Scheduling). With it, nobody waits longer than the span of priorities divided by `ageing` for jobs that come later.
 *
 * As all waiting jobs age alike, their order never changes among themselves: `ready`, `pick` and `withdraw` take O(log
 * n). A running job is preempted once another is more urgent by what it was given, or by whole levels that it gained.
 * Throws OPTION_INVALID.
 *
 * @example
 * const policy = priority({ order: 'high-first', preemptive: true })
 * policy.ready({ place: -1, name: 'urgent', priority: 9 }, 0)
 */
export function priority<Item extends Job = Job>(options: PriorityOptions = {}): Policy<Item> {
  const policy = new ByPriority<Item>(options)
  if (options.quantum !== undefined) {
    const quantum = checkQuantum('quantum', options.quantum)
    policy.quantum = () => quantum
  }
  return policy
}

class ByPriority<Item extends Job> extends Ranked<Item> {
  readonly name = 'priority'
  quantum?: () => number
  readonly #sign: 1 | -1
  readonly #preemptive: boolean
  readonly #ageing: number
  readonly #toHead: boolean
  readonly #unknown: number
  /** Jobs on CPUs; ageing has to know whom a waiting one overtakes. */
  readonly #running = new Set<Item>()

  constructor(options: PriorityOptions) {
    checkKnownKeys('priority', options, ['order', 'preemptive', 'ageing', 'quantum', 'preempted', 'unknown'])
    super()
    const { order = 'low-first', preempted = 'tail', unknown = 0 } = options
    this.#sign = checkChoice('order', order, ['low-first', 'high-first']) === 'low-first' ? 1 : -1
    this.#preemptive = checkBoolean('preemptive', options.preemptive ?? false)
    this.#ageing = checkNumber('ageing', options.ageing ?? 0, 0)
    this.#toHead = checkChoice('preempted', preempted, ['head', 'tail']) === 'head'
    if (typeof unknown !== 'number' || !Number.isFinite(unknown)) throw invalid('unknown', 'a finite number', unknown)
    this.#unknown = unknown
  }

  override ready(job: Item, now: number, cause: ReadyCause = 'arrived'): void {
    if (cause !== 'preempted' || !this.#toHead || job.place !== -1) return super.ready(job, now, cause)
    this.queue.pushFront(job, this.rank(job, now))
  }

  /** Urgency at time 0, if it had waited and will wait for ever at the same rate; the lower the more urgent. */
  protected rank(job: Item, now: number): number {
    const urgency = this.#urgency(job)
    if (this.#ageing === 0) return urgency
    job.memo = { of: this, since: now, gained: 0 } satisfies WaitNote
    return urgency + this.#ageing * now
  }

  override pick(now: number, offer?: Parameters<Policy<Item>['pick']>[1]): Item | undefined {
    const job = super.pick(now, offer)
    if (job === undefined || this.#ageing === 0) return job
    const note = noteOf<WaitNote>(job, this)
    if (note !== undefined) note.gained = this.#gain(note, now)
    this.#running.add(job)
    return job
  }

  block(job: Item): void {
    this.#leave(job)
  }

  expire(job: Item): void {
    this.#leave(job)
  }

  preempt(job: Item): void {
    this.#leave(job)
  }

  finish(job: Item): void {
    this.#leave(job)
  }

  abort(job: Item): void {
    this.#leave(job)
  }

  preempts(running: Running<Item>, candidate: Item, now: number): number {
    if (!this.#preemptive) return 0
    return this.#held(running.job) - this.#level(candidate, now)
  }

  /** When the first in line has gained enough levels to overtake somebody who runs. */
  wakeAt(now: number): number {
    if (!this.#preemptive || this.#ageing === 0 || this.#running.size === 0) return Infinity
    const first = this.queue.peek()
    const note = first === undefined ? undefined : noteOf<WaitNote>(first, this)
    if (first === undefined || note === undefined) return Infinity
    let weakest = -Infinity
    for (const job of this.#running) weakest = Math.max(weakest, this.#held(job))
    // Whole levels that it needs, and one that it does not have yet: a driver that is woken must find something new.
    const needed = Math.floor(this.#urgency(first) - weakest) + 1
    const levels = Math.max(needed, this.#gain(note, now) + 1, 1)
    return note.since + levels / this.#ageing
  }

  wake(): void {
    // What changed is what `preempts` answers.
  }

  explain(job: Item, now: number): string {
    const { name = 'The job' } = job
    const gained = noteOf<WaitNote>(job, this)?.gained ?? 0
    const own = job.priority ?? this.#unknown
    const waited = noteOf<WaitNote>(job, this) === undefined ? 0 : now - (noteOf<WaitNote>(job, this)?.since ?? now)
    const age = gained > 0 ? `, ${gained} levels more urgent after waiting ${waited}` : ''
    return `${name} has priority ${own}${age}: the most urgent of ${this.size + 1} ready.`
  }

  #urgency(job: Item): number {
    const { priority: own = this.#unknown } = job
    if (typeof own === 'number' && Number.isFinite(own)) return this.#sign * own
    throw invalid('job.priority', 'a finite number', own)
  }

  /** Whole levels, as rounding in the last place must not decide. */
  #gain(note: WaitNote, now: number): number {
    return Math.floor((now - note.since) * this.#ageing + rounding)
  }

  #level(job: Item, now: number): number {
    const note = noteOf<WaitNote>(job, this)
    return this.#urgency(job) - (note === undefined ? 0 : this.#gain(note, now))
  }

  /** Of a job that runs. */
  #held(job: Item): number {
    return this.#urgency(job) - (noteOf<WaitNote>(job, this)?.gained ?? 0)
  }

  #leave(job: Item): void {
    if (this.#ageing === 0) return
    this.#running.delete(job)
    job.memo = undefined
  }
}
