/** What is written is read again, in each format, for any job. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  formatOf,
  jobsToCsv,
  readWorkload,
  workloadReader,
  workloadToJson,
  workloadToToml,
  type JobSpec,
} from '#lanework/schedule/index.js'

const time = fc
  .oneof(fc.nat(1_000), fc.double({ min: 0, max: 1e9, noNaN: true, noDefaultInfinity: true }))
  .map((t) => t + 0)
const span = fc.double({ min: 1e-3, max: 1e9, noNaN: true, noDefaultInfinity: true })
const text = fc.oneof(
  fc.constantFrom('disk', 'a b', 'say "hi"', 'x,y', '#1', ' lead', 'line\nbreak', 'éß', '=', '[x]', "it's", 'read'),
  fc.string({ minLength: 1, maxLength: 8 }).filter((each) => !/[\r\p{Cs}\p{Cc}]/u.test(each)),
)
const burst = fc.oneof(
  fc.record({ cpu: fc.oneof(time, fc.constant(Infinity)) }),
  fc.record(
    { io: time, device: text, submission: fc.constantFrom('sync' as const, 'async' as const) },
    { requiredKeys: ['io'] },
  ),
  fc.constant({ await: true as const }),
  fc.record({ access: fc.integer(), write: fc.boolean() }, { requiredKeys: ['access'] }),
)
const bursts = fc.array(burst, { minLength: 1, maxLength: 5 })
const thread = fc.record({ name: text, delay: time, priority: fc.integer(), bursts }, { requiredKeys: ['bursts'] })
const fields = fc.record(
  {
    arrival: time,
    priority: fc.integer(),
    tickets: span,
    owner: text,
    queue: text,
    key: text,
    deadline: span,
    period: span,
    width: fc.integer({ min: 1, max: 100 }),
    limit: span,
    memory: time,
    affinity: fc.array(fc.nat(7), { minLength: 1, maxLength: 3 }),
    workingSet: time,
  },
  { requiredKeys: [] },
)
const work = fc.oneof(
  bursts.map((list) => ({ bursts: list })),
  fc.array(thread, { minLength: 1, maxLength: 3 }).map((threads) => ({ threads })),
)
const job = fc.tuple(text, fields, work).map(([name, rest, what]): JobSpec => Object.assign({ name }, rest, what))
const jobs = fc.uniqueArray(job, { minLength: 1, maxLength: 6, selector: ({ name }) => name })

/** The same meaning in one shape: defaults left out where a format cannot tell them from what is not given. */
function plain(list: readonly JobSpec[]): unknown {
  const withoutDefaults = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(withoutDefaults)
    if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value
    const { ...record } = value as Record<string, unknown>
    if (record['submission'] === 'sync') delete record['submission']
    if (record['device'] === 'io') delete record['device']
    if (record['write'] === false) delete record['write']
    return Object.fromEntries(Object.entries(record).map(([key, each]) => [key, withoutDefaults(each)]))
  }
  return withoutDefaults(list)
}

describe('write, then read', () => {
  const formats: readonly [string, (list: readonly JobSpec[]) => string][] = [
    ['csv', jobsToCsv],
    ['toml', (list) => workloadToToml({ jobs: list })],
    ['json', (list) => workloadToJson({ jobs: list })],
  ]
  for (const [ending, write] of formats) {
    it(`gives the same jobs in ${ending}`, () => {
      const property = fc.property(jobs, (list) => {
        const written = write(list)
        assert.deepEqual(plain(readWorkload(written, `lab.${ending}`).jobs), plain(list))
        assert.equal(formatOf(written, 'lab'), ending)
      })
      fc.assert(property, { numRuns: 300 })
    })

    it(`gives the same jobs in ${ending}, wherever the text is cut`, () => {
      const property = fc.property(jobs, fc.array(fc.nat(400), { maxLength: 5 }), (list, cuts) => {
        const written = write(list)
        const reader = workloadReader(`lab.${ending}`)
        let from = 0
        for (const to of [...cuts, written.length].sort((a, b) => a - b)) {
          reader.push(written.slice(from, to))
          from = Math.max(from, Math.min(to, written.length))
        }
        assert.deepEqual(plain(reader.end().jobs), plain(list))
      })
      fc.assert(property, { numRuns: 100 })
    })
  }

  it('keeps the machine and the name', () => {
    const workload = {
      name: 'lab',
      machine: {
        cpus: 2,
        contextSwitch: { in: 1, out: 0 },
        devices: { disk: { servers: 3 } },
        rules: { tie: 'expired-first' as const },
      },
      jobs: [{ name: 'A', bursts: [{ cpu: 1 }] }],
    }
    for (const [written, file] of [
      [workloadToToml(workload), 'lab.toml'],
      [workloadToJson(workload), 'lab.json'],
    ] as const) {
      const { name, machine, jobs: read } = readWorkload(written, file)
      assert.deepEqual({ name, machine, jobs: read }, workload)
    }
  })
})

describe('formats are told apart without an ending', () => {
  const examples: readonly [string, string][] = [
    ['{"jobs": []}', 'json'],
    ['[{"name": "A"}]', 'json'],
    ['[\n  {"name": "A"}]', 'json'],
    ['[machine]\ncpus = 2', 'toml'],
    ['[[jobs]]\nname = "A"', 'toml'],
    ['name = "x"\n', 'toml'],
    ['# a lab\n[machine]', 'toml'],
    ['# a lab\nname,burst\n', 'csv'],
    ['name,burst\nA,1', 'csv'],
    ['; Computer: X\n', 'swf'],
    ['1 0 -1 5 1 -1 -1 1 -1 -1 1 1 1 1 1 1 -1 -1', 'swf'],
  ]
  for (const [beginning, format] of examples) {
    it(`${JSON.stringify(beginning)} is ${format}`, () => assert.equal(formatOf(beginning, 'standard input'), format))
  }

  it('and the ending decides where there is one', () => assert.equal(formatOf('name,burst', 'LAB.TOML'), 'toml'))
})
