/** What every policy promises, whatever it decides by: one list of claims, for each of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { mersenne, type Job, type Offer, type Policy, type ReadyCause } from '#lanework/schedule/index.js'

export interface ContractJob extends Job {
  readonly name: string
  place: number
  memo?: unknown
}

/** A job with something for every policy to look at. */
export function contractJob(id: number, random: () => number): ContractJob {
  const upTo = (most: number): number => Math.floor(random() * most)
  const burst = 1 + upTo(20)
  return {
    place: -1,
    name: `job${id}`,
    key: `key${upTo(4)}`,
    burst,
    remaining: burst,
    priority: upTo(10),
    tickets: 1 + upTo(5),
    owner: `owner${upTo(3)}`,
    deadline: upTo(1_000),
    period: 1 + upTo(50),
    width: 1,
    limit: burst,
  }
}

type Step = 'arrive' | 'pick' | 'withdraw' | 'expire' | 'preempt' | 'block' | 'unblock' | 'finish' | 'abort' | 'wake'

const step: fc.Arbitrary<{ what: Step; which: number }> = fc.record({
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>('arrive') },
    { weight: 4, arbitrary: fc.constant<Step>('pick') },
    ...(['withdraw', 'expire', 'preempt', 'block', 'unblock', 'finish', 'abort', 'wake'] as const).map((each) => ({
      weight: 2,
      arbitrary: fc.constant<Step>(each),
    })),
  ),
  which: fc.nat(1_000),
})

/** Jobs by where they are, beside the policy under test. */
class Model {
  readonly ready: ContractJob[] = []
  readonly running: { job: ContractJob; since: number }[] = []
  readonly blocked: ContractJob[] = []
  readonly #policy: Policy<ContractJob>
  readonly #random = mersenne(1).random
  #made = 0
  now = 0

  constructor(policy: Policy<ContractJob>) {
    this.#policy = policy
  }

  do(what: Step, which: number): void {
    this.now += which % 3
    const policy = this.#policy
    if (what === 'arrive') this.#makeReady(contractJob(this.#made++, this.#random), 'arrived')
    else if (what === 'pick') this.#pick(which)
    else if (what === 'wake') this.#wake()
    else if (what === 'withdraw') this.#withdraw(which)
    else if (what === 'unblock') {
      const [job] = this.blocked.splice(which % Math.max(1, this.blocked.length), 1)
      if (job !== undefined) this.#makeReady(job, 'unblocked')
    } else {
      const [on] = this.running.splice(which % Math.max(1, this.running.length), 1)
      if (on === undefined) return
      policy[what]?.(on.job, this.now - on.since, this.now)
      if (what === 'expire' || what === 'preempt') this.#makeReady(on.job, what === 'expire' ? 'expired' : 'preempted')
      else if (what === 'block') this.blocked.push(on.job)
    }
    this.check()
  }

  check(): void {
    assert.equal(this.#policy.size, this.ready.length)
    for (const job of this.ready) assert.notEqual(job.place, -1, `${job.name} is queued and has no place`)
    for (const { job } of this.running) assert.equal(job.place, -1, `${job.name} runs and has a place`)
    if (this.ready.length > 0) assert.ok(this.#policy.peek === undefined || this.#policy.peek(this.now) !== undefined)
  }

  drain(): void {
    while (this.ready.length > 0) this.#pick(0)
    assert.equal(this.#policy.pick(this.now), undefined)
    assert.equal(this.#policy.peek?.(this.now), undefined)
  }

  #makeReady(job: ContractJob, cause: ReadyCause): void {
    if (cause === 'arrived') this.#policy.arrive?.(job, this.now)
    this.#policy.ready(job, this.now, cause)
    this.ready.push(job)
    assert.throws(() => this.#policy.ready(job, this.now), { code: 'OPTION_INVALID' })
  }

  #pick(which: number): void {
    const offer = which % 2 === 0 ? undefined : this.#offer(which)
    const promised = this.#policy.peek?.(this.now, offer)
    const job = this.#policy.pick(this.now, offer)
    if (this.#policy.peek !== undefined) assert.equal(job, promised, 'peek promised another one')
    const allowed = this.ready.filter((each) => offer?.accepts(each) ?? true)
    assert.equal(job === undefined, allowed.length === 0)
    if (job === undefined) return
    assert.ok(allowed.includes(job), `${job.name} was not ready, or must not run here`)
    this.ready.splice(this.ready.indexOf(job), 1)
    const why = this.#policy.explain?.(job, this.now) ?? ''
    assert.match(why, /^\S.*\.$/)
    assert.ok(why.includes(job.name), why)
    assert.doesNotMatch(why, /NaN|undefined|Infinity/)
    const slice = this.#policy.quantum?.(job, this.now) ?? Infinity
    assert.ok(slice > 0, `a slice of ${slice}`)
    for (const candidate of this.ready.slice(0, 2))
      assert.ok(!Number.isNaN(this.#policy.preempts?.({ job, cpu: 0, since: this.now }, candidate, this.now) ?? 0))
    this.running.push({ job, since: this.now })
  }

  #offer(which: number): Offer<ContractJob> {
    return { cpu: 0, free: 2, accepts: ({ name }) => Number(name.slice(3)) % 3 !== which % 3 }
  }

  #withdraw(which: number): void {
    const [job] = this.ready.splice(which % Math.max(1, this.ready.length), 1)
    if (job !== undefined) {
      assert.equal(this.#policy.withdraw(job), true)
      assert.equal(job.place, -1)
      assert.equal(this.#policy.withdraw(job), false)
    }
    for (const { job: other } of this.running) assert.equal(this.#policy.withdraw(other), false)
  }

  #wake(): void {
    const due = this.#policy.wakeAt?.(this.now) ?? Infinity
    if (due === Infinity) return
    const at = Math.max(this.now, due)
    this.now = at
    this.#policy.wake?.(at)
    assert.ok((this.#policy.wakeAt?.(at) ?? Infinity) > at, 'a driver would wake it for ever')
  }
}

/** A job that counts how often its fields are read or written. */
function counting(job: ContractJob, count: () => void): ContractJob {
  return new Proxy(job, {
    get(target, field, receiver) {
      count()
      return Reflect.get(target, field, receiver) as unknown
    },
    set(target, field, value, receiver) {
      count()
      return Reflect.set(target, field, value, receiver)
    },
  })
}

/** Claims that hold of each policy. `counted`: also what it costs, which takes its time. */
export function contract(title: string, make: () => Policy<ContractJob>, counted: boolean): void {
  describe(`${title} keeps the contract`, () => {
    it('gives each ready job once, knows its size, withdraws, and explains', () => {
      const property = fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const model = new Model(make())
        for (const { what, which } of steps) model.do(what, which)
        model.drain()
      })
      fc.assert(property, { numRuns: 30 })
    })

    it('decides alike when all is repeated', () => {
      const order = (): string[] => {
        const policy = make()
        const { random } = mersenne(5)
        for (let id = 0; id < 200; id++) policy.ready(contractJob(id, random), id)
        return Array.from({ length: 200 }, () => policy.pick(200)?.name ?? 'nobody')
      }
      assert.deepEqual(order(), order())
    })

    it('takes a job that another policy had', () => {
      const [first, second] = [make(), make()]
      const job = contractJob(0, mersenne(1).random)
      first.ready(job, 0)
      assert.equal(first.pick(0), job)
      first.expire?.(job, 1, 1)
      second.ready(job, 1)
      assert.equal(second.pick(1), job)
    })

    if (!counted) return
    it('touches jobs a few times log n when 100,000 are ready', () => {
      const policy = make()
      const { random } = mersenne(3)
      const jobs = 100_000
      let touched = 0
      const count = (): void => void touched++
      for (let id = 0; id < jobs; id++) policy.ready(counting(contractJob(id, random), count), 0)
      for (let picked = 0; picked < jobs; picked++) assert.ok(policy.pick(1) !== undefined)
      assert.equal(policy.pick(1), undefined)
      const each = touched / jobs
      assert.ok(each < 12 * Math.log2(jobs), `${Math.round(each)} times each`)
    })
  })
}
