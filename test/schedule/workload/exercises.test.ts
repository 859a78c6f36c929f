/** Jobs in JSON, in the short form of exercises. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answer, readWorkload, rr, simulate, type JobSpec } from '#lanework/schedule/index.js'
import { jobsOf, knownCases } from '../known-cases.js'

const fromText = (text: string): readonly JobSpec[] => readWorkload(text, 'lab.json').jobs
const read = (jobs: unknown): readonly JobSpec[] => fromText(JSON.stringify({ jobs }))

describe('jobs from JSON', () => {
  it('are the jobs of all known answers', () => {
    for (const known of knownCases) {
      if (known.kind === 'memory' || !Array.isArray(known.jobs) || !known.jobs.every((job) => 'burst' in job)) continue
      assert.deepEqual(read(known.jobs), jobsOf(known), known.name)
    }
  })

  it('are simulated and answered in the form of the exercise', () => {
    const jobs = fromText('{"jobs": [{"name": "A", "burst": 3}, {"name": "B", "arrival": 1, "burst": 2}]}')
    assert.deepEqual(answer(simulate(jobs, { policy: rr({ quantum: 2 }) })), {
      jobs: {
        A: { finish: 5, turnaround: 5, waiting: 2, response: 0 },
        B: { finish: 4, turnaround: 3, waiting: 1, response: 1 },
      },
      avg: { turnaround: 4, waiting: 1.5, response: 0.5 },
      gantt: [
        ['A', 0, 2],
        ['B', 2, 4],
        ['A', 4, 5],
      ],
    })
  })

  it('may be endless, or have I/O in patterns', () => {
    assert.deepEqual(read([{ name: 'A', burst: null }]), [{ name: 'A', bursts: [{ cpu: Infinity }] }])
    assert.deepEqual(read([{ name: 'A', burst: 5, io: { every: 2, length: 9 } }]), [
      { name: 'A', bursts: [{ cpu: 2 }, { io: 9 }, { cpu: 2 }, { io: 9 }, { cpu: 1 }] },
    ])
    assert.deepEqual(read([{ name: 'A', io: { program: ['cpu', 'io', 'io_done'], length: 4 } }]), [
      { name: 'A', bursts: [{ cpu: 1 }, { cpu: 1 }, { io: 4 }, { cpu: 1 }] },
    ])
  })
})

describe('what is wrong in a file', () => {
  const a = { name: 'A', burst: 1 }
  const wrong: readonly [string, unknown][] = [
    ['jobs', 'none'],
    ['a job', [7]],
    ['name', [a, a]],
    ['name', [{ burst: 1 }]],
    ['name', [{ name: 5, burst: 1 }]],
    ['colour', [{ ...a, colour: 'red' }]],
    ['burst', [{ name: 'A', burst: -1 }]],
    ['burst', [{ name: 'A', burst: '5' }]],
    ['bursts', [{ ...a, bursts: [{ cpu: 1 }] }]],
    ['burst', [{ name: 'A' }]],
    ['bursts[0]', [{ name: 'A', bursts: [null] }]],
    ['bursts[0].cpu', [{ name: 'A', bursts: [{ cpu: -1 }] }]],
    ['threads[0].bursts', [{ name: 'A', threads: [{}] }]],
    ['arrival', [{ ...a, arrival: -2 }]],
    ['arrival', [{ ...a, arrival: '2' }]],
    ['tickets', [{ ...a, tickets: 0 }]],
    ['io', [{ ...a, io: 'disk' }]],
    ['io', [{ name: 'A', io: [1, 1, 2] }]],
    ['io', [{ ...a, io: {} }]],
    ['io.every', [{ ...a, io: { every: 0, length: 1 } }]],
    ['io.every', [{ name: 'A', burst: null, io: { every: 1, length: 1 } }]],
    ['io.every', [{ name: 'A', burst: 1e9, io: { every: 1, length: 1 } }]],
    ['io.length', [{ ...a, io: { every: 1 } }]],
    ['io.bursts[1]', [{ ...a, io: { bursts: [1, -1] } }]],
    ['burst', [{ ...a, io: { bursts: [1, 1, 1] } }]],
    ['io.program[0]', [{ ...a, io: { program: ['sleep'], length: 1 } }]],
  ]
  for (const [field, jobs] of wrong) {
    it(`${JSON.stringify(jobs)}: ${field}`, () => {
      assert.throws(
        () => read(jobs),
        (error: { code?: string; detail?: { field?: string } }) =>
          error.code === 'WORKLOAD_INVALID' && error.detail?.field === field,
      )
    })
  }

  it('that is no JSON, with the place', () => {
    const places: readonly [string, RegExp][] = [
      ['{"jobs": [\n {"name": "A", "burst": NaN},\n {"name": "B", "burst": 1}\n]}\n', /lab\.json:2:25: .*NaN/],
      ['{"jobs": [\n {"name": "A" "burst": 1}\n]}', /lab\.json:2:15: /],
      ['{"jobs": [\n {"name": "A\n"}\n]}', /lab\.json:2:13: /],
      ['{"jobs": [\n {"name": "A", "burst": -}\n]}', /lab\.json:2:26: /],
      ['{"jobs": [{"name": "A", "burst": 1}', /lab\.json:1:36: .*its end/],
      ['\uFEFF{"jobs": oops}', /lab\.json:1:11: .*oops/],
    ]
    for (const [text, place] of places)
      assert.throws(() => fromText(text), { code: 'WORKLOAD_INVALID', message: place })
  })

  it('that is no JSON, with the line', () => {
    assert.throws(() => fromText('{"jobs": [\n{"name": "A",\n"burst": oops}]}'), {
      code: 'WORKLOAD_INVALID',
      message: /lab\.json:3:/,
    })
    assert.throws(() => fromText('{"jobs":\n ['), { message: /lab\.json:2:/ })
  })

  it('whatever it is, there are jobs or an error that names the file', () => {
    const value = fc.jsonValue()
    const record = fc.dictionary(
      fc.constantFrom('name', 'burst', 'io', 'bursts', 'threads', 'arrival', 'affinity', 'period', 'width'),
      fc.oneof(value, fc.integer(), fc.string()),
    )
    fc.assert(
      fc.property(fc.oneof(value, fc.array(record)), (jobs) => {
        try {
          read(jobs)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'WORKLOAD_INVALID')
          assert.match((error as Error).message, /lab\.json/)
        }
      }),
    )
  })
})
