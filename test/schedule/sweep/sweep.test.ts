/** Comparisons and sweeps: the same jobs for all, and intervals that tell chance from difference. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  compare,
  compareTable,
  fcfs,
  rr,
  sweep,
  sweepTable,
  workloadByName,
  type Generation,
  type JobSpec,
  type SweepOptions,
} from '#lanework/schedule/index.js'

const three = workloadByName('ostep-3jobs').jobs

describe('compare', () => {
  it('puts policies side by side on the same jobs', () => {
    const rows = compare(three, {}, ['fcfs', 'srtf', { name: 'rr', options: { quantum: 1 } }, () => rr({ quantum: 5 })])
    assert.deepEqual(
      rows.map(({ policy }) => policy),
      ['fcfs', 'srtf', 'rr (quantum 1)', 'rr'],
    )
    assert.deepEqual(
      rows.slice(0, 2).map(({ figures }) => Number(figures.turnaround.toFixed(2))),
      [103.33, 50],
    )
    assert.ok(rows.every(({ figures }) => figures.makespan === 120))
  })

  it('prints a table that marks the best', () => {
    const lines = compareTable(compare(three, {}, ['fcfs', 'srtf'])).split('\n')
    assert.match(lines[0] ?? '', /^policy +turnaround +waiting/)
    assert.match(lines[1] ?? '', /^fcfs +103\.33/)
    assert.match(lines[2] ?? '', /^srtf \* +50\.00/)
  })

  it('makes a machine with state anew for each policy', () => {
    let made = 0
    const machine = (): { cpus: number } => ({ cpus: ++made })
    const spans = compare(three, machine, [fcfs, fcfs]).map(({ figures }) => figures.makespan)
    assert.deepEqual([made, ...spans], [2, 120, 100])
  })

  it('refuses no policies, and unknown ones', () => {
    assert.throws(() => compare(three, {}, []), { code: 'OPTION_INVALID' })
    assert.throws(() => compare(three, {}, ['fastest']), { code: 'OPTION_INVALID' })
  })
})

describe('sweep', () => {
  const workload: Generation = { arrivals: 'poisson', rate: 0.8, service: 'exponential', mean: 1, jobs: 1_500 }

  it('over the load: longer queues, the more so under FCFS', () => {
    const rows = sweep({ workload, policies: ['fcfs', 'srtf'], over: 'load', values: [0.3, 0.8], seed: 3 })
    assert.equal(rows.length, 4)
    const at = (value: number, policy: string) => rows.find((row) => row.value === value && row.policy === policy)
    assert.ok((at(0.8, 'fcfs')?.figures.turnaround ?? 0) > 2 * (at(0.3, 'fcfs')?.figures.turnaround ?? Infinity))
    assert.ok(Math.abs((at(0.3, 'fcfs')?.figures.utilization ?? 0) - 0.3) < 0.02)
    assert.ok((at(0.8, 'srtf')?.difference?.high ?? 0) < 0)
  })

  it('gives all policies the same jobs, so that equal policies differ by nothing', () => {
    const rows = sweep({ workload, policies: ['fcfs', fcfs], over: 'switch', values: [0], replications: 4 })
    assert.deepEqual([rows[1]?.difference?.mean, rows[1]?.difference?.half], [0, 0])
    assert.ok((rows[0]?.intervals?.turnaround.half ?? 0) > 0)
  })

  it('over the quantum: slices cost switches, and policies without slices stay as they are', () => {
    const { jobs } = workloadByName('pure-compute')
    const machine = { contextSwitch: 1, rules: { aloneAtExpiry: 'switch' as const } }
    const rows = sweep({ workload: jobs, policies: ['rr', 'fcfs'], over: 'quantum', values: [10, 100, 1_000], machine })
    const spans = (policy: string): number[] =>
      rows.filter((row) => row.policy === policy).map(({ figures }) => figures.makespan)
    assert.deepEqual(spans('rr'), [11_000, 10_100, 10_010])
    assert.deepEqual(spans('fcfs'), [10_010, 10_010, 10_010])
    assert.ok(rows.every(({ intervals, difference }) => intervals === undefined && difference === undefined))
  })

  it('over the switch cost: the CPU computes less', () => {
    const policies = [{ name: 'rr', options: { quantum: 4 } }]
    const used = sweep({ workload: three, policies, over: 'switch', values: [0, 1, 4] }).map(
      ({ figures }) => figures.utilization,
    )
    assert.equal(used[0], 1)
    assert.ok((used[1] ?? 0) > (used[2] ?? 1) && (used[1] ?? 1) < 1)
  })

  it('repeats itself for a seed, and prints a table', () => {
    const options: SweepOptions = {
      workload,
      policies: ['fcfs', 'rr'],
      over: 'quantum',
      values: [0.5, 2],
      replications: 3,
    }
    const rows = sweep(options)
    assert.deepEqual(rows, sweep(options))
    const lines = sweepTable(rows, 'quantum').split('\n')
    assert.match(lines[0] ?? '', /^quantum +fcfs +rr$/)
    assert.match(lines[1] ?? '', /^ +0\.5 +[\d.]+ \+- [\d.]+ +[\d.]+ \+- [\d.]+$/)
    assert.equal(lines.length, 3)
  })

  it('refuses what cannot be varied', () => {
    const jobs: readonly JobSpec[] = three
    const wrong: readonly Partial<SweepOptions>[] = [
      { over: 'speed' as never },
      { values: [] },
      { values: [0] },
      { values: [NaN] },
      { policies: [] },
      { replications: 0 },
      { workload: jobs, replications: 2 },
      { workload: jobs, over: 'load' },
      { workload: { service: 'exponential', mean: 1, jobs: 3 }, over: 'load' },
      { over: 'switch', values: [-1] },
    ]
    const base: SweepOptions = { workload, policies: ['fcfs'], over: 'quantum', values: [1] }
    for (const each of wrong) {
      assert.throws(() => sweep({ ...base, ...each }), { code: 'OPTION_INVALID' }, JSON.stringify(each))
    }
  })
})
