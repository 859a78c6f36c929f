/** Jobs in JSON, in the short form of exercises. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { answer, jobsFromJson, rr, simulate } from '#lanework/schedule/index.js'
import { jobsOf, knownCases } from '../known-cases.js'

const read = (jobs: unknown): unknown => jobsFromJson(JSON.stringify({ jobs }), 'lab.json')

describe('jobs from JSON', () => {
  it('are the jobs of all known answers', () => {
    for (const known of knownCases) {
      if (known.kind === 'memory' || !Array.isArray(known.jobs) || !known.jobs.every((job) => 'burst' in job)) continue
      assert.deepEqual(read(known.jobs), jobsOf(known), known.name)
    }
  })

  it('are simulated and answered in the form of the exercise', () => {
    const jobs = jobsFromJson(
      '{"jobs": [{"name": "A", "burst": 3}, {"name": "B", "arrival": 1, "burst": 2}]}',
      'lab.json',
    )
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
    ['lab.json: jobs', 'none'],
    ['lab.json: jobs[0]', [7]],
    ['lab.json: jobs[1].name', [a, a]],
    ['lab.json: jobs[0].name', [{ burst: 1 }]],
    ['lab.json: jobs[0].name', [{ name: 5, burst: 1 }]],
    ['lab.json: jobs[0].colour', [{ ...a, colour: 'red' }]],
    ['lab.json: jobs[0].burst', [{ name: 'A', burst: -1 }]],
    ['lab.json: jobs[0].burst', [{ name: 'A', burst: '5' }]],
    ['lab.json: jobs[0].burst', [{ ...a, bursts: [{ cpu: 1 }] }]],
    ['lab.json: jobs[0].bursts', [{ name: 'A' }]],
    ['lab.json: jobs[0].bursts', [{ name: 'A', bursts: [null] }]],
    ['lab.json: jobs[0].bursts[0].cpu', [{ name: 'A', bursts: [{ cpu: -1 }] }]],
    ['lab.json: jobs[0].threads[0].bursts', [{ name: 'A', threads: [{}] }]],
    ['lab.json: jobs[0].arrival', [{ ...a, arrival: -2 }]],
    ['lab.json: jobs[0].arrival', [{ ...a, arrival: '2' }]],
    ['lab.json: jobs[0].tickets', [{ ...a, tickets: 0 }]],
    ['lab.json: jobs[0].io', [{ ...a, io: 'disk' }]],
    ['lab.json: jobs[0].io', [{ ...a, io: {} }]],
    ['lab.json: jobs[0].io.every', [{ ...a, io: { every: 0, length: 1 } }]],
    ['lab.json: jobs[0].io.every', [{ name: 'A', burst: null, io: { every: 1, length: 1 } }]],
    ['lab.json: jobs[0].io.every', [{ name: 'A', burst: 1e9, io: { every: 1, length: 1 } }]],
    ['lab.json: jobs[0].io.length', [{ ...a, io: { every: 1 } }]],
    ['lab.json: jobs[0].io.bursts[1]', [{ ...a, io: { bursts: [1, -1] } }]],
    ['lab.json: jobs[0].burst', [{ ...a, io: { bursts: [1, 1, 1] } }]],
    ['lab.json: jobs[0].io.program[0]', [{ ...a, io: { program: ['sleep'], length: 1 } }]],
  ]
  for (const [option, jobs] of wrong) {
    it(`${JSON.stringify(jobs)}: ${option}`, () => {
      assert.throws(
        () => read(jobs),
        (error: { code?: string; detail?: { option?: string } }) =>
          error.code === 'OPTION_INVALID' && error.detail?.option === option,
      )
    })
  }

  it('that is no JSON, with the line', () => {
    assert.throws(() => jobsFromJson('{"jobs": [\n{"name": "A",\n"burst": oops}]}', 'lab.json'), {
      code: 'OPTION_INVALID',
      message: /lab\.json:3 /,
    })
    assert.throws(() => jobsFromJson('{"jobs":\n [', 'lab.json'), { message: /lab\.json:2 / })
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
          assert.equal((error as { code?: string }).code, 'OPTION_INVALID')
          assert.match((error as Error).message, /lab\.json/)
        }
      }),
    )
  })
})
