/** The built-in workloads run, and show what they promise. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  fcfs,
  policyByName,
  rr,
  simulate,
  sjf,
  srtf,
  workloadByName,
  workloadTable,
  type Policy,
  type SimulatedJob,
  type Simulation,
} from '#lanework/schedule/index.js'

function run(name: string, policy: Policy<SimulatedJob>, degree?: number): Simulation {
  const { jobs, machine } = workloadByName(name)
  const { memory: _memory, ...rest } = machine
  return simulate(jobs, { ...rest, policy, ...(degree === undefined ? {} : { degree }) })
}

const finishOf = (name: string, { jobs }: Simulation): number => jobs.find((job) => job.name === name)?.finish ?? NaN

describe('built-in workloads', () => {
  for (const { name, title, shows, policies, jobs } of workloadTable) {
    it(`${name} runs to its end`, () => {
      const { system } = run(name, fcfs())
      assert.ok(system.makespan > 0)
      assert.ok(title.length > 10 && shows.length > 40 && policies.length > 0)
      assert.equal(new Set(jobs.map((job) => job.name)).size, jobs.length)
    })
  }

  for (const { name, policies, machine, jobs } of workloadTable) {
    it(`${name} runs under each policy that it suggests`, () => {
      for (const { name: policy, options } of policies) {
        const { memory: _memory, ...rest } = machine
        assert.ok(simulate(jobs, { ...rest, policy: policyByName(policy, options) }).system.makespan > 0, policy)
      }
    })
  }

  it('fair-tenants: a fair share between owners lets the one with few jobs finish first', () => {
    const lastOf = (result: Simulation, owner: string): number =>
      Math.max(...result.jobs.filter((job) => job.owner === owner).map(({ finish = NaN }) => finish))
    assert.ok(lastOf(run('fair-tenants', policyByName('fair-share')), 'ben') < 200)
    assert.ok(lastOf(run('fair-tenants', rr({ quantum: 5 })), 'ben') > 350)
  })

  it('ageing: the humble job is last without it, and soon done with it', () => {
    const [stiff, ageing] = workloadByName('ageing').policies.map(({ name, options }) =>
      finishOf('humble', run('ageing', policyByName(name, options))),
    )
    assert.equal(stiff, 78)
    assert.ok((ageing ?? Infinity) < 40, `${ageing}`)
  })

  it('deadlines: EDF keeps them all, rate monotonic misses one', () => {
    const missed = (policy: string): number =>
      run('deadlines', policyByName(policy)).jobs.filter(({ missedDeadline }) => missedDeadline).length
    assert.equal(missed('edf'), 0)
    assert.ok(missed('rm') > 0)
  })

  it('backfill: EASY lets short jobs pass, and the wide one starts no later', () => {
    const startOf = (policy: string): number =>
      run('backfill', policyByName(policy)).jobs.find(({ name }) => name === 'wide')?.start ?? NaN
    assert.ok(startOf('easy') <= startOf('fcfs'))
    const meanOf = (policy: string): number => run('backfill', policyByName(policy)).system.average.turnaround
    assert.ok(meanOf('easy') < meanOf('fcfs'))
  })

  it('have the names that are asked for, each once', () => {
    const names = workloadTable.map(({ name }) => name)
    for (const name of ['convoy', 'starving-sjf', 'feedback', 'pure-compute', 'io-mix', 'eras', 'ostep-3jobs']) {
      assert.ok(names.includes(name), name)
    }
    assert.equal(new Set(names).size, names.length)
  })

  it('refuse an unknown name and list the known ones', () => {
    assert.throws(() => workloadByName('convoi'), { code: 'OPTION_INVALID', message: /convoy/ })
  })

  it('convoy: waiting behind the long job costs the others much time', () => {
    const [slow, fast] = [run('convoy', fcfs()), run('convoy', srtf())]
    assert.ok(slow.system.average.turnaround > 1.3 * fast.system.average.turnaround)
  })

  it('starving-sjf: the long job is the last under SJF, and not in order of arrival', () => {
    const last = Math.max(...run('starving-sjf', sjf()).jobs.map(({ finish = 0 }) => finish))
    assert.equal(finishOf('long', run('starving-sjf', sjf())), last)
    assert.ok(finishOf('long', run('starving-sjf', fcfs())) < last - 20)
  })

  it('ostep-3jobs: mean turnaround 103.33 with FCFS and SJF, 50 with SRTF', () => {
    for (const [policy, expected] of [
      [fcfs<SimulatedJob>(), 103.33],
      [sjf<SimulatedJob>(), 103.33],
      [srtf<SimulatedJob>(), 50],
    ] as const) {
      assert.equal(Number(run('ostep-3jobs', policy).system.average.turnaround.toFixed(2)), expected)
    }
  })

  it('pure-compute: 10,010 one after the other, 11,000 in slices of 10', () => {
    assert.equal(run('pure-compute', fcfs()).system.makespan, 10_010)
    assert.equal(run('pure-compute', rr({ quantum: 10 })).system.makespan, 11_000)
  })

  it('io-mix: the CPU is used more, the more jobs are in memory', () => {
    const used = [1, 2, 3, 5].map((degree) => run('io-mix', fcfs(), degree).system.utilization)
    assert.deepEqual(
      used,
      [...used].sort((a, b) => a - b),
    )
    assert.ok((used[0] ?? 1) < 0.25 && (used[3] ?? 0) > 0.6, `${used}`)
  })

  it('async: whoever hands its I/O in and goes on is done first', () => {
    const result = run('async', fcfs())
    assert.ok(finishOf('async', result) < finishOf('sync', result) - 5)
  })

  it('concurrency: one CPU takes the sum of the work', () => {
    assert.equal(run('concurrency', fcfs()).system.makespan, 26)
  })
})
