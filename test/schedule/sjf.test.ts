/** Shortest job first, with declared and with learned bursts. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { sjf, type Job } from '#lanework/schedule/index.js'
import { job, meanWaiting, runAll } from './single-cpu.js'

/** All that wait, in the order in which they are picked. */
function drain(policy: ReturnType<typeof sjf>): string[] {
  const names: string[] = []
  for (let next = policy.pick(0); next !== undefined; next = policy.pick(0)) names.push(next.name ?? '')
  return names
}

const named = (name: string, key?: string, burst?: number): Job => ({ place: -1, name, key, burst })

describe('sjf with declared bursts', () => {
  it('waits 7 on average: Silberschatz, bursts 6, 8, 7, 3', () => {
    const jobs = [job('P1', 0, 6), job('P2', 0, 8), job('P3', 0, 7), job('P4', 0, 3)]
    const ended = runAll(sjf(), jobs)
    assert.deepEqual(
      ended.map(({ name }) => name),
      ['P4', 'P1', 'P3', 'P2'],
    )
    assert.equal(meanWaiting(jobs, ended), 7)
  })

  it('cannot help short jobs that come after a long one started: OSTEP, mean turnaround 103.33', () => {
    const jobs = [job('A', 0, 100), job('B', 10, 10), job('C', 10, 10)]
    const ended = runAll(sjf(), jobs)
    assert.deepEqual(
      ended.map(({ finish }) => finish),
      [100, 110, 120],
    )
  })

  it('always picks the shortest, and the one that came first among equals', () => {
    const step = fc.oneof(fc.constant('take' as const), fc.integer({ min: 0, max: 5 }))
    const property = fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const policy = sjf()
      const waiting: Job[] = []
      let picked = 0
      const take = (): void => {
        const least = Math.min(...waiting.map(({ burst = NaN }) => burst))
        const expected = waiting.find(({ burst }) => burst === least)
        assert.equal(policy.pick(0), expected)
        if (expected === undefined) return
        waiting.splice(waiting.indexOf(expected), 1)
        picked++
      }
      for (const [at, each] of steps.entries()) {
        if (each === 'take') take()
        else {
          const next = named(`${at}`, undefined, each)
          policy.ready(next, at)
          waiting.push(next)
        }
      }
      while (waiting.length > 0) take()
      assert.equal(picked, steps.filter((each) => each !== 'take').length)
      assert.equal(policy.size, 0)
    })
    fc.assert(property)
  })

  it('withdraws any job, and the others keep their order', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }),
      fc.nat(),
      (bursts, which) => {
        const policy = sjf()
        const jobs = bursts.map((burst, at) => named(`${at}`, undefined, burst))
        for (const each of jobs) policy.ready(each, 0)
        const gone = jobs[which % jobs.length] as Job
        assert.equal(policy.withdraw(gone), true)
        assert.equal(policy.withdraw(gone), false)
        const rest = jobs.filter((each) => each !== gone).sort((a, b) => (a.burst ?? 0) - (b.burst ?? 0))
        assert.deepEqual(
          drain(policy),
          rest.map(({ name }) => name),
        )
      },
    )
    fc.assert(property)
  })

  it('runs a job without end last', () => {
    const policy = sjf()
    policy.ready(named('endless', undefined, Infinity), 0)
    policy.ready(named('long', undefined, 1e9), 0)
    assert.deepEqual(drain(policy), ['long', 'endless'])
  })

  it('passes over jobs that must not run here without losing their order', () => {
    const policy = sjf()
    for (const burst of [3, 1, 2, 1]) policy.ready(named(`${burst}`, undefined, burst), 0)
    const offer = { cpu: 0, free: 1, accepts: (each: Job) => (each.burst ?? 0) > 1 }
    assert.equal(policy.pick(0, offer)?.name, '2')
    assert.deepEqual(drain(policy), ['1', '1', '3'])
  })

  it('refuses bursts that are no length of time, and jobs that are queued already', () => {
    const policy = sjf()
    for (const burst of [NaN, -1, '3' as unknown as number]) {
      assert.throws(() => policy.ready(named('A', undefined, burst), 0), { code: 'OPTION_INVALID' })
    }
    assert.equal(policy.size, 0)
    const a = named('A', undefined, 1)
    policy.ready(a, 0)
    assert.throws(() => policy.ready(a, 0), { code: 'OPTION_INVALID' })
  })
})

describe('sjf with learned bursts', () => {
  it('learns from finished jobs of the same key', () => {
    const policy = sjf()
    policy.finish?.(named('', 'slow'), 90, 90)
    policy.finish?.(named('', 'fast'), 2, 92)
    for (const key of ['slow', 'fast', 'slow', 'fast']) policy.ready(named(key, key), 92)
    assert.deepEqual(drain(policy), ['fast', 'fast', 'slow', 'slow'])
  })

  it('learns from bursts that end in I/O, and not from jobs that were killed', () => {
    const policy = sjf()
    policy.block?.(named('', 'a'), 10, 10)
    policy.finish?.(named('', 'b'), 20, 30)
    policy.abort?.(named('', 'b'), 0, 31)
    policy.ready(named('b', 'b'), 32)
    policy.ready(named('a', 'a'), 32)
    assert.deepEqual(drain(policy), ['a', 'b'])
  })

  it('takes the declared burst before the learned one', () => {
    const policy = sjf()
    policy.finish?.(named('', 'slow'), 90, 90)
    policy.ready(named('five', undefined, 5), 90)
    policy.ready(named('slow but declared', 'slow', 1), 90)
    assert.deepEqual(drain(policy), ['slow but declared', 'five'])
  })

  it('puts unknown jobs where the rule says', () => {
    const orders = (['average', 'first', 'last', 15] as const).map((unknown) => {
      const policy = sjf({ unknown })
      policy.finish?.(named('', 'ten'), 10, 10)
      policy.finish?.(named('', 'thirty'), 30, 40)
      for (const key of ['thirty', 'new', 'ten']) policy.ready(named(key, key), 40)
      return drain(policy).join(' ')
    })
    assert.deepEqual(orders, ['ten new thirty', 'new ten thirty', 'ten thirty new', 'ten new thirty'])
  })

  it('keeps order as long as nothing is known', () => {
    const policy = sjf()
    for (const name of ['A', 'B', 'C']) policy.ready(named(name, name), 0)
    assert.deepEqual(drain(policy), ['A', 'B', 'C'])
  })

  it('keeps the place a waiting job was given when its key is learned meanwhile', () => {
    const policy = sjf()
    policy.ready(named('A', 'a'), 0)
    policy.ready(named('B', undefined, 5), 0)
    policy.finish?.(named('', 'a'), 90, 90)
    assert.deepEqual(drain(policy), ['A', 'B'])
  })

  it('explains a pick', () => {
    const policy = sjf()
    policy.finish?.(named('', 'resize'), 8, 8)
    const jobs = [named('A', undefined, 5), named('B', 'resize'), named('C', 'never seen')]
    for (const each of jobs) policy.ready(each, 8)
    const told = jobs.map(() => {
      const picked = policy.pick(8)
      return picked && policy.explain?.(picked, 8)
    })
    assert.deepEqual(told, [
      'A declared 5, the shortest of 3.',
      'B is expected to take 8, the shortest of 2.',
      'C is not known yet; the rule for such jobs put it first, and nobody else waits.',
    ])
  })

  it('refuses options that make no sense', () => {
    const wrong = [
      { alpha: NaN },
      { alpha: 1.5 },
      { initial: -1 },
      { keys: 0 },
      { unknown: 'median' },
      { unknown: NaN },
      { preemptive: true },
      { quantum: 4 },
    ]
    for (const options of wrong) assert.throws(() => sjf(options as never), { code: 'OPTION_INVALID' })
  })
})
