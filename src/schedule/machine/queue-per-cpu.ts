/**
 * A ready queue for each CPU: threads stay near their caches, and a CPU may run out of work while others have too much.
 * So CPUs look at each other's queues now and then, and steal (OSTEP, Multiprocessor Scheduling).
 */
import { invalid } from '../checks.ts'
import { mersenne } from '../random/mersenne.ts'
import type { Job, Offer, Policy, ReadyCause, Running } from '../types.ts'

export interface QueuePerCpuOptions {
  /** How many CPUs the machine has. */
  readonly cpus: number
  /** So often each CPU whose queue is empty takes a job from the queue of another one. 0: never. @default 0 */
  readonly stealEvery?: number | undefined
  /** Of the generator that chooses from whom. @default 0 */
  readonly seed?: number | undefined
}

/** A job as affinity sees it; jobs of the simulator have it in their spec. */
type Placed = Job & { readonly spec?: { readonly affinity?: readonly number[] | undefined } }

/**
 * Makes one policy of several, one for each CPU. A new job goes to the CPUs in turn, to one where it may run, and comes
 * back there each time, unless it is stolen. Throws OPTION_INVALID for options that make no sense; `pick` without an offer
 * asks for CPU 0.
 *
 * @example
 * const policy = queuePerCpu(() => rr({ quantum: 10 }), { cpus: 2, stealEvery: 30 })
 * policy.name // 'rr per CPU'
 */
export function queuePerCpu<Item extends Placed>(
  makePolicy: () => Policy<Item>,
  { cpus, stealEvery = 0, seed = 0 }: QueuePerCpuOptions,
): Policy<Item> {
  if (!(Number.isSafeInteger(cpus) && cpus >= 1)) throw invalid('cpus', 'a whole number, 1 or more', cpus)
  if (!(stealEvery >= 0)) throw invalid('stealEvery', '0 or more', stealEvery)
  return new QueuePerCpu(Array.from({ length: cpus }, makePolicy), stealEvery === 0 ? Infinity : stealEvery, seed)
}

class QueuePerCpu<Item extends Placed> implements Policy<Item> {
  readonly name: string
  readonly looksAtCpu = true
  readonly #queues: readonly Policy<Item>[]
  readonly #stealEvery: number
  readonly #choose: (count: number) => number
  /** The queue of each job under way. */
  readonly #home = new WeakMap<Item, number>()
  #next = 0
  #nextLook: number

  constructor(queues: readonly Policy<Item>[], stealEvery: number, seed: number) {
    const { random } = mersenne(seed)
    this.#queues = queues
    this.#stealEvery = stealEvery
    this.#nextLook = stealEvery
    this.#choose = (count) => Math.floor(random() * count)
    this.name = `${queues[0]?.name ?? ''} per CPU`
  }

  get size(): number {
    return this.#queues.reduce((sum, { size }) => sum + size, 0)
  }

  arrive(job: Item, now: number): void {
    this.#of(job).arrive?.(job, now)
  }

  ready(job: Item, now: number, cause?: ReadyCause): void {
    this.#of(job).ready(job, now, cause)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    return this.#at(offer).pick(now, offer)
  }

  peek(now: number, offer?: Offer<Item>): Item | undefined {
    return this.#at(offer).peek?.(now, offer)
  }

  withdraw(job: Item): boolean {
    return this.#of(job).withdraw(job)
  }

  block(job: Item, ran: number, now: number): void {
    this.#of(job).block?.(job, ran, now)
  }

  expire(job: Item, ran: number, now: number): void {
    this.#of(job).expire?.(job, ran, now)
  }

  preempt(job: Item, ran: number, now: number): void {
    this.#of(job).preempt?.(job, ran, now)
  }

  finish(job: Item, ran: number, now: number): void {
    this.#of(job).finish?.(job, ran, now)
    this.#home.delete(job)
  }

  abort(job: Item, ran: number, now: number): void {
    this.#of(job).abort?.(job, ran, now)
    this.#home.delete(job)
  }

  quantum(job: Item, now: number): number {
    return this.#of(job).quantum?.(job, now) ?? Infinity
  }

  preempts(running: Running<Item>, candidate: Item, now: number): number {
    return this.#of(candidate).preempts?.(running, candidate, now) ?? 0
  }

  wakeAt(now: number): number {
    return Math.min(this.#nextLook, ...this.#queues.map((queue) => queue.wakeAt?.(now) ?? Infinity))
  }

  wake(now: number): boolean {
    const renewed = this.#queues.filter(
      (queue) => (queue.wakeAt?.(now) ?? Infinity) <= now && queue.wake?.(now) === true,
    )
    if (now >= this.#nextLook) this.#steal(now)
    return renewed.length > 0
  }

  level(job: Item): number | undefined {
    return this.#of(job).level?.(job)
  }

  explain(job: Item, now: number): string {
    return `In the queue of CPU ${this.#home.get(job) ?? 0}: ${this.#of(job).explain?.(job, now) ?? ''}`
  }

  #at(offer: Offer<Item> | undefined): Policy<Item> {
    return this.#queues[offer?.cpu ?? 0] as Policy<Item>
  }

  #of(job: Item): Policy<Item> {
    let home = this.#home.get(job)
    if (home === undefined) {
      home = this.#nextFor(job)
      this.#home.set(job, home)
    }
    return this.#queues[home] as Policy<Item>
  }

  #nextFor(job: Item): number {
    const count = this.#queues.length
    for (let tried = 0; tried < count && !mayRunOn(job, this.#next); tried++) this.#next = (this.#next + 1) % count
    const home = this.#next
    this.#next = (home + 1) % count
    return home
  }

  /** Each CPU with an empty queue looks at one other, as whoever looks at all of them has less time to run jobs. */
  #steal(now: number): void {
    this.#nextLook = (Math.floor(now / this.#stealEvery) + 1) * this.#stealEvery
    const count = this.#queues.length
    if (count === 1) return
    for (const [cpu, queue] of this.#queues.entries()) {
      if (queue.size > 0) continue
      const other = (cpu + 1 + this.#choose(count - 1)) % count
      const victim = takeFrom(this.#queues[other] as Policy<Item>, now, cpu)
      if (victim === undefined) continue
      victim.memo = undefined
      this.#home.set(victim, cpu)
      queue.arrive?.(victim, now)
      queue.ready(victim, now, 'preempted')
    }
  }
}

/** The first job of a queue that may run on this CPU. */
function takeFrom<Item extends Placed>(queue: Policy<Item>, now: number, cpu: number): Item | undefined {
  const offer = { cpu, free: 1, accepts: (job: Item): boolean => mayRunOn(job, cpu) }
  if (queue.peek === undefined) return queue.pick(now, offer)
  const first = queue.peek(now, offer)
  if (first !== undefined) queue.withdraw(first)
  return first
}

function mayRunOn(job: Placed, cpu: number): boolean {
  return job.spec?.affinity?.includes(cpu) ?? true
}
