/** Processor sharing: exact, and the limit of round robin as its slices vanish. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { processorSharing, rr, simulate, type JobSpec } from '#lanework/schedule/index.js'

const jobs = fc
  .array(fc.record({ arrival: fc.integer({ min: 0, max: 20 }), cpu: fc.integer({ min: 1, max: 10 }) }), {
    minLength: 1,
    maxLength: 8,
  })
  .map((list) => list.map(({ arrival, cpu }, index) => ({ name: `J${index}`, arrival, bursts: [{ cpu }] })))

const finishes = (specs: readonly JobSpec[], cpus = 1): unknown =>
  processorSharing(specs, { cpus }).jobs.map(({ finish }) => finish)

describe('processor sharing', () => {
  it('is what round robin tends to as its quantum goes to 0', () => {
    fc.assert(
      fc.property(jobs, (specs) => {
        const quantum = 0.01
        const shared = processorSharing(specs)
        const sliced = simulate(specs, { policy: rr({ quantum }), record: 'summary' })
        const finish = new Map(sliced.jobs.map((job) => [job.name, job.finish ?? NaN]))
        // Each arrival and each end may cost one round of slices.
        const allowed = quantum * specs.length * specs.length * 2
        for (const job of shared.jobs)
          assert.ok(Math.abs((job.finish ?? NaN) - (finish.get(job.name) ?? NaN)) <= allowed, job.name)
      }),
      { numRuns: 50 },
    )
  })

  it('keeps the CPU busy while there is work, and gives each job its burst', () => {
    fc.assert(
      fc.property(jobs, fc.integer({ min: 1, max: 3 }), (specs, cpus) => {
        const { jobs: results, system } = processorSharing(specs, { cpus })
        const work = specs.reduce((sum, { bursts }) => sum + (bursts[0]?.cpu ?? 0), 0)
        assert.ok(Math.abs(system.useful - work) < 1e-6)
        for (const { end, turnaround = NaN, cpu, waiting } of results) {
          assert.equal(end, 'done')
          assert.ok(Math.abs(turnaround - cpu - waiting) < 1e-6)
        }
      }),
    )
  })

  it('shares several CPUs, of which no job gets more than one', () => {
    const three = [...'ABC'].map((name) => ({ name, bursts: [{ cpu: 4 }] }))
    assert.deepEqual(
      [finishes(three, 3), finishes(three, 2), finishes(three, 1)],
      [
        [4, 4, 4],
        [6, 6, 6],
        [12, 12, 12],
      ],
    )
  })

  it('lets others have the CPU during I/O, and stops at the horizon', () => {
    const specs = [
      { name: 'A', bursts: [{ cpu: 1 }, { io: 4 }, { cpu: 1 }] },
      { name: 'B', bursts: [{ cpu: 9 }] },
    ]
    assert.deepEqual(finishes(specs), [8, 11])
    const { jobs: results, system } = processorSharing(specs, { horizon: 7 })
    assert.deepEqual(
      results.map(({ end, cpu, waiting, blocked }) => [end, cpu, waiting, blocked]),
      [
        ['unfinished', 1.5, 1.5, 4],
        ['unfinished', 5.5, 1.5, 0],
      ],
    )
    assert.deepEqual([system.makespan, system.useful, system.policy], [7, 7, 'ps'])
  })

  it('refuses what cannot be shared', () => {
    const refuse = (job: JobSpec): void =>
      assert.throws(() => processorSharing([job]), { code: 'OPTION_INVALID' }, JSON.stringify(job))
    refuse({ name: 'A', threads: [{ bursts: [] }] })
    refuse({ name: 'A', bursts: [{ await: true }] })
    refuse({ name: 'A', bursts: [{ io: 1, submission: 'async' }] })
    assert.throws(() => processorSharing([], { cpus: 0 }), { code: 'OPTION_INVALID' })
  })
})
