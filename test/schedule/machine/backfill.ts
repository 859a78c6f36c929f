/**
 * Backfilling on a cluster. The case has no jobs, only means of a simulator whose schedule a textbook EASY does not repeat
 * exactly, so what its figures say is checked on a workload of the same size: who fills holes waits less than who does not, by
 * about as much as there, and the makespan is the same.
 */
import assert from 'node:assert/strict'
import { easy, fcfs, mersenne, simulate, type JobSpec, type Simulation } from '#lanework/schedule/index.js'
import type { KnownCase } from '../known-cases.js'

const cpus = 32

/** Rigid jobs that say how long they may run, and run for a part of that. */
function rigidJobs(count: number): JobSpec[] {
  const { random } = mersenne(801)
  let arrival = 0
  return Array.from({ length: count }, (_, index) => {
    arrival += -Math.log(1 - random()) * 22
    const limit = 30 + 400 * random()
    const width = 2 ** Math.floor(random() * 5)
    return { name: `J${index}`, arrival, width, limit, bursts: [{ cpu: limit * (0.1 + 0.9 * random()) }] }
  })
}

export function backfillIsPlausible({ expected }: KnownCase): void {
  const published = expected as Record<'easy' | 'conservative', { mean_waiting_time: number; makespan: number }>
  const jobs = rigidJobs(801)
  const run = (policy: Parameters<typeof simulate>[1]['policy']): Simulation => simulate(jobs, { policy, cpus })
  const plain = run(fcfs())
  const [easily, conservatively] = [run(easy()), run(easy({ reservations: Infinity }))]
  for (const each of [plain, easily, conservatively]) {
    assert.ok(each.jobs.every(({ end }) => end === 'done'))
    assert.ok(widestMoment(each) <= cpus)
  }
  const waits = [easily, conservatively, plain].map(({ system }) => system.average.waiting) as [number, number, number]
  // Published: 9.5 and 9.9, against 19.7 for first come, first served.
  assert.ok(waits[0] < 0.75 * waits[2] && waits[1] < 0.75 * waits[2], `${waits}`)
  const ratio = published.easy.mean_waiting_time / published.conservative.mean_waiting_time
  assert.ok(Math.abs(waits[0] / waits[1] / ratio - 1) < 0.15, `EASY against conservative: ${waits}`)
  assert.equal(published.easy.makespan, published.conservative.makespan)
  assert.ok(Math.abs(easily.system.makespan / conservatively.system.makespan - 1) < 0.01)
}

/** CPUs in use at the same time, at most, counted from the timeline. */
function widestMoment({ record }: Simulation): number {
  const changes = (record?.cpu ?? []).flatMap(({ from, to }) => [
    { at: from, by: 1 },
    { at: to, by: -1 },
  ])
  let [width, widest] = [0, 0]
  for (const { by } of changes.toSorted((a, b) => a.at - b.at || a.by - b.by)) widest = Math.max(widest, (width += by))
  return widest
}
