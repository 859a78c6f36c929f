/** The simulator keeps the laws, in short runs with fixed seeds; and the check notices a simulator that does not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  confidenceInterval,
  exponential,
  fcfs,
  lawTable,
  mm1,
  rr,
  mg1ShortestRemaining,
  simulate,
  sjf,
  srtf,
  verifyLaws,
  type JobSpec,
  type Policy,
  type SimulatedJob,
} from '#lanework/schedule/index.js'
import { exactDeviation, openRun } from '#lanework/schedule/laws/open-run.js'
import { compared } from '#lanework/schedule/laws/verify.js'

describe('verifyLaws', () => {
  const rows = verifyLaws({ jobs: 2_000, replications: 10, seed: 1 })
  for (const { law, figure, predicted, simulated, holds } of rows) {
    it(`${law}: ${figure}`, () => assert.ok(holds, `${simulated} simulated, ${predicted} predicted`))
  }

  it('has the models that were promised', () => {
    const laws = rows.map(({ law }) => law).join('\n')
    for (const each of [
      'M/M/1',
      'M/G/1',
      'Processor sharing',
      'SRPT',
      'M/M/2',
      'M/M/3',
      'priority',
      'MVA',
      'Multiprogramming',
    ]) {
      assert.ok(laws.includes(each), each)
    }
  })

  it('gives the same numbers for the same seed', () => {
    const options = { jobs: 500, replications: 3, seed: 9, laws: ['M/M/2'] }
    assert.deepEqual(verifyLaws(options), verifyLaws(options))
  })

  it('comes close with longer runs: two laws within 3 %', () => {
    const close = verifyLaws({ jobs: 20_000, replications: 6, seed: 2, laws: ['SRPT, load 0.5', 'M/M/3'] })
    for (const { law, error } of close) assert.ok(Math.abs(error) < 0.03, `${law}: ${error}`)
  })

  it('prints a table', () => {
    const lines = lawTable(rows).split('\n')
    assert.equal(lines.length, rows.length + 1)
    assert.match(lines[0] ?? '', /^law +figure +predicted +simulated +\+- +error +holds$/)
    assert.match(lines[1] ?? '', /^M\/M\/1, load 0\.5 .* yes$/)
  })

  it('refuses options that make no sense', () => {
    const wrong = [{ jobs: 1 }, { replications: 2 }, { seed: -1 }, { level: 1 }, { laws: ['M/M/infinity'] }]
    for (const each of wrong) assert.throws(() => verifyLaws(each), { code: 'OPTION_INVALID' }, JSON.stringify(each))
  })
})

describe('the check', () => {
  const service = exponential({ mean: 1 })
  const turnarounds = (policy: () => Policy<SimulatedJob>): number[] =>
    Array.from({ length: 10 }, (_, seed) => {
      const run = (jobs: readonly JobSpec[]) => simulate(jobs, { policy: policy(), record: 'summary' })
      const model = { classes: [{ arrivalRate: 0.8, service }], run }
      return openRun(model, 5_000, seed).turnaround
    })
  const check = (policy: () => Policy<SimulatedJob>, predicted: number): boolean =>
    compared({
      law: '',
      figure: '',
      source: '',
      predicted,
      interval: confidenceInterval(turnarounds(policy), 0.999),
      tolerance: 0.1,
    }).holds

  it('tells one policy from another', () => {
    assert.equal(check(fcfs, mm1(0.8, 1).turnaround), true)
    assert.equal(check(fcfs, mg1ShortestRemaining(0.8, service).turnaround), false)
    assert.equal(check(srtf, mg1ShortestRemaining(0.8, service).turnaround), true)
    assert.equal(check(sjf, mg1ShortestRemaining(0.8, service).turnaround), false)
  })

  it('sees work that is lost, and a job whose times do not fit', () => {
    const specs = [1, 2, 3].map((cpu): JobSpec => ({ name: `${cpu}`, arrival: cpu, bursts: [{ cpu }] }))
    const run = simulate(specs, { policy: fcfs(), record: 'summary' })
    assert.ok(exactDeviation(specs, run) < 1e-12)
    assert.ok(exactDeviation(specs.slice(1), run) > 0.1)
    const jobs = run.jobs.map((job) => ({ ...job, turnaround: (job.turnaround ?? 0) + 1 }))
    assert.ok(exactDeviation(specs, { ...run, jobs }) > 0.1)
  })
})

describe('laws without chance', () => {
  const spec = fc.record({ arrival: fc.nat(30), cpu: fc.integer({ min: 1, max: 12 }) })
  const workload = fc
    .array(spec, { minLength: 1, maxLength: 12 })
    .map((list) => list.map(({ arrival, cpu }, index): JobSpec => ({ name: `${index}`, arrival, bursts: [{ cpu }] })))
  const policies: readonly (() => Policy<SimulatedJob>)[] = [fcfs, sjf, srtf, () => rr({ quantum: 3 })]

  it('no policy has a shorter mean turnaround than SRTF', () => {
    const property = fc.property(workload, (jobs) => {
      const best = simulate(jobs, { policy: srtf() }).system.average.turnaround
      for (const policy of policies) {
        assert.ok(simulate(jobs, { policy: policy() }).system.average.turnaround >= best - 1e-9)
      }
    })
    fc.assert(property)
  })

  it("Little's law holds, and time and work add up, with every policy on one CPU or two", () => {
    const property = fc.property(workload, fc.integer({ min: 1, max: 2 }), (jobs, cpus) => {
      for (const policy of policies) {
        assert.ok(exactDeviation(jobs, simulate(jobs, { policy: policy(), cpus })) < 1e-9)
      }
    })
    fc.assert(property)
  })

  it('all policies are done at the same instant, since none of them lets the CPU stand idle', () => {
    const property = fc.property(workload, (jobs) => {
      const ends = policies.map((policy) => simulate(jobs, { policy: policy() }).system.makespan)
      assert.equal(new Set(ends).size, 1)
    })
    fc.assert(property)
  })
})
