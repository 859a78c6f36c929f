/** Policies that give shares: what each job gets in the long run, and how soon. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  eevdf,
  fair,
  fairShare,
  fairSlice,
  lottery,
  mersenne,
  niceWeights,
  rr,
  stride,
  weightOfNice,
  type Policy,
} from '#lanework/schedule/index.js'
import { drive, work, type Run, type Work } from './driver.js'

/** CPU time of each job. */
function shares(run: Run): Record<string, number> {
  const got: Record<string, number> = {}
  for (const { name, from, to } of run.spans) got[name] = (got[name] ?? 0) + to - from
  return got
}

const endless = (name: string, about: Parameters<typeof work>[3] = {}, arrival = 0): Work =>
  work(name, arrival, 1e9, about)

describe('lottery', () => {
  it('gives shares that no chi-square test tells from the tickets', () => {
    const tickets = { A: 10, B: 20, C: 30, D: 40 }
    const jobs = Object.entries(tickets).map(([name, count]) => endless(name, { tickets: count }))
    const draws = 20_000
    const got = shares(drive(lottery({ seed: 11 }), jobs, { horizon: draws }))
    const distance = Object.entries(tickets).reduce((sum, [name, count]) => {
      const expected = (draws * count) / 100
      return sum + ((got[name] ?? 0) - expected) ** 2 / expected
    }, 0)
    // The 99.9 % point with three degrees of freedom.
    assert.ok(distance < 16.27, `chi-square ${distance}: ${JSON.stringify(got)}`)
  })

  it('draws the same tickets from the same seed, and others from another', () => {
    const order = (seed: number): string =>
      drive(lottery({ seed }), [endless('A'), endless('B')], { horizon: 60 })
        .spans.map(({ name, from, to }) => name.repeat(to - from))
        .join('')
    assert.equal(order(4), order(4))
    assert.notEqual(order(4), order(5))
  })

  it('compensates a job that leaves most of its slice, so that it gets its share', () => {
    // It waits so shortly that it is back before anybody is picked.
    const share = (compensation: boolean): number => {
      const policy = lottery<Work>({ seed: 1, compensation })
      const [io, cpu] = [endless('io'), endless('cpu')]
      for (const job of [io, cpu]) policy.ready(job, 0)
      let [now, used] = [0, 0]
      while (now < 2_000) {
        const job = policy.pick(now)
        assert.ok(job)
        const ran = job === io ? 0.2 : 1
        now += ran
        if (job === io) used += ran
        if (job === io) policy.block?.(job, ran, now)
        else policy.expire?.(job, ran, now)
        policy.ready(job, now, job === io ? 'unblocked' : 'expired')
      }
      return used / now
    }
    assert.ok(share(false) < 0.25, `${share(false)} without`)
    assert.ok(share(true) > 0.4 && share(true) < 0.6, `${share(true)} with`)
  })

  it('keeps its seats in order when most jobs are gone', () => {
    const policy = lottery({ random: () => 0 })
    const jobs = Array.from({ length: 1_000 }, (_, index) => ({ place: -1, name: `${index}` }))
    for (const job of jobs) policy.ready(job, 0)
    for (const job of jobs.slice(0, 990)) policy.withdraw(job)
    const late = Array.from({ length: 2_000 }, (_, index) => ({ place: -1, name: `late ${index}` }))
    for (const job of late) policy.ready(job, 1)
    assert.equal(policy.pick(2)?.name, '990')
    assert.equal(policy.size, 2_009)
  })
})

describe('stride', () => {
  it('gives exact shares: never a slice more or less than the tickets say', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(counts, (tickets) => {
        const jobs = tickets.map((each, index) => endless(`${index}`, { tickets: each }))
        const total = tickets.reduce((sum, each) => sum + each, 0)
        const got = shares(drive(stride(), jobs, { horizon: total * 3 }))
        for (const [index, each] of tickets.entries()) {
          const error = Math.abs((got[`${index}`] ?? 0) - each * 3)
          assert.ok(error <= tickets.length, `job ${index} with ${each} of ${total} tickets is off by ${error}`)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('lets a job that comes late, or comes back, start where the others are', () => {
    const run = drive(stride(), [endless('A'), endless('B'), endless('late', {}, 100)], { horizon: 130 })
    const got = shares({ ...run, spans: run.spans.filter(({ from }) => from >= 100) })
    assert.deepEqual(Object.values(got), [10, 10, 10])
    const alone = drive(stride(), [endless('A'), endless('late', {}, 100)], { horizon: 120 })
    const after = shares({ ...alone, spans: alone.spans.filter(({ from }) => from >= 100) })
    assert.deepEqual(Object.values(after), [10, 10])
  })

  it('charges the part of a slice that was used, or all of it', () => {
    const used = stride({ quantum: 4 })
    const whole = stride({ quantum: 4, charge: 'slice' })
    for (const [policy, pass] of [
      [used, 2_500],
      [whole, 10_000],
    ] as const) {
      const job = { place: -1, name: 'A' }
      policy.ready(job, 0)
      policy.pick(0)
      policy.block?.(job, 1, 1)
      assert.equal(policy.passOf(job), pass)
    }
  })
})

describe('fair', () => {
  it('gives the slices of OSTEP', () => {
    assert.equal(fairSlice(1, 4, { latency: 48 }), 12)
    assert.equal(fairSlice(1, 10, { latency: 48, minGranularity: 6 }), 6)
    const [high, low] = [weightOfNice(-5), weightOfNice(0)]
    assert.deepEqual([high, low], [3121, 1024])
    assert.equal(fairSlice(high, high + low).toFixed(2), '36.14')
    assert.equal(fairSlice(low, high + low).toFixed(2), '11.86')
    assert.equal(niceWeights.length, 40)
    for (const nice of [-21, 20, 0.5]) assert.throws(() => weightOfNice(nice), { code: 'OPTION_INVALID' })
    assert.throws(() => fairSlice(2, 1), { code: 'OPTION_INVALID' })
  })

  it('shares by tickets, and by nice values', () => {
    const byTickets = shares(drive(fair(), [endless('A', { tickets: 3 }), endless('B')], { horizon: 9_600 }))
    assert.ok(Math.abs((byTickets['A'] ?? 0) / (byTickets['B'] ?? 1) - 3) < 0.05, JSON.stringify(byTickets))
    const jobs = [endless('A', { priority: -5 }), endless('B', { priority: 0 })]
    const byNice = shares(drive(fair({ weights: 'nice' }), jobs, { horizon: 9_600 }))
    assert.ok(Math.abs((byNice['A'] ?? 0) / (byNice['B'] ?? 1) - 3121 / 1024) < 0.05, JSON.stringify(byNice))
  })

  it('lets a job that waited take the CPU, but not make up for its wait', () => {
    const sleeper = work('sleeper', 0, [1, 1_000, 500])
    const run = drive(fair({ minGranularity: 6 }), [sleeper, endless('A')], { horizon: 1_400 })
    const back = run.spans.find(({ name, from }) => name === 'sleeper' && from > 0)?.from ?? NaN
    assert.ok(back <= 1_050, `it ran again at ${back}`)
    const got = shares({ ...run, spans: run.spans.filter(({ from }) => from >= back) })
    assert.ok(Math.abs((got['sleeper'] ?? 0) - (got['A'] ?? 0)) <= 48, JSON.stringify(got))
  })
})

describe('eevdf', () => {
  it('is round robin for equal jobs with equal slices', () => {
    const jobs = (): Work[] => ['A', 'B', 'C'].map((name) => work(name, 0, 7))
    const turns = (policy: Policy<Work>): string[] =>
      drive(policy, jobs()).spans.map(({ name, from }) => `${name}${from}`)
    assert.deepEqual(turns(eevdf({ slice: 2 })), turns(rr({ quantum: 2 })))
  })

  it('has lags that add up to nothing and stay within a slice', () => {
    const count = fc.integer({ min: 2, max: 6 })
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 5 }), (jobs, slice) => {
        const policy = eevdf<Work>({ slice })
        const all = Array.from({ length: jobs }, (_, index) => endless(`${index}`))
        for (const job of all) policy.ready(job, 0)
        for (let turn = 0, now = 0; turn < 100; turn++, now += slice) {
          const job = policy.pick(now)
          assert.ok(job)
          assert.ok((policy.lagOf(job) ?? NaN) > -1e-6, 'who runs had no more than its share')
          for (const other of all) {
            if (other.place === -1 || (policy.lagOf(other) ?? NaN) < -1e-6) continue
            assert.ok(
              (policy.deadlineOf(job) ?? NaN) <= (policy.deadlineOf(other) ?? NaN) + 1e-6,
              'another was due before',
            )
          }
          policy.expire?.(job, slice, now + slice)
          policy.ready(job, now + slice, 'expired')
          const lags = all.map((each) => policy.lagOf(each) ?? NaN)
          assert.ok(Math.abs(lags.reduce((sum, lag) => sum + lag, 0)) < 1e-6)
          for (const lag of lags) assert.ok(Math.abs(lag) <= slice + 1e-6, `a lag of ${lag}`)
        }
      }),
      { numRuns: 40 },
    )
  })

  it('answers a job with short slices sooner and gives it no more', () => {
    const got = (slices: Record<string, number>): { share: number; longest: number } => {
      const names = ['quick', 'b', 'c', 'd']
      const jobs = names.map((name) => endless(name))
      const { spans } = drive(eevdf<Work>({ slice: 8, slices }), jobs, { horizon: 8_000 })
      const own = spans.filter(({ name }) => name === 'quick')
      const waits = own.map(({ from }, index) => from - (own[index - 1]?.to ?? 0))
      return { share: own.reduce((sum, { from, to }) => sum + to - from, 0), longest: Math.max(...waits) }
    }
    const [long, short] = [got({}), got({ quick: 1 })]
    assert.ok(Math.abs(long.share - short.share) <= 16, `${long.share} and ${short.share}`)
    assert.ok(short.longest < long.longest, `${short.longest} against ${long.longest}`)
  })

  it('keeps what a job is short of, or had too much of, while it waits', () => {
    const policy = eevdf<Work>({ slice: 4 })
    const [a, b] = [endless('a'), endless('b')]
    for (const job of [a, b]) policy.ready(job, 0)
    assert.equal(policy.pick(0), a)
    policy.block?.(a, 4, 4)
    assert.equal(policy.lagOf(a), -2)
    policy.ready(a, 10, 'unblocked')
    assert.ok(Math.abs((policy.lagOf(a) ?? NaN) + 2) < 1e-9)
    assert.equal(policy.pick(10), b, 'who had too much is not eligible')
  })
})

describe('fair share', () => {
  const jobsOf = (owner: string, count: number): Work[] =>
    Array.from({ length: count }, (_, index) => work(`${owner}${index}`, 0, 10, { owner }))

  it('serves owners by weight, however many jobs each has', () => {
    const policy = fairShare<Work>({ weights: { many: 1, few: 2 } })
    const { spans } = drive(policy, [...jobsOf('many', 100), ...jobsOf('few', 40)], { horizon: 600 })
    const few = spans.filter(({ name }) => name.startsWith('few')).length
    assert.equal(few, 40)
    const first = spans.slice(0, 30).filter(({ name }) => name.startsWith('few')).length
    assert.ok(Math.abs(first - 20) <= 1, `${first} of the first 30`)
  })

  it('orders the jobs of one owner by a policy of its own', () => {
    const policy = fairShare<Work>({ within: () => rr({ quantum: 1 }) })
    policy.ready(work('a1', 0, 5, { owner: 'a' }), 0)
    policy.ready(work('a2', 0, 5, { owner: 'a' }), 0)
    assert.equal(policy.pick(0)?.name, 'a1')
    assert.equal(policy.quantum, undefined, 'slices are those of the fair share itself')
  })

  it('corrects what it charged when a job takes longer than was thought', () => {
    const policy = fairShare<Work>()
    const [long, short] = [work('long', 0, 1, { owner: 'a' }), work('short', 0, 1, { owner: 'b' })]
    for (const job of [long, short]) policy.ready(job, 0)
    const next = policy.pick(0)
    assert.equal(next, long)
    policy.finish?.(long, 100, 100)
    for (let count = 0; count < 5; count++) policy.ready(work(`a${count}`, 0, 1, { owner: 'a' }), 100)
    for (let count = 0; count < 5; count++) policy.ready(work(`b${count}`, 0, 1, { owner: 'b' }), 100)
    const picked = Array.from({ length: 6 }, () => policy.pick(100)?.name ?? '')
    assert.ok(
      picked.every((name) => !name.startsWith('a')),
      picked.join(' '),
    )
  })

  it('does not keep owners that are gone', () => {
    let made = 0
    const policy = fairShare<Work>({ within: () => (made++, rr<Work>()) })
    for (let count = 0; count < 10_000; count++) {
      const job = work(`j${count}`, 0, 1, { owner: `o${count % 5_000}` })
      policy.ready(job, count)
      policy.pick(count)
      policy.finish?.(job, 1, count)
    }
    assert.ok(made > 8_000, `${made} owners were made, so too many were kept`)
  })
})

describe('mersenne', () => {
  it("gives the numbers of Python's random.Random", () => {
    const zero = mersenne(0)
    assert.deepEqual(
      [zero.random(), zero.random(), zero.random()],
      [0.8444218515250481, 0.7579544029403025, 0.420571580830845],
    )
    assert.deepEqual(
      Array.from({ length: 8 }, () => zero.randint(1, 6)),
      [3, 5, 4, 4, 3, 4, 3, 5],
    )
    assert.equal(zero.randrange(1_000_003), 934973)
    assert.deepEqual(
      [1, 31, 32, 33, 53].map((count) => zero.bits(count)),
      [1, 469102188, 2167613558, 598176026, 6807678383186223],
    )
    assert.equal(zero.choice(['a', 'b', 'c', 'd', 'e']), 'a')
    assert.equal(zero.expovariate(0.5), 1.9266021941970668)
    assert.equal(zero.uniform(2, 5), 2.7515190240873215)
    const far = Array.from({ length: 1_000 }, () => zero.random())
    assert.equal(far.at(-1), 0.6050456716470326)
  })

  it('takes large and negative seeds as Python does', () => {
    assert.equal(mersenne(2 ** 40 + 7).random(), 0.6137037779936511)
    assert.equal(mersenne(-5).random(), 0.6229016948897019)
    assert.equal(mersenne(5).random(), mersenne(-5).random())
  })

  it('refuses seeds and ranges that make no sense', () => {
    for (const seed of [NaN, 0.5, Infinity, 2 ** 60]) assert.throws(() => mersenne(seed), { code: 'OPTION_INVALID' })
    const random = mersenne(1)
    for (const wrong of [
      () => random.randrange(0),
      () => random.randint(2, 1),
      () => random.choice([]),
      () => random.bits(0),
      () => random.bits(54),
      () => random.expovariate(0),
    ])
      assert.throws(wrong, { code: 'OPTION_INVALID' })
  })
})
