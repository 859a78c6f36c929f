/** A run done again: what the simulator made comes out the same, and what is asked otherwise comes out as simulated otherwise. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { drawReport, History, replay, reportJson } from '#lanework/batch/index.js'
import { policyByName, simulate, type JobSpec } from '#lanework/schedule/index.js'
import { folder } from '../../support/folder.ts'
import { recordFrom, recordOf, timesOf } from './recorded.ts'

/** Eighths, whose sums are exact: a tie stays one. */
const burst = fc.integer({ min: 1, max: 300 }).map((eighths) => eighths / 8)
const jobs = fc
  .array(fc.record({ arrival: fc.nat(40), bursts: fc.array(fc.tuple(burst, burst), { maxLength: 3 }), last: burst }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((drawn) =>
    drawn
      .toSorted((a, b) => a.arrival - b.arrival)
      .map(({ arrival, bursts, last }, index): JobSpec => {
        return {
          name: `J${index}`,
          arrival,
          bursts: [...bursts.flatMap(([cpu, io]) => [{ cpu }, { io }]), { cpu: last }],
        }
      }),
  )
const policies = [
  { name: 'fcfs' },
  { name: 'sjf' },
  { name: 'rr', options: { quantum: 4 } },
  { name: 'mlfq', options: { quantum: 2 } },
] as const
const policy = fc.constantFrom(...policies)
const close = (got: number, wanted: number): void =>
  assert.ok(Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted)), `${got} instead of ${wanted}`)

describe('replay', () => {
  it('ends every job where it ended, if nothing else is asked', () => {
    const property = fc.property(jobs, policy, fc.integer({ min: 1, max: 3 }), (specs, choice, cpus) => {
      const simulated = simulate(specs, {
        policy: policyByName(choice.name, 'options' in choice ? choice.options : {}),
        cpus,
      })
      const record = { ...recordFrom(simulated, specs, choice.name), policies: [{ at: 0, choice }] }
      const { replayed } = replay(record)
      assert.equal(replayed.jobs.length, specs.length)
      for (const { finish, waiting } of replayed.jobs) {
        close(finish.predicted, finish.measured)
        close(waiting.predicted, waiting.measured)
      }
      close(replayed.makespan.error, 0)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('says what another policy, or other CPUs, would have made of it', () => {
    const property = fc.property(jobs, policy, policy, fc.integer({ min: 1, max: 3 }), (specs, was, choice, cpus) => {
      const before = simulate(specs, { policy: policyByName(was.name, 'options' in was ? was.options : {}) })
      const options = 'options' in choice ? choice.options : {}
      const wanted = simulate(specs, { policy: policyByName(choice.name, options), cpus })
      const { replayed } = replay(recordFrom(before, specs, was.name), { policy: choice, cpus })
      for (const [index, { finish }] of replayed.jobs.entries())
        close(finish.predicted, wanted.jobs[index]?.finish ?? NaN)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('takes the cost of switches off the measured times, and adds that of its own', () => {
    // Each dispatch took 1 ms of the 50 of its slice.
    const record = recordOf(
      [1, 2].map((id) => ({
        id,
        outcome: 'ok' as const,
        startedAt: 1_000_000,
        endedAt: 1_000_000 + 50 * (id + 2),
        times: timesOf({ running: 100, ready: 50 * id }),
        dispatches: 2,
      })),
      [
        [0, 1, 'ready', 'submitted'],
        [0, 2, 'ready', 'submitted'],
        [0, 1, 'running', 'dispatched'],
        [50, 1, 'ready', 'expired'],
        [50, 2, 'running', 'dispatched'],
        [100, 2, 'ready', 'expired'],
        [100, 1, 'running', 'dispatched'],
        [150, 1, 'ended', 'ended'],
        [150, 2, 'running', 'dispatched'],
        [200, 2, 'ended', 'ended'],
      ],
    )
    const fcfs = replay(record, { policy: { name: 'fcfs' }, contextSwitchMs: 1 })
    assert.deepEqual(
      fcfs.replayed.jobs.map(({ finish }) => finish.predicted),
      [99, 198],
    )
    const { replayed } = replay(record, { policy: { name: 'rr', options: { quantum: 49 } }, contextSwitchMs: 1 })
    assert.equal(replayed.makespan.predicted, 200)
    assert.equal(replayed.makespan.error, 0)
  })

  it('keeps to the order of dependencies, with other policies too', () => {
    const end = { outcome: 'ok', startedAt: 1_000_000 } as const
    const record = recordOf(
      [
        { id: 1, name: 'long', ...end, endedAt: 1_000_090, times: timesOf({ running: 90 }) },
        {
          id: 2,
          name: 'short',
          ...end,
          endedAt: 1_000_100,
          times: timesOf({ waiting: 90, running: 10 }),
          request: { after: [{ job: 'long', on: 'ok' }] },
        },
      ],
      [
        [0, 1, 'ready', 'submitted'],
        [0, 1, 'running', 'dispatched'],
        [0, 2, 'waiting', 'submitted'],
        [90, 1, 'ended', 'ended'],
        [90, 2, 'ready', 'released'],
        [90, 2, 'running', 'dispatched'],
        [100, 2, 'ended', 'ended'],
      ],
    )
    const { replayed } = replay(record, { policy: { name: 'sjf' }, cpus: 2 })
    assert.deepEqual(
      replayed.jobs.map(({ finish }) => finish.predicted),
      [90, 100],
    )
  })

  it('does jobs of a batch that was here before at their own times', () => {
    const end = { outcome: 'ok', dispatches: 1 } as const
    const before = { submittedAt: 400_000, startedAt: 400_000, endedAt: 400_050, times: timesOf({ running: 50 }) }
    const next = { startedAt: 1_000_000, endedAt: 1_000_010, times: timesOf({ running: 10 }) }
    const record = recordOf(
      [
        { id: 1, ...end, ...before },
        { id: 2, ...end, ...before, startedAt: 400_050, endedAt: 400_100, times: timesOf({ ready: 50, running: 50 }) },
        { id: 3, ...end, ...next },
      ],
      [
        [0, 3, 'ready', 'submitted'],
        [0, 3, 'running', 'dispatched'],
        [10, 3, 'ended', 'ended'],
      ],
    )
    const { replayed } = replay(record, { policy: { name: 'fcfs' } })
    assert.deepEqual(
      replayed.jobs.map(({ arrival, finish }) => [arrival, finish.measured, finish.predicted]),
      [
        [-600_000, -599_950, -599_950],
        [-600_000, -599_900, -599_900],
        [0, 10, 10],
      ],
    )
    assert.deepEqual([replayed.makespan.predicted, replayed.turnaround.error, replayed.waiting.error], [600_010, 0, 0])
  })

  it('does attempts again with the waits between them, and foretells nothing of them', () => {
    const end = { outcome: 'ok', startedAt: 1_000_000 } as const
    // 10 ms, which fail; 100 ms of back-off; 20 ms. Beside it 40 ms, on one CPU.
    const use = { userMs: 12, systemMs: 3, rssBytes: 0, peakRssBytes: 0, readBytes: 0, writtenBytes: 0 }
    const record = recordOf(
      [
        {
          id: 1,
          name: 'flaky',
          ...end,
          endedAt: 1_000_130,
          attempt: 2,
          times: timesOf({ running: 30, waiting: 100 }),
          dispatches: 2,
          use: { ...use, voluntarySwitches: 0, involuntarySwitches: 0, processes: 0 },
        },
        { id: 2, name: 'other', ...end, endedAt: 1_000_050, times: timesOf({ ready: 10, running: 40 }), dispatches: 1 },
      ],
      [
        [0, 1, 'ready', 'submitted'],
        [0, 2, 'ready', 'submitted'],
        [0, 1, 'running', 'dispatched'],
        [10, 1, 'waiting', 'retries'],
        [10, 2, 'running', 'dispatched'],
        [50, 2, 'ended', 'ended'],
        [110, 1, 'queued', 'released'],
        [110, 1, 'ready', 'admitted'],
        [110, 1, 'running', 'dispatched'],
        [130, 1, 'ended', 'ended'],
      ],
    )
    const history = { runsOf: () => [{ cpuMs: 20, wallMs: 20, rssBytes: 0, waits: 0 }] }
    const made = replay(record, { policy: { name: 'fcfs' }, history })
    assert.deepEqual(
      made.replayed.jobs.map(({ finish }) => finish.predicted),
      [130, 50],
    )
    assert.deepEqual([made.replayed.turnaround.error, made.replayed.makespan.error], [0, 0])
    // The other one is foretold; this one has its own times there too, so that the other one comes second as it did.
    assert.deepEqual(
      made.foretold?.jobs.map(({ finish }) => finish.predicted),
      [130, 30],
    )
    const text = drawReport(made)
    assert.match(text, /^flaky +0\.01 s +0\.03 s .* 0\.13 s +\+0\.0 % +- +-$/m)
    assert.match(text, /^other +- +0\.04 s .* 0\.03 s +-40\.0 %$/m)
    assert.match(text, /^Jobs that were retried have all their attempts here, as measured/m)
    assert.deepEqual([made.replayed.jobs[0]?.cpuMs, made.replayed.jobs[1]?.cpuMs], [15, undefined])
  })

  it('goes by the sums of a job whose steps are gone, and says so', () => {
    const record = recordOf(
      [
        {
          id: 1,
          outcome: 'ok',
          startedAt: 1_000_000,
          endedAt: 1_000_300,
          times: timesOf({ running: 200, blocked: 100 }),
        },
        { id: 2, state: 'running', startedAt: 1_000_100 },
      ],
      [[300, 1, 'ended', 'ended']],
      { dropped: 7 },
    )
    const { replayed, notes } = replay(record)
    assert.equal(replayed.makespan.predicted, 300)
    assert.match(notes.join(' '), /1 of 2 jobs are left out/)
    assert.match(notes.join(' '), /7 steps/)
  })

  it('says what history would have said before, without what it learned from this run', () => {
    const history = History.open(mkdtempSync(join(folder, 'replay-')))
    const simulated = simulate([{ name: 'A', bursts: [{ cpu: 100 }] }], { policy: policyByName('fcfs') })
    const record = recordFrom(simulated, [], 'fcfs')
    history.learn('A', 100, 100, 0)
    assert.equal(replay(record, { history }).foretold, undefined)
    // One that took as long before is another run.
    history.learn('A', 100, 100, 0)
    assert.equal(replay(record, { history }).foretold?.makespan.predicted, 100)
    history.learn('A', 80, 80, 0)
    history.learn('A', 80, 80, 0)
    const { foretold } = replay(record, { history })
    assert.equal(foretold?.makespan.predicted, 80)
    close(foretold?.makespan.error ?? NaN, -0.2)
  })

  it('refuses a record in which nothing ended, a policy that is none, and a replay without end', () => {
    assert.throws(() => replay(recordOf([], [])), { code: 'OPTION_INVALID' })
    const simulated = simulate(
      [
        { name: 'A', bursts: [{ cpu: 1_000 }] },
        { name: 'B', bursts: [{ cpu: 1_000 }] },
      ],
      {
        policy: policyByName('fcfs'),
      },
    )
    const record = recordFrom(simulated, [], 'fcfs')
    assert.throws(() => replay(record, { policy: { name: 'first' } }), { code: 'OPTION_INVALID' })
    assert.throws(() => replay(record, { cpus: 0 }), { code: 'OPTION_INVALID' })
    const slow = { policy: { name: 'rr', options: { quantum: 0.001 } }, events: 1_000 }
    assert.throws(() => replay(record, slow), { code: 'OPTION_INVALID' })
  })
})

describe('drawReport', () => {
  const specs: JobSpec[] = [
    { name: 'pack', bursts: [{ cpu: 2_000 }] },
    { name: 'sort\u001b[31m', bursts: [{ cpu: 500 }, { io: 250 }, { cpu: 500 }] },
  ]
  const simulated = simulate(specs, { policy: policyByName('rr', { quantum: 100 }) })
  const record = {
    ...recordFrom(simulated, specs, 'rr'),
    policies: [{ at: 0, choice: { name: 'rr', options: { quantum: 100 } } }],
  }

  it('puts measured and predicted side by side', () => {
    const text = drawReport(replay(record))
    assert.match(text, /^rr \(quantum 100\) on 1 CPU; measured under rr on 1$/m)
    assert.match(text, /^makespan +3\.00 s +3\.00 s +\+0\.0 %$/m)
    assert.match(text, /^pack +- +2\.00 s +0\.00 s +1\.00 s +3\.00 s +3\.00 s +\+0\.0 %$/m)
    assert.equal(text.includes('\u001b'), false)
  })

  it('has two more columns with a history, and a line for those that it leaves out', () => {
    const history = History.open(mkdtempSync(join(folder, 'report-')))
    history.learn('pack', 1_000, 1_000, 0)
    history.learn(specs[1]?.name ?? '', 900, 1_000, 0)
    const text = drawReport(replay(record, { history }), { jobs: 1 })
    assert.match(text, /measured +replayed +error +foretold +error/)
    assert.match(text, /^and 1 more$/m)
  })

  it('is data too, without the steps', () => {
    const json = JSON.parse(JSON.stringify(reportJson(replay(record)))) as ReturnType<typeof reportJson>
    assert.equal(json.policy.name, 'rr')
    assert.equal(json.replayed.jobs.length, 2)
    assert.equal(json.replayed.makespan.error, 0)
    assert.equal(JSON.stringify(json).includes('transitions'), false)
  })
})
