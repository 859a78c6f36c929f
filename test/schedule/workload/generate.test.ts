/** Generated workloads: the same for the same seed, and as described. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { generateJobs, mean, type Burst, type Generation } from '#lanework/schedule/index.js'

const base: Generation = { arrivals: 'poisson', rate: 0.8, service: 'exponential', mean: 2, jobs: 20_000, seed: 4 }
const cpuOf = (bursts: readonly Burst[] = []): number =>
  bursts.reduce((sum, burst) => sum + ('cpu' in burst ? burst.cpu : 0), 0)

describe('generateJobs', () => {
  it('draws arrivals and lengths as described', () => {
    const jobs = generateJobs(base)
    assert.equal(jobs.length, 20_000)
    assert.ok(Math.abs((jobs.at(-1)?.arrival ?? 0) / 20_000 - 1 / 0.8) < 0.03)
    assert.ok(Math.abs(mean(jobs.map(({ bursts }) => cpuOf(bursts))) - 2) < 0.05)
    assert.equal(new Set(jobs.map(({ name }) => name)).size, 20_000)
  })

  it('repeats itself for a seed, and differs for another', () => {
    const few = { ...base, jobs: 5 }
    assert.deepEqual(generateJobs(few), generateJobs(few))
    assert.notDeepEqual(generateJobs(few), generateJobs({ ...few, seed: 5 }))
  })

  it('leaves the arrivals as they were when the lengths change', () => {
    const arrivals = (description: Generation): unknown =>
      generateJobs({ ...description, jobs: 9 }).map((job) => job.arrival)
    assert.deepEqual(arrivals(base), arrivals({ ...base, mean: 7, priorities: [1, 2] }))
  })

  it('cuts the CPU time by I/O, and draws what else is asked for', () => {
    const jobs = generateJobs({
      jobs: 500,
      service: { distribution: 'uniform', low: 4, high: 6 },
      io: { visits: 3, device: 'disk', distribution: 'deterministic', mean: 9 },
      memory: { distribution: 'uniform', low: 10, high: 20 },
      priorities: [1, 5],
      tickets: [10],
      owners: ['anna', 'ben'],
      queues: ['batch'],
    })
    for (const { arrival, bursts = [], memory = 0, priority = 0, tickets, owner = '', queue } of jobs) {
      assert.equal(arrival, 0)
      assert.equal(bursts.length, 7)
      assert.deepEqual(bursts[1], { io: 9, device: 'disk' })
      assert.ok(cpuOf(bursts) >= 4 && cpuOf(bursts) <= 6.000001)
      assert.ok(memory >= 10 && memory <= 20)
      assert.ok([1, 5].includes(priority) && ['anna', 'ben'].includes(owner))
      assert.deepEqual([tickets, queue], [10, 'batch'])
    }
    assert.equal(new Set(jobs.map(({ priority }) => priority)).size, 2)
    assert.equal(new Set(jobs.map(({ owner }) => owner)).size, 2)
  })

  it('refuses descriptions that make no sense', () => {
    const wrong: readonly Generation[] = [
      { service: 'exponential', jobs: 3 },
      { service: 'exponential', mean: 1, jobs: 0 },
      { service: 'exponential', mean: 1, jobs: 1.5 },
      { service: 'exponential', mean: 1, jobs: 3, seed: -1 },
      { service: 'exponential', mean: 1, jobs: 3, arrivals: 'never' },
      { service: 'exponential', mean: 1, jobs: 3, arrivals: 'poisson' },
      { service: 'exponential', mean: 1, jobs: 3, colour: 'red' },
      { service: { distribution: 'exponential', mean: 1 }, jobs: 3, mean: 2 },
      { service: 'exponential', mean: 1, jobs: 3, priorities: [] },
      { service: 'exponential', mean: 1, jobs: 3, tickets: [0] },
      { service: 'exponential', mean: 1, jobs: 3, owners: [1 as never] },
      { service: 'exponential', mean: 1, jobs: 3, io: { visits: 0, distribution: 'deterministic', mean: 1 } },
    ]
    for (const each of wrong) assert.throws(() => generateJobs(each), { code: 'OPTION_INVALID' }, JSON.stringify(each))
  })
})
