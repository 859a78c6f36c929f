/** One day's work in six eras: small days by hand, and the order that history has. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  eraByName,
  eras,
  runEra,
  runEras,
  workloadByName,
  type EraName,
  type JobSpec,
} from '#lanework/schedule/index.js'

const job = (name: string, more: Partial<JobSpec> = {}): JobSpec => ({
  name,
  bursts: [{ io: 5, device: 'keyboard' }, { cpu: 10 }, { io: 5, device: 'display' }],
  ...more,
})

function near(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`)
}

describe('a job of 5 to read, 10 to compute and 5 to print', () => {
  it('alone on a machine of punched cards: 30 set up, 30 read, 10 computed, 20 printed', () => {
    const run = runEra(eraByName('manual'), [job('A')])
    near(run.makespan, 90)
    near(run.utilization, 10 / 90)
    near(run.turnaround, 90)
  })

  it('twice, by hand: the machine is set up twice; in a batch: once', () => {
    near(runEra(eraByName('manual'), [job('A'), job('B')]).makespan, 180)
    near(runEra(eraByName('online-batch'), [job('A'), job('B')]).makespan, 150)
  })

  it('offline: read apart (30), then set up, tape (6), computed, tape (4), then printed apart (20)', () => {
    const run = runEra(eraByName('offline-batch'), [job('A')])
    near(run.makespan, 100)
    // The second is on tape at 60 while the first runs from 60 to 80, runs to 100, and is printed after the first.
    const two = runEra(eraByName('offline-batch'), [job('A'), job('B')])
    near(two.makespan, 120)
    near(two.turnaround, (100 + 120) / 2)
  })

  it('with multiprogramming: the second reads while the first computes', () => {
    const { simulation, makespan } = runEra(eraByName('multiprogramming'), [job('A'), job('B')])
    // One keyboard: A reads 0 to 5, B 5 to 10; A computes from 5.1 to 15.1, B from 15.2 to 25.2, and shows until 30.2.
    near(makespan, 30.2)
    near(simulation.system.switching, 0.2)
  })

  it('with somebody at a terminal: batch gives way', () => {
    const jobs = [
      { name: 'batch', bursts: [{ cpu: 100 }] },
      job('ask', { arrival: 10, queue: 'foreground', bursts: [{ cpu: 1 }] }),
    ]
    const general = runEra(eraByName('general-purpose'), jobs)
    const many = runEra(eraByName('multiprogramming'), jobs)
    assert.ok((general.interactive ?? NaN) < 2)
    assert.ok((many.interactive ?? NaN) > 90)
    assert.equal(runEra(eraByName('manual'), [job('A')]).interactive, undefined)
  })
})

describe('the day of the computing centre', () => {
  const { jobs, machine } = workloadByName('eras')
  const runs = new Map(runEras(jobs, machine).map((run) => [run.era.name, run]))
  const of = (name: EraName) => runs.get(name) ?? assert.fail(name)

  it('each era keeps the CPU busier than the one before, until there are slices to pay for', () => {
    const busy = (['manual', 'online-batch', 'offline-batch', 'multiprogramming'] as const).map(
      (name) => of(name).utilization,
    )
    assert.deepEqual(
      busy,
      busy.toSorted((a, b) => a - b),
    )
    assert.ok((busy[3] ?? 0) > 2 * (busy[2] ?? 1))
  })

  it('terminals are answered sooner with slices, and soonest before all batch', () => {
    const waits = (['multiprogramming', 'time-sharing', 'general-purpose'] as const).map(
      (name) => of(name).interactive ?? NaN,
    )
    assert.deepEqual(
      waits,
      waits.toSorted((a, b) => b - a),
    )
  })

  it('every job does the same work in each era', () => {
    const work = jobs.reduce(
      (sum, { bursts = [] }) => sum + bursts.reduce((all, burst) => all + ('cpu' in burst ? burst.cpu : 0), 0),
      0,
    )
    for (const { simulation } of runs.values()) {
      near(simulation.system.useful, work)
      assert.ok(simulation.jobs.every(({ end }) => end === 'done'))
    }
  })
})

it('an era that nobody knows is refused with the list', () => {
  assert.throws(() => eraByName('cloud'), {
    code: 'OPTION_INVALID',
    message: new RegExp(eras.map(({ name }) => name).join(', ')),
  })
})
