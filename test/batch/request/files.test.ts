/** Files of jobs: TOML, CSV, JSON and lines; what is wrong is said with its place. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  jobsToCsv,
  jobsToJsonLines,
  jobsToToml,
  readJobs,
  type JobRequest,
  type ReadJobsOptions,
} from '#lanework/batch/index.js'

const options: ReadJobsOptions = { env: { HOME: '/root' }, cpus: [0, 1, 2, 3] }
const read = (text: string, file: string): ReturnType<typeof readJobs> => readJobs(text, file, options)

/** Throws JOB_INVALID at that place. */
function refused(text: string, file: string, message: RegExp): void {
  assert.throws(() => read(text, file), { code: 'JOB_INVALID', message })
}

describe('a TOML file', () => {
  it('has jobs, and what their batch is like', () => {
    const { jobs, settings, place } = read(
      `[batch]
policy = "mlfq"
quantum = "50ms"
cpus = 2
memory = "4GiB"
resources = { gpu = 1 }
slots = { download = 2 }

[[job]]
name = "build"
command = "make -j2"
memory = "2GiB"

[[job]]
argv = ["make", "test"]
after = ["build", "lint:any"]
time-limit = "1h30m"
backoff = { first = "2s", max = "1m" }
logs = "1MiB"
env = { MODE = "fast", LEVEL = 3 }
held = true
`,
      'jobs.toml',
    )
    assert.deepEqual(settings, {
      policy: { name: 'mlfq', options: { quantum: 50 } },
      cpus: [0, 1],
      memoryBytes: 4 * 2 ** 30,
      resources: { gpu: 1 },
      slots: { download: 2 },
    })
    assert.deepEqual(jobs, [
      { argv: ['sh', '-c', 'make -j2'], name: 'build', memoryBytes: 2 ** 31 },
      {
        argv: ['make', 'test'],
        after: [
          { job: 'build', on: 'ok' },
          { job: 'lint', on: 'any' },
        ],
        timeLimitMs: 5_400_000,
        backoff: { firstMs: 2_000, maxMs: 60_000 },
        logs: { bytes: 1_048_576, keep: 1 },
        env: { HOME: '/root', MODE: 'fast', LEVEL: '3' },
        held: true,
      },
    ])
    assert.deepEqual([place(0), place(1)], ['jobs.toml:9', 'jobs.toml:14'])
  })

  it('may name the policy with its options in each way', () => {
    const policyOf = (line: string): unknown => read(`[batch]\n${line}\n`, 'a.toml').settings.policy
    const expected = { name: 'rr', options: { quantum: 50 } }
    assert.deepEqual(policyOf('policy = "rr:quantum=50"'), expected)
    assert.deepEqual(policyOf('policy = { policy = "rr", quantum = 50 }'), expected)
    assert.deepEqual(policyOf('policy = { name = "rr", options = { quantum = 50 } }'), expected)
    assert.deepEqual(policyOf('quantum = 50'), expected)
    assert.deepEqual(policyOf('policy = "eevdf"\nquantum = "20ms"'), { name: 'eevdf', options: { slice: 20 } })
  })

  const bad: [text: string, message: RegExp][] = [
    ['[[job]]\ncommand = "a"\nmemory = "much"\n', /^a\.toml:3:10: memory must be a size.*got "much"/],
    [
      '[[job]]\ncommand = "a"\n\n[[job]]\n  comand = "b"\n',
      /^a\.toml:5:12: "comand" must be one of .* \(did you mean command\?\)/,
    ],
    ['[[job]]\nname = "a"\n', /^a\.toml:1:1: command or argv must be a line for `sh -c`/],
    ['[[job]]\ncommand = "a"\nmemroy = 1\n', /^a\.toml:3:10: "memroy" must be one of .*did you mean memory/],
    [
      '[[job]]\ncommand = "a"\nname = "x"\n[[job]]\ncommand = "b"\nname = "x"',
      /^a\.toml:6:8: name must be unique \(a\.toml:1/,
    ],
    ['[[job]]\ncommand = "a"\nenv = { A = ["b"] }\n', /^a\.toml:3:7: env must be/],
    ['[[job]\n', /^a\.toml:\d+:\d+: the line must be TOML/],
    ['[[job]]\ncommand = "a\n', /^a\.toml:2:\d+: the line must be TOML/],
    ['[[job]]\ncommand = "a\u0000b"\n', /the line must be TOML/],
    ['[[job]]\ncommand = "a\\u0000b"\n', /^a\.toml:2:11: command must be .*without NUL/],
    ['[[job]]\ncommand = 2024-01-01\n', /^a\.toml:2:11: command must be/],
    ['job = 3\n', /^a\.toml:1:7: job must be a list of jobs/],
    ['[[task]]\ncommand = "a"\n', /"task" must be one of batch, job/],
    ['[batch]\npolicy = "rrr"\n', /^a\.toml:2:10: policy must be .*nearest: rr/],
    ['[batch]\nquantum = "5ms"\n', /^a\.toml:2:11: rr: slice must be 10 ms or more.*; got 5\.$/],
    ['[batch]\npolicy = "rr:quantum=5"\n', /^a\.toml:2:10: rr: slice must be 10 ms or more.*; got 5\.$/],
    [
      '[batch]\npolicy = { policy = "rr", quantu = 50 }\n',
      /^a\.toml:2:10: rr\.quantu must be one of .*did you mean quantum/,
    ],
    [
      '[batch]\npolicy = "sjf"\nquantum = "50ms"\n',
      /^a\.toml:3:11: quantum must be given for a policy with slices; sjf has none; got "50ms"\.$/,
    ],
    ['[batch]\ncpus = 5\n', /^a\.toml:2:8: cpus must be a number of CPUs up to 4/],
    ['[batch]\ncpus = [0, 7]\n', /cpus must be/],
    ['[batch]\npolcy = "rr"\n', /^a\.toml:2:9: "polcy" must be one of .*did you mean policy/],
    ['[batch]\nslots = { a = 1.5 }\n', /slots must be/],
    ['batch = 1\n', /batch must be a table/],
  ]
  for (const [text, message] of bad) it(`is refused: ${JSON.stringify(text)}`, () => refused(text, 'a.toml', message))
})

describe('a table', () => {
  it('names its fields in the first line', () => {
    const { jobs, place } = read(
      '\uFEFFname,command,after,memory,priority,env,resources,affinity,sliced\r\n' +
        '# a remark\r\n' +
        'build,make -j2,,2GiB,1,,,,\r\n' +
        'test,"make test, twice\nand again ""quoted""",build lint:any,,,A=1 B=x=y,gpu=1,0 1,false\r\n',
      'jobs.csv',
    )
    assert.deepEqual(jobs, [
      { argv: ['sh', '-c', 'make -j2'], name: 'build', memoryBytes: 2 ** 31, priority: 1 },
      {
        argv: ['sh', '-c', 'make test, twice\nand again "quoted"'],
        name: 'test',
        after: [
          { job: 'build', on: 'ok' },
          { job: 'lint', on: 'any' },
        ],
        env: { HOME: '/root', A: '1', B: 'x=y' },
        resources: { gpu: 1 },
        affinity: [0, 1],
        sliced: false,
      },
    ])
    assert.equal(place(1), 'jobs.csv:4')
  })

  const bad: [text: string, message: RegExp][] = [
    ['', /^a\.csv:1:1: the first line must be the names/],
    ['name,comand\na,b\n', /^a\.csv:1:6: a field must be one of .*did you mean command/],
    ['name,command,name\n', /each field must be there once/],
    ['name,command\na\n', /^a\.csv:2:1: a line must be 2 cells long/],
    ['name,command\na,b,c\n', /^a\.csv:2:5: a line must be 2 cells long/],
    ['name,command\na,\n', /^a\.csv:2:1: command or argv must be/],
    ['name,command\nx,"a\n', /^a\.csv:2:1: the quote must be closed/],
    ['name,command\nx,"a"b\n', /^a\.csv:2:6: a cell must be followed by a comma/],
    ['command,priority\na,high\n', /^a\.csv:2:3: priority must be a number; got "high"/],
    ['command,env\na,FAST\n', /^a\.csv:2:3: env must be name=value/],
    ['argv\nmake\n', /^a\.csv:2:1: argv must be JSON/],
    ['command,resources\na,gpu=much\n', /^a\.csv:2:3: resources must be numbers/],
  ]
  for (const [text, message] of bad) it(`is refused: ${JSON.stringify(text)}`, () => refused(text, 'a.csv', message))
})

describe('JSON', () => {
  it('is an object as of TOML, a list of jobs, or a job a line', () => {
    const job = { argv: ['a'], name: 'x', delayMs: 5 }
    assert.deepEqual(read(JSON.stringify({ batch: { policy: 'fcfs' }, job: [job] }), 'a.json').jobs, [job])
    assert.deepEqual(read(JSON.stringify([job]), 'a.json').jobs, [job])
    assert.deepEqual(read(`${JSON.stringify(job)}\n\n`, 'a.jsonl').jobs, [job])
    for (const text of [JSON.stringify([job]), `${JSON.stringify(job)}\n`, JSON.stringify({ jobs: [job] }, null, 2)])
      assert.deepEqual(read(text, 'stdin').jobs, [job], text)
  })

  it('is refused with the place of what is wrong', () => {
    refused('[\n  { "argv": ["a"], "nice": 99 }\n]', 'a.json', /^a\.json:2:28: nice must be an integer from -20 to 19/)
    refused('{ "job": [', 'a.json', /^a\.json:1:\d+: the text must be JSON/)
    refused('7', 'a.json', /the file must be an object with jobs/)
    refused('{"argv":["a"]}\nnope\n', 'a.jsonl', /^a\.jsonl:2:1:\d+: the text must be JSON/)
    refused(`${'['.repeat(100_000)}`, 'a.json', /JSON/)
  })
})

describe('lines', () => {
  it('are commands for a shell', () => {
    const { jobs, place } = read(
      '\uFEFF# thumbnails\r\ngzip a.log\r\n\r\n  gzip b.log \\\r\n  | wc\necho \\\\\n',
      'jobs.txt',
    )
    assert.deepEqual(
      jobs.map(({ argv }) => argv[2]),
      ['gzip a.log', 'gzip b.log \\\n  | wc', 'echo \\\\'],
    )
    assert.deepEqual([place(0), place(1)], ['jobs.txt:2', 'jobs.txt:4'])
  })

  it('may end with a backslash, or be none at all, which is said', () => {
    assert.equal(read('echo a \\', 'x').jobs.length, 1)
    assert.deepEqual(read('', 'x').notes, ['x has no jobs.'])
  })

  it('are not what is a table or TOML, whatever the name', () => {
    assert.deepEqual(read('command,name\nmake,build\n', 'stdin').jobs[0]?.name, 'build')
    assert.deepEqual(read('# x\n[[job]]\ncommand = "make"\nname = "b"\n', 'stdin').jobs[0]?.name, 'b')
    assert.equal(read('[ -e a ] && make\n', 'stdin').jobs.length, 1)
    assert.equal(read('{ make; make test; }\n', 'stdin').jobs.length, 1)
    assert.equal(read('make,command\n', 'stdin').jobs.length, 1)
  })
})

describe('a hostile file', () => {
  it('with a line of 10 MB is refused with its place, as no program can be given that', () => {
    refused(
      `true\n${'x'.repeat(10_000_000)}\n`,
      'jobs.txt',
      /^jobs\.txt:2: command must be .*shorter than 131072 bytes/,
    )
    refused(`[[job]]\ncommand = "${'x'.repeat(10_000_000)}"\n`, 'a.toml', /^a\.toml:2:11: command must be/)
    refused(`command,name\n${'x'.repeat(10_000_000)},a\n`, 'a.csv', /^a\.csv:2:1: command must be/)
  })

  it('with NUL, or more than 10,000 jobs or 64 Mi characters, is refused', () => {
    refused('echo a\0b\n', 'jobs.txt', /^jobs\.txt:1: command must be .*without NUL/)
    refused('true\n'.repeat(10_001), 'jobs.txt', /^jobs\.txt:10001: the file must be one of at most 10000 jobs/)
    refused(' '.repeat(2 ** 26 + 1), 'jobs.txt', /^jobs\.txt: the file must be at most 67108864 characters/)
  })

  it('with 10,000 jobs is read', () => {
    assert.equal(read('true\n'.repeat(10_000), 'jobs.txt').jobs.length, 10_000)
    assert.equal(read('[[job]]\ncommand = "true"\n'.repeat(10_000), 'jobs.toml').jobs.length, 10_000)
  })

  it('of anything at all ends in jobs or in JOB_INVALID', () => {
    const file = fc.constantFrom('a.toml', 'a.csv', 'a.json', 'a.jsonl', 'a.txt')
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '[[job]]\n',
        'command = ',
        '"',
        '\n',
        '{"argv":[',
        ',',
        'name',
        '\\',
        '=',
        '[batch]',
        '\0',
        '\uFEFF',
      ),
    )
    fc.assert(
      fc.property(fc.array(piece), file, (pieces, name) => {
        try {
          read(pieces.join(''), name)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'JOB_INVALID', String(error))
        }
      }),
    )
  })
})

describe('jobs that are written', () => {
  const word = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/\p{Cc}/u.test(text))
  const name = word.filter((text) => !/^\d+$/.test(text) && text.trim() === text)
  const amount = fc.integer({ min: 1, max: 1_000_000 })
  const request = fc.record(
    {
      argv: fc.array(word, { minLength: 1, maxLength: 4 }),
      after: fc.array(
        fc.record({
          job: name.filter((text) => !/\s/.test(text)),
          on: fc.constantFrom('ok' as const, 'any' as const, 'fail' as const),
        }),
        { minLength: 1, maxLength: 3 },
      ),
      group: name,
      delayMs: amount,
      priority: fc.integer({ min: -100, max: 100 }),
      burst: amount,
      width: fc.integer({ min: 1, max: 4 }),
      affinity: fc.uniqueArray(fc.integer({ min: 0, max: 7 }), { minLength: 1 }),
      memoryBytes: amount,
      memoryLimitBytes: amount,
      resources: fc.dictionary(
        name.filter((text) => text !== '__proto__'),
        amount,
        { minKeys: 1, maxKeys: 2 },
      ),
      nice: fc.integer({ min: -20, max: 19 }),
      timeLimitMs: amount,
      retries: fc.integer({ min: 0, max: 9 }),
      backoff: fc.record({ firstMs: fc.constant(5), maxMs: amount.filter((ms) => ms >= 5) }),
      sliced: fc.boolean(),
      held: fc.boolean(),
      logs: fc.record({ bytes: fc.integer({ min: 1_024, max: 1e9 }), keep: fc.integer({ min: 0, max: 9 }) }),
    },
    { requiredKeys: ['argv'] },
  ) as fc.Arbitrary<JobRequest>

  for (const [what, write, file] of [
    ['TOML', jobsToToml, 'a.toml'],
    ['JSON lines', jobsToJsonLines, 'a.jsonl'],
    ['CSV', jobsToCsv, 'a.csv'],
  ] as const)
    it(`as ${what} are read as what they were`, () => {
      fc.assert(
        fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
          assert.deepEqual(read(write(requests), file).jobs, JSON.parse(JSON.stringify(requests)))
        }),
      )
    })
})
