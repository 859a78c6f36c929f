/** Fair share between owners: users, tenants, groups. However many jobs one has, the others have their share. */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { checkNotQueued, checkQuantum, invalid } from '../checks.ts'
import { JobHeap } from '../heap.ts'
import type { Job, Offer, Policy, ReadyCause } from '../types.ts'
import { fcfs } from './fcfs.ts'

export interface FairShareOptions<Item extends Job = Job> {
  /** What makes jobs belong together. @default 'owner' */
  readonly by?: 'owner' | 'key'
  /** Shares of owners, against those of others. @default 1 for each that is not named */
  readonly weights?: Readonly<Record<string, number>>
  /** Makes the policy that orders one owner's jobs. @default fcfs */
  readonly within?: () => Policy<Item>
  /** Longest time for which a job keeps the CPU; a pool ignores it. @default no limit */
  readonly quantum?: number
}

/** One owner. It stands in a heap by what it used. */
interface Tenant<Item extends Job> {
  place: number
  readonly name: string
  readonly weight: number
  readonly policy: Policy<Item>
  /** CPU time it had, divided by its weight. */
  used: number
  /** Jobs on CPUs. */
  running: number
}

/** What was charged when a job was picked, since how long it takes is known only afterwards. */
interface Charge<Item extends Job> {
  readonly tenant: Tenant<Item>
  length: number
}

/** Owners without jobs are forgotten, beyond so many or twice those that have some. */
const idleKept = 1_000

/**
 * Fair share: of the owners that have ready jobs the one that used least for its weight is next, and of its jobs the
 * one that its own policy picks. An owner that comes (back) starts where the others are, so nobody saves up (Kay,
 * Lauder: A Fair Share Scheduler, 1988; here by virtual time, as in stride scheduling). A job is charged what it is
 * expected to take (`burst`, else the average so far) when it is picked, and corrected when it leaves the CPU, so that
 * a pool that hands out work ahead shares fairly too. `ready`, `pick` and `withdraw` take O(log n). Throws
 * OPTION_INVALID.
 *
 * @example
 * const policy = fairShare({ weights: { research: 2, billing: 1 } })
 * policy.ready({ place: -1, owner: 'billing' }, 0)
 */
export function fairShare<Item extends Job = Job>(options: FairShareOptions<Item> = {}): Policy<Item> {
  const policy = new FairShare<Item>(options)
  if (options.quantum !== undefined) {
    const quantum = checkQuantum('quantum', options.quantum)
    policy.quantum = () => quantum
  }
  return policy
}

class FairShare<Item extends Job> implements Policy<Item> {
  readonly name = 'fair-share'
  quantum?: () => number
  readonly #by: 'owner' | 'key'
  readonly #weights: ReadonlyMap<string, number>
  readonly #within: () => Policy<Item>
  readonly #tenants = new Map<string, Tenant<Item>>()
  /** Those that have ready jobs. */
  readonly #queue = new JobHeap<Tenant<Item>>()
  readonly #charges = new Map<Item, Charge<Item>>()
  #size = 0
  #front = 0
  #forgetAt = idleKept
  /** Of what jobs took. */
  #average = 0
  #known = 0

  constructor(options: FairShareOptions<Item>) {
    checkKnownKeys('fair-share', options, ['by', 'weights', 'within', 'quantum'])
    const { by = 'owner', weights = {}, within = fcfs } = options
    this.#by = checkChoice('by', by, ['owner', 'key'])
    if (typeof weights !== 'object' || weights === null) throw invalid('weights', 'an object of weights', weights)
    this.#weights = new Map(
      Object.entries(weights).map(([name, weight]) => [name, checkQuantum(`weights.${name}`, weight)]),
    )
    if (typeof within !== 'function') throw invalid('within', 'a function that makes a policy', within)
    this.#within = within
  }

  get size(): number {
    return this.#size
  }

  ready(job: Item, now: number, cause?: ReadyCause): void {
    checkNotQueued(job)
    const tenant = this.#tenantOf(job)
    tenant.policy.ready(job, now, cause)
    this.#size++
    if (tenant.place !== -1) return
    if (tenant.running === 0) tenant.used = Math.max(tenant.used, this.#front)
    this.#queue.push(tenant, tenant.used)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    let job: Item | undefined
    // In order, until an owner has a job that may run here.
    const tenant = this.#queue.find(({ policy }) => (job = policy.pick(now, offer)) !== undefined)
    if (tenant === undefined || job === undefined) return undefined
    this.#size--
    this.#front = Math.max(this.#front, tenant.used)
    const length = Number.isFinite(job.burst) ? (job.burst as number) : this.#average
    this.#charges.set(job, { tenant, length })
    tenant.running++
    this.#charge(tenant, length)
    return job
  }

  withdraw(job: Item): boolean {
    const tenant = this.#tenants.get(this.#nameOf(job))
    if (tenant === undefined || !tenant.policy.withdraw(job)) return false
    this.#size--
    if (tenant.policy.size === 0) this.#queue.remove(tenant)
    return true
  }

  block(job: Item, ran: number, now: number): void {
    this.#learn(ran)
    this.#settle(job, ran)?.policy.block?.(job, ran, now)
  }

  expire(job: Item, ran: number, now: number): void {
    this.#settle(job, ran)?.policy.expire?.(job, ran, now)
  }

  preempt(job: Item, ran: number, now: number): void {
    this.#settle(job, ran)?.policy.preempt?.(job, ran, now)
  }

  finish(job: Item, ran: number, now: number): void {
    this.#learn(ran)
    this.#settle(job, ran)?.policy.finish?.(job, ran, now)
  }

  abort(job: Item, ran: number, now: number): void {
    this.#settle(job, ran)?.policy.abort?.(job, ran, now)
  }

  explain(job: Item): string {
    const tenant = this.#tenants.get(this.#nameOf(job))
    const used = Math.round(
      ((tenant?.used ?? 0) - (this.#charges.get(job)?.length ?? 0) / (tenant?.weight ?? 1)) * 1000,
    )
    return `${this.#nameOf(job)} had ${used / 1000} for its share, the least of all owners, and ${job.name ?? 'the job'} is its next.`
  }

  #charge(tenant: Tenant<Item>, length: number): void {
    tenant.used += length / tenant.weight
    this.#queue.remove(tenant)
    if (tenant.policy.size > 0) this.#queue.push(tenant, tenant.used)
  }

  /** It left its CPU: what it really took is charged. A driver may let it go on; then it is charged as it goes. */
  #settle(job: Item, ran: number): Tenant<Item> | undefined {
    const charge = this.#charges.get(job)
    const tenant = charge?.tenant ?? this.#tenants.get(this.#nameOf(job))
    if (tenant === undefined) return undefined
    if (charge !== undefined) {
      this.#charges.delete(job)
      tenant.running--
    }
    this.#charge(tenant, ran - (charge?.length ?? 0))
    // Who comes next must not start where an owner that was alone began.
    if (this.#size === 0) this.#front = Math.max(this.#front, tenant.used)
    return tenant
  }

  #learn(ran: number): void {
    this.#known = Math.min(this.#known + 1, 100)
    this.#average += (ran - this.#average) / this.#known
  }

  #nameOf(job: Item): string {
    return (this.#by === 'owner' ? job.owner : job.key) ?? ''
  }

  #tenantOf(job: Item): Tenant<Item> {
    const name = this.#nameOf(job)
    let tenant = this.#tenants.get(name)
    if (tenant !== undefined) return tenant
    if (this.#tenants.size >= this.#forgetAt) this.#forgetIdle()
    const weight = this.#weights.get(name) ?? 1
    tenant = { place: -1, name, weight, policy: this.#within(), used: this.#front, running: 0 }
    this.#tenants.set(name, tenant)
    return tenant
  }

  /** Owners without jobs whose use the others have caught up with: they would start where a new one starts. */
  #forgetIdle(): void {
    for (const [name, { policy, running, used }] of this.#tenants) {
      if (policy.size === 0 && running === 0 && used <= this.#front) this.#tenants.delete(name)
    }
    this.#forgetAt = Math.max(idleKept, 2 * this.#tenants.size)
  }
}
