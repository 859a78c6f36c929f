/** Policies for jobs that are due at a time, and for jobs that take several CPUs. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { easy, edf, fcfs, rm, rmBound, type Offer, type Policy } from '#lanework/schedule/index.js'
import { drive, merged, work, type Work } from './driver.js'

interface Periodic {
  readonly name: string
  readonly burst: number
  readonly period: number
}

/** Each release is a job of its own, due when the next one is released. */
function releases(tasks: readonly Periodic[], horizon: number): Work[] {
  return tasks.flatMap(({ name, burst, period }) =>
    Array.from({ length: Math.ceil(horizon / period) }, (_, index) =>
      work(`${name}${index}`, index * period, burst, { period, deadline: (index + 1) * period }),
    ),
  )
}

const late = (jobs: readonly Work[], finish: Record<string, number>, horizon: number): string[] =>
  jobs
    .filter(({ name, deadline = Infinity }) => deadline <= horizon && !((finish[name] ?? Infinity) <= deadline + 1e-9))
    .map(({ name }) => name)

const gantt = (policy: Policy<Work>, tasks: readonly Periodic[], horizon: number): string =>
  merged(drive(policy, releases(tasks, horizon), { horizon }).spans)
    .map(({ name, from, to }) => `${name.slice(0, 2)}:${from}-${to}`)
    .join(' ')

const p1 = { name: 'P1', burst: 25, period: 50 }

describe('rate monotonic', () => {
  it('misses a deadline of Silberschatz at a load above the bound, and gives his charts', () => {
    const heavy = [p1, { name: 'P2', burst: 35, period: 80 }]
    assert.equal(gantt(rm(), heavy, 85), 'P1:0-25 P2:25-50 P1:50-75 P2:75-85')
    assert.deepEqual(late(releases(heavy, 85), drive(rm(), releases(heavy, 85), { horizon: 85 }).finish, 85), ['P20'])
    const lighter = [p1, { name: 'P2', burst: 30, period: 75 }]
    assert.equal(gantt(rm(), lighter, 75), 'P1:0-25 P2:25-50 P1:50-75')
  })

  it('meets all deadlines up to the bound of Liu and Layland', () => {
    assert.equal(rmBound(1), 1)
    assert.equal(rmBound(2).toFixed(3), '0.828')
    assert.equal(rmBound(1e6).toFixed(4), Math.LN2.toFixed(4))
    assert.throws(() => rmBound(0), { code: 'OPTION_INVALID' })
    const tasks = fc.array(
      fc.record({ period: fc.integer({ min: 5, max: 40 }), part: fc.integer({ min: 1, max: 10 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    fc.assert(
      fc.property(tasks, (list) => {
        const parts = list.reduce((sum, { part }) => sum + part, 0)
        const load = rmBound(list.length) * 0.999
        const periodic = list.map(({ period, part }, id) => ({
          name: `T${id}-`,
          period,
          burst: (period * load * part) / parts,
        }))
        const jobs = releases(periodic, 400)
        assert.deepEqual(late(jobs, drive(rm(), jobs, { horizon: 400 }).finish, 400), [])
      }),
      { numRuns: 40 },
    )
  })

  it('runs jobs without a period behind all others, and leaves the CPU alone if told', () => {
    const jobs = (): Work[] => [work('background', 0, 10), work('camera', 5, 1, { period: 10 })]
    assert.equal(drive(rm(), jobs()).finish['camera'], 6)
    assert.equal(drive(rm({ preemptive: false }), jobs()).finish['camera'], 11)
    assert.throws(() => rm().ready(work('A', 0, 1, { period: 0 }), 0), { code: 'OPTION_INVALID' })
  })
})

describe('earliest deadline first', () => {
  it('meets the deadlines that rate monotonic misses', () => {
    const tasks = [p1, { name: 'P2', burst: 35, period: 80 }]
    assert.equal(gantt(edf(), tasks, 145), 'P1:0-25 P2:25-60 P1:60-85 P2:85-100 P1:100-125 P2:125-145')
  })

  it('meets all deadlines up to a load of 1', () => {
    const tasks = fc.array(
      fc.record({ period: fc.integer({ min: 4, max: 30 }), part: fc.integer({ min: 1, max: 10 }) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    )
    fc.assert(
      fc.property(tasks, (list) => {
        const parts = list.reduce((sum, { part }) => sum + part, 0)
        const periodic = list.map(({ period, part }, id) => ({
          name: `T${id}-`,
          period,
          burst: (period * 0.999 * part) / parts,
        }))
        const jobs = releases(periodic, 300)
        assert.deepEqual(late(jobs, drive(edf(), jobs, { horizon: 300 }).finish, 300), [])
      }),
      { numRuns: 40 },
    )
  })

  it('says what is due when, and refuses a deadline that is no number', () => {
    const policy = edf()
    policy.ready(work('A', 0, 1, { deadline: 80 }), 0)
    policy.ready(work('B', 0, 1, { deadline: 20 }), 0)
    policy.ready(work('C', 0, 1), 0)
    const told = [30, 30, 30].map((now) => policy.explain?.(policy.pick(now) as Work, now))
    assert.deepEqual(told, [
      'B was due at 20: the first of 3 ready.',
      'A is due at 80, in 50: the first of 2 ready.',
      'C has no deadline, nobody else waits.',
    ])
    assert.throws(() => policy.ready(work('D', 0, 1, { deadline: NaN }), 0), { code: 'OPTION_INVALID' })
    assert.throws(() => edf({ preemptive: 'yes' as never }), { code: 'OPTION_INVALID' })
  })
})

interface Rigid {
  readonly arrival: number
  readonly length: number
  readonly width: number
  /** What its user said; its length or more. */
  readonly limit: number
}

/** A cluster of CPUs and rigid jobs; when each started. */
function cluster(policy: Policy<Work>, cpus: number, rigid: readonly Rigid[]): number[] {
  const jobs = rigid.map(({ arrival, length, width, limit }, id) => work(`${id}`, arrival, length, { width, limit }))
  const starts = rigid.map(() => NaN)
  const running: { job: Work; end: number }[] = []
  let free = cpus
  const times = new Set(rigid.map(({ arrival }) => arrival))
  for (let now = 0; now <= 10_000 && starts.some(Number.isNaN); now++) {
    const ended = running.filter(({ end }) => end === now)
    for (const each of ended) {
      running.splice(running.indexOf(each), 1)
      free += each.job.width ?? 1
      policy.finish?.(each.job, each.job.burst, now)
    }
    for (const job of jobs) if (job.arrival === now) policy.ready(job, now)
    if (ended.length === 0 && !times.has(now)) continue
    const offer = (): Offer<Work> => ({ cpu: 0, free, accepts: () => true })
    for (let job = policy.pick(now, offer()); job !== undefined; job = policy.pick(now, offer())) {
      free -= job.width ?? 1
      assert.ok(free >= 0, 'more CPUs than there are')
      starts[Number(job.name)] = now
      running.push({ job, end: now + job.burst })
    }
  }
  return starts
}

const rigid = (arrival: number, length: number, width: number, limit = length): Rigid => ({
  arrival,
  length,
  width,
  limit,
})

describe('EASY backfilling', () => {
  it('fills the hole in front of a wide job with what ends in time, and with nothing that does not', () => {
    const jobs = [rigid(0, 10, 3), rigid(1, 10, 4), rigid(2, 8, 1), rigid(2, 9, 1)]
    assert.deepEqual(cluster(fcfs(), 4, jobs), [0, 10, 20, 20])
    assert.deepEqual(cluster(easy(), 4, jobs), [0, 10, 2, 20])
  })

  it('lets a long job use what the reservation does not need', () => {
    const jobs = [rigid(0, 10, 3), rigid(1, 10, 3), rigid(2, 50, 1)]
    assert.deepEqual(cluster(easy(), 4, jobs), [0, 10, 2])
  })

  it('with a reservation for each, delays nobody who was before: conservative backfilling', () => {
    // The fourth fits before the second, but would delay the third.
    const jobs = [rigid(0, 10, 2), rigid(1, 5, 4), rigid(2, 10, 2), rigid(3, 7, 2), rigid(3, 20, 2)]
    const [greedy, careful] = [cluster(easy(), 4, jobs), cluster(easy({ reservations: Infinity }), 4, jobs)]
    assert.equal(greedy[1], 10)
    assert.equal(careful[1], 10)
    assert.ok((careful[2] ?? NaN) <= 15)
  })

  it('never starts the first in line later than first come, first served does, when users know their lengths', () => {
    const job = fc.record({
      arrival: fc.nat(20),
      length: fc.integer({ min: 1, max: 15 }),
      width: fc.integer({ min: 1, max: 4 }),
    })
    fc.assert(
      fc.property(fc.array(job, { minLength: 1, maxLength: 12 }), (list) => {
        const jobs = list.map((each) => ({ ...each, limit: each.length })).sort((a, b) => a.arrival - b.arrival)
        const [plain, careful] = [cluster(fcfs(), 4, jobs), cluster(easy({ reservations: Infinity }), 4, jobs)]
        for (const [id, start] of careful.entries())
          assert.ok(start <= (plain[id] ?? NaN), `job ${id}: ${start} after ${plain[id]}`)
        const filled = cluster(easy(), 4, jobs)
        assert.ok(filled.every((start) => !Number.isNaN(start)))
        // Who is first in line when it comes has a reservation from then on.
        assert.ok((filled[0] ?? NaN) === plain[0])
      }),
      { numRuns: 100 },
    )
  })

  it('goes on when jobs run beyond their limits, or have none', () => {
    const jobs = [rigid(0, 30, 3, 5), rigid(1, 4, 4, 4), rigid(2, 3, 1, 3), rigid(3, 3, 1, Infinity)]
    const starts = cluster(easy(), 4, jobs)
    assert.equal(starts[1], 30)
    assert.equal(starts[2], 2)
    assert.equal(starts[3], 34, 'it may run for ever, so it must not delay the reservation')
  })

  it('says when it filled a hole', () => {
    const policy = easy<Work>()
    const offer = (free: number): Offer<Work> => ({ cpu: 0, free, accepts: () => true })
    policy.ready(work('wide', 0, 5, { width: 4, limit: 5 }), 0)
    policy.ready(work('small', 0, 5, { width: 1, limit: 5 }), 0)
    const running = work('running', 0, 9, { width: 3, limit: 9 })
    policy.ready(running, 0)
    assert.equal(policy.pick(0, { cpu: 0, free: 4, accepts: (job) => job === running }), running)
    const picked = policy.pick(0, offer(1))
    assert.equal(picked?.name, 'small')
    assert.equal(
      picked && policy.explain?.(picked, 0),
      'small fills a hole of 1 CPUs for at most 5 and delays no reservation.',
    )
  })

  it('refuses widths and limits that make no sense', () => {
    for (const width of [0, 1.5, NaN])
      assert.throws(() => easy().ready(work('A', 0, 1, { width }), 0), { code: 'OPTION_INVALID' })
    assert.throws(() => easy().ready(work('A', 0, 1, { limit: -1 }), 0), { code: 'OPTION_INVALID' })
    for (const reservations of [0, 0.5, NaN]) assert.throws(() => easy({ reservations }), { code: 'OPTION_INVALID' })
  })
})
