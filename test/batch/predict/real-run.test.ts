/** A small real run, told as a simulation, replayed, and remembered; whatever the machine makes of its times. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { drawReport, History, openBatch, replay, runBatch, simulationOf } from '#lanework/batch/index.js'
import { drawGantt, drawStates, momentsOf, type Simulation } from '#lanework/schedule/index.js'
import { folder } from '../../support/folder.ts'

const count = ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done']
const jobs = [
  { argv: count, name: 'a', key: 'count' },
  { argv: count, name: 'b', key: 'count' },
  { argv: ['sleep', '0.1'], name: 's', key: 'sleep' },
]
const freshFolder = (): string => mkdtempSync(join(folder, 'run-'))

/** What holds of every run, measured or simulated. */
function checkConservation({ jobs: results, system, record }: Simulation): void {
  const { useful, switching, idle, makespan, cpus } = system
  assert.ok(Math.abs(useful + switching + idle - makespan * cpus) < 1e-6 * makespan + 1e-6)
  for (const { name, turnaround = NaN, cpu, waiting, blocked, waitedForMemory } of results)
    assert.ok(Math.abs(turnaround - cpu - waiting - blocked - waitedForMemory) < 1e-6 * turnaround + 1e-6, name)
  const ends = Array.from({ length: cpus }, () => 0)
  for (const { cpu, from, to } of (record?.cpu ?? []).toSorted((a, b) => a.from - b.from)) {
    assert.ok(from >= (ends[cpu] ?? 0), `CPU ${cpu} had two at ${from}`)
    ends[cpu] = to
  }
}

describe('a real run', { timeout: 60_000 }, () => {
  it('is a simulation that adds up, can be drawn, and done again under any policy', async () => {
    const record = await runBatch(jobs, { folder: freshFolder(), policy: { name: 'rr', options: { quantum: 20 } } })
    const simulation = simulationOf(record)
    assert.deepEqual(
      simulation.jobs.map(({ name, end }) => [name, end]),
      [
        ['a', 'done'],
        ['b', 'done'],
        ['s', 'done'],
      ],
    )
    checkConservation(simulation)
    assert.match(drawGantt(simulation), /a/)
    assert.match(drawStates(simulation), /running/)
    assert.ok(momentsOf(simulation).times.length > 3)
    for (const name of ['rr', 'fcfs', 'sjf', 'mlfq', 'stride']) {
      const again = replay(record, { policy: { name }, cpus: 1 })
      assert.equal(again.replayed.jobs.length, 3, name)
      checkConservation(again.replayed.simulation)
      assert.ok(again.replayed.makespan.predicted > 0)
      assert.match(drawReport(again), /^makespan/m)
    }
  })

  it('teaches the history of its folder, which foretells the next one', async () => {
    const home = freshFolder()
    const record = await runBatch(jobs, { folder: home })
    const history = History.open(home)
    assert.deepEqual(history.keys().toSorted(), ['count', 'sleep'])
    assert.equal(history.runsOf('count').length, 2)
    assert.ok((history.expected('count') ?? 0) > 0)
    // It knew nothing of them before this run.
    assert.equal(replay(record, { history }).foretold, undefined)
    const batch = await openBatch({ folder: freshFolder(), historyFolder: home })
    try {
      const [job] = await batch.add([{ argv: ['sleep', '30'], name: 'next', key: 'sleep' }])
      const [status] = await batch.jobs({ jobs: [job?.id ?? 0] })
      const { low = NaN, likely = NaN, high = NaN } = status?.forecast ?? {}
      assert.ok(low <= likely && likely <= high, `${low} ${likely} ${high}`)
      await batch.act({ kind: 'cancel' }, { all: true })
      await batch.wait({ all: true })
    } finally {
      await batch.close({ endJobs: true })
    }
  })
})
