/** Policies that go by order, length, urgency or what a job did so far. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  fcfs,
  hrrn,
  mlfq,
  mlq,
  optionsLike,
  policyByName,
  priority,
  rr,
  sjf,
  srtf,
  type MlfqOptions,
  type Policy,
} from '#lanework/schedule/index.js'
import { drive, merged, withIo, work, type Run, type Work } from './driver.js'

/** The five jobs of Stallings' comparison. */
const five = (): Work[] => [work('A', 0, 3), work('B', 2, 6), work('C', 4, 4), work('D', 6, 5), work('E', 8, 2)]

const meanTurnaround = (jobs: readonly Work[], { finish }: Run): number =>
  jobs.reduce((sum, { name, arrival }) => sum + (finish[name] ?? NaN) - arrival, 0) / jobs.length

const gantt = (run: Run): string => run.spans.map(({ name, from, to }) => `${name}${from}-${to}`).join(' ')

const randomJobs = fc
  .array(fc.record({ arrival: fc.nat(30), burst: fc.integer({ min: 1, max: 12 }), priority: fc.nat(5) }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((list) => list.map(({ arrival, burst, priority: own }, id) => work(`${id}`, arrival, burst, { priority: own })))

const copies = (jobs: readonly Work[]): Work[] => jobs.map((job) => ({ ...job, place: -1, memo: undefined }))

describe('round robin', () => {
  it('queues an arrival before or behind a job whose slice ends then, as the driver says', () => {
    assert.equal(meanTurnaround(five(), drive(rr(), five())), 10.8)
    assert.equal(meanTurnaround(five(), drive(rr(), five(), { tie: 'expired-first' })), 10.4)
  })

  it('is first come, first served with slices that never end', () => {
    fc.assert(
      fc.property(randomJobs, (jobs) => {
        assert.deepEqual(drive(rr({ quantum: 1e6 }), copies(jobs)).finish, drive(fcfs(), copies(jobs)).finish)
      }),
    )
  })

  it('virtual: a job back from I/O goes first, for the rest of its slice', () => {
    const jobs = (): Work[] => [work('io', 0, [1, 2, 5]), work('B', 0, 8), work('C', 0, 8)]
    assert.equal(gantt(drive(rr({ quantum: 4 }), jobs())).slice(0, 28), 'io0-1 B1-5 C5-9 io9-13 B13-1')
    assert.equal(gantt(drive(rr({ quantum: 4, virtual: true }), jobs())).slice(0, 27), 'io0-1 B1-5 io5-8 C8-12 B12-')
  })
})

describe('shortest remaining time first', () => {
  it('has no higher mean turnaround than any other policy, whatever the jobs', () => {
    const others: (() => Policy<Work>)[] = [
      () => fcfs(),
      () => sjf(),
      () => rr({ quantum: 2 }),
      () => hrrn(),
      () => priority({ preemptive: true }),
      () => mlfq({ quantum: 2, boost: 20 }),
    ]
    fc.assert(
      fc.property(randomJobs, (jobs) => {
        const best = meanTurnaround(jobs, drive(srtf(), copies(jobs)))
        for (const other of others) {
          const turnaround = meanTurnaround(jobs, drive(other(), copies(jobs)))
          assert.ok(best <= turnaround + 1e-9, `${best} against ${turnaround} of ${other().name}`)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('predicts what is left where nothing is declared, and learns from bursts in pieces', () => {
    const policy = srtf({ bursts: 'predicted', initial: 10, alpha: 1 })
    const [a, b] = [work('A', 0, 100), work('B', 0, 1)]
    policy.ready(a, 0)
    assert.equal(policy.pick(0), a)
    policy.ready(b, 4)
    assert.equal(policy.preempts?.({ job: a, cpu: 0, since: 0 }, b, 4), -4)
    policy.preempt?.(a, 4, 4)
    policy.ready(a, 4, 'preempted')
    assert.equal(policy.pick(4), a, 'it is expected to have 6 left of 10, against 10')
    assert.match(policy.explain?.(a, 4) ?? '', /^A is expected to have 6 left, the least of 2 ready\.$/)
    policy.block?.(a, 20, 24)
    policy.ready(a, 30, 'unblocked')
    assert.equal(policy.pick(30), b, 'A took 24 in two pieces')
  })

  it('holds to what a burst was taken to be when it began, or two jobs would take the CPU from each other for ever', () => {
    const policy = srtf({ bursts: 'predicted', initial: 10, alpha: 1 })
    const [teacher, b, a] = [
      work('t', 0, 2, { key: 'one' }),
      work('b', 0, 9, { key: 'two' }),
      work('a', 0, 9, { key: 'one' }),
    ]
    policy.ready(teacher, 0)
    assert.equal(policy.pick(0), teacher)
    policy.ready(b, 0)
    policy.ready(a, 0)
    policy.finish?.(teacher, 2, 2)
    assert.equal(policy.pick(2), b, 'both were expected to take 10')
    assert.equal(policy.peek?.(2), a)
    assert.equal(policy.preempts?.({ job: b, cpu: 0, since: 2 }, a, 2), 0)
  })

  it('rounds predictions up where told', () => {
    const policy = sjf({ bursts: 'predicted', initial: 10, alpha: 0.5, round: 'up' })
    const a = work('A', 0, 5)
    policy.block?.(a, 5, 5)
    policy.ready(a, 6)
    policy.pick(6)
    assert.match(policy.explain?.(a, 6) ?? '', /expected to take 8,/)
  })

  it('keeps the CPU at equal times, and decides ties between others as told', () => {
    const jobs = (): Work[] => [work('b', 0, 4), work('a', 1, 3), work('c', 1, 3)]
    assert.equal(gantt(drive(srtf(), jobs())), 'b0-4 a4-7 c7-10')
    const tied = (): Work[] => [work('x', 0, 2), work('b', 0, 3), work('a', 1, 3)]
    assert.equal(gantt(drive(srtf({ ties: 'name' }), tied())), 'x0-2 a2-5 b5-8')
    assert.equal(gantt(drive(srtf({ ties: 'ready' }), tied())), 'x0-2 b2-5 a5-8')
    assert.throws(() => srtf({ ties: 'age' as never }), { code: 'OPTION_INVALID' })
  })
})

describe('highest response ratio next', () => {
  it('lets no job starve behind short ones', () => {
    const short = Array.from({ length: 200 }, (_, index) => work(`s${index}`, index, 1))
    const jobs = (): Work[] => [...copies(short), work('long', 0, 20)]
    const start = (policy: Policy<Work>): number =>
      drive(policy, jobs()).spans.find(({ name }) => name === 'long')?.from ?? NaN
    assert.equal(start(sjf()), 200)
    assert.ok(start(hrrn()) < 100, `${start(hrrn())}`)
  })

  it('says which ratio it found', () => {
    const policy = hrrn()
    policy.ready(work('long', 0, 10), 0)
    policy.ready(work('short', 0, 2), 9)
    const picked = policy.pick(10)
    assert.ok(picked)
    assert.equal(policy.explain?.(picked, 10), 'long has the response ratio 2, the highest of 2.')
  })
})

describe('priority', () => {
  const three = (): Work[] => [
    work('low', 0, 5, { priority: 1 }),
    work('high', 1, 2, { priority: 9 }),
    work('mid', 2, 2, { priority: 5 }),
  ]

  it('takes the CPU at once if preemptive, in either convention', () => {
    assert.equal(gantt(drive(priority({ order: 'high-first' }), three())), 'low0-5 high5-7 mid7-9')
    assert.equal(
      gantt(drive(priority({ order: 'high-first', preemptive: true }), three())),
      'low0-1 high1-3 mid3-5 low5-9',
    )
    assert.equal(gantt(drive(priority({ preemptive: true }), three())), 'low0-5 mid5-7 high7-9')
  })

  it('puts a preempted job at the tail of its equals, or the head', () => {
    const jobs = (): Work[] => [
      work('A', 0, 4, { priority: 2 }),
      work('B', 1, 4, { priority: 2 }),
      work('C', 2, 1, { priority: 1 }),
    ]
    assert.equal(gantt(drive(priority({ preemptive: true }), jobs())), 'A0-2 C2-3 B3-7 A7-9')
    assert.equal(gantt(drive(priority({ preemptive: true, preempted: 'head' }), jobs())), 'A0-2 C2-3 A3-5 B5-9')
  })

  it('lets equals take turns where there are slices', () => {
    const jobs = (): Work[] => [
      work('A', 0, 4, { priority: 1 }),
      work('B', 0, 2, { priority: 1 }),
      work('C', 0, 2, { priority: 2 }),
    ]
    assert.equal(gantt(drive(priority({ quantum: 2 }), jobs())), 'A0-2 B2-4 A4-6 C6-8')
  })

  it('ends starvation by ageing: a job waits the span of priorities divided by the rate, and for those who came before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(0.25, 0.5, 1, 2),
        fc.boolean(),
        (span, ageing, preemptive) => {
          const patience = span / ageing
          const stream = Array.from({ length: Math.ceil(patience) * 2 + 50 }, (_, at) =>
            work(`s${at}`, at, 1, { priority: 0 }),
          )
          const jobs = (): Work[] => [...copies(stream), work('poor', 0, 3, { priority: span })]
          const start = (policy: Policy<Work>): number =>
            drive(policy, jobs()).spans.find(({ name }) => name === 'poor')?.from ?? NaN
          assert.equal(start(priority({ preemptive })), stream.length)
          const waited = start(priority({ preemptive, ageing }))
          assert.ok(waited <= patience + 2, `waited ${waited}, with ${span} levels at ${ageing} each`)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('lets a waiting job overtake a running one by the levels it gained, and says so', () => {
    const jobs = [work('A', 0, 100, { priority: 0 }), work('B', 0, 5, { priority: 3 })]
    const run = drive(priority({ preemptive: true, ageing: 0.5 }), jobs)
    // B runs with 4 levels gained, one more than it needed; A needs two to overtake it again.
    assert.equal(gantt(run).slice(0, 14), 'A0-8 B8-12 A12')
    assert.ok(
      run.explained.includes('B has priority 3, 4 levels more urgent after waiting 8: the most urgent of 2 ready.'),
      run.explained.join('\n'),
    )
  })

  it('refuses what makes no sense', () => {
    const wrong = [
      { order: 'up' },
      { ageing: -1 },
      { ageing: NaN },
      { quantum: 0 },
      { preempted: 'middle' },
      { unknown: NaN },
      { preemptive: 1 },
    ]
    for (const options of wrong) assert.throws(() => priority(options as never), { code: 'OPTION_INVALID' })
    assert.throws(() => priority().ready(work('A', 0, 1, { priority: NaN }), 0), { code: 'OPTION_INVALID' })
  })
})

describe('multilevel feedback queue', () => {
  it('gives the tables of Stallings, where a job that is alone does not sink', () => {
    const options = optionsLike('stallings', 'mlfq')
    const doubling = drive(policyByName<Work>('mlfq', options), five())
    assert.deepEqual(doubling.finish, { A: 4, B: 17, C: 18, D: 20, E: 14 })
    const ones = drive(policyByName<Work>('mlfq', { ...options, growth: 1 }), five())
    assert.deepEqual(ones.finish, { A: 4, B: 20, C: 16, D: 19, E: 11 })
    const always = drive(policyByName<Work>('mlfq', { ...options, growth: 1, demote: 'always' }), five())
    assert.notDeepEqual(always.finish, ones.finish)
  })

  const levelsOf = (options: MlfqOptions, bursts: readonly number[]): (number | undefined)[] => {
    const { spans } = drive(mlfq(options), [work('io', 0, bursts), work('other', 0, 200)], { horizon: 200 })
    return merged(spans.filter(({ name }) => name === 'io')).map(({ level }) => level)
  }

  it('counts what a job used before it waited, or forgets it, or lifts the job', () => {
    const gaming = withIo(27, 9, 1)
    assert.deepEqual(
      levelsOf({ io: 'keep' }, gaming),
      [0, 0, 1, 1, 2].slice(0, levelsOf({ io: 'keep' }, gaming).length),
    )
    assert.ok(levelsOf({ io: 'keep' }, gaming).at(-1) !== 0)
    assert.deepEqual(new Set(levelsOf({ io: 'reset' }, gaming)), new Set([0]))
    const sunk = [25, 1, 5, 1, 5]
    assert.equal(levelsOf({ io: 'keep' }, sunk).at(-1), 2)
    assert.equal(levelsOf({ io: 'raise' }, sunk).at(-1), 0)
  })

  it('lifts all jobs at each boost, the running one included, and gives it a new slice', () => {
    const run = drive(mlfq({ quantum: 10, boost: 25 }), [work('A', 0, 60)])
    const spans = merged(run.spans).map(({ from, to, level }) => `${from}-${to}@${level}`)
    assert.equal(spans.join(' '), '0-10@0 10-20@1 20-25@2 25-35@0 35-45@1 45-50@2 50-60@0')
  })

  it('lets a job at the bottom run again after a boost, though others keep coming', () => {
    const short = Array.from({ length: 100 }, (_, index) => work(`s${index}`, 30 + index * 5, 5))
    const start = (boost: number): number => {
      const { spans } = drive(mlfq({ quantum: 10, boost }), [work('long', 0, 60), ...copies(short)])
      return spans.find(({ name, from }) => name === 'long' && from >= 30)?.from ?? NaN
    }
    assert.equal(start(0), 530)
    assert.ok(start(100) <= 110, `${start(100)}`)
  })

  it('takes the CPU for a higher level at once, or at the end of the slice', () => {
    const jobs = (): Work[] => [work('A', 0, 30), work('B', 15, 2)]
    const start = (preemptive: boolean): number =>
      drive(mlfq({ preemptive }), jobs()).spans.find(({ name }) => name === 'B')?.from ?? NaN
    assert.deepEqual([start(true), start(false)], [15, 20])
  })

  it('refuses what makes no sense', () => {
    const wrong = [
      { levels: 0 },
      { levels: 2, quanta: [1] },
      { quanta: [1, 0] },
      { quanta: 'all' },
      { allotments: [1] },
      { allotments: [0, 1, 1] },
      { boost: -1 },
      { boost: Infinity },
      { growth: 0 },
      { io: 'ignore' },
      { quantum: NaN },
    ]
    for (const options of wrong) assert.throws(() => mlfq(options as never), { code: 'OPTION_INVALID' })
  })
})

describe('multilevel queue', () => {
  const jobs = (): Work[] => [
    work('b1', 0, 6, { queue: 'batch' }),
    work('i1', 1, 3, { queue: 'people' }),
    work('i2', 1, 3, { queue: 'people' }),
  ]
  const queues = (): { name: string; policy: Policy<Work> }[] => [
    { name: 'people', policy: rr({ quantum: 2 }) },
    { name: 'batch', policy: fcfs() },
  ]

  it('runs a lower queue only while those above are empty', () => {
    assert.equal(gantt(drive(mlq({ queues: queues() }), jobs())), 'b10-1 i11-3 i23-5 i15-6 i26-7 b17-12')
    assert.equal(gantt(drive(mlq({ queues: queues(), preemptive: false }), jobs())).slice(0, 11), 'b10-6 i16-8')
  })

  it('gives each queue its part of the CPU with shares', () => {
    const policy = mlq<Work>({
      queues: [
        { name: 'people', policy: rr({ quantum: 1 }), share: 80 },
        { name: 'batch', policy: rr({ quantum: 1 }), share: 20 },
      ],
    })
    const both = [work('p', 0, 1e6, { queue: 'people' }), work('b', 0, 1e6, { queue: 'batch' })]
    const { spans } = drive(policy, both, { horizon: 1_000 })
    const used = spans.filter(({ name }) => name === 'p').reduce((sum, { from, to }) => sum + to - from, 0)
    assert.ok(Math.abs(used - 800) <= 2, `${used} of 1000`)
  })

  it('says which queue it was, and why its policy picked the job', () => {
    const { explained } = drive(mlq({ queues: queues() }), jobs())
    assert.equal(
      explained[1],
      'The queue people is the highest with jobs. i1 is next in the ring of 2, for a slice of 2.',
    )
  })

  it('refuses queues that make no sense, and jobs of none', () => {
    const policy = rr<Work>()
    const wrong = [
      [],
      [
        { name: 'a', policy },
        { name: 'a', policy: fcfs() },
      ],
      [
        { name: 'a', policy },
        { name: 'b', policy },
      ],
      [
        { name: 'a', policy, share: 1 },
        { name: 'b', policy: fcfs() },
      ],
      [{ name: 'a', policy: 'rr' }],
      [{ name: 'a', policy, share: 0 }],
    ]
    for (const list of wrong) assert.throws(() => mlq({ queues: list as never }), { code: 'OPTION_INVALID' })
    assert.throws(() => mlq({ queues: queues() }).ready(work('A', 0, 1, { queue: 'none' }), 0), {
      code: 'OPTION_INVALID',
    })
  })
})
