/** What each format says, and where it says that something is wrong. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readWorkload, workloadReader } from '#lanework/schedule/index.js'

/** The place and field of the error that reading gives. */
function problem(text: string, file: string): string {
  try {
    readWorkload(text, file)
  } catch (error) {
    const { code, detail } = error as { code: string; detail: { line: number; column: number; field: string } }
    assert.equal(code, 'WORKLOAD_INVALID', String(error))
    return `${detail.line}:${detail.column} ${detail.field}`
  }
  return 'nothing'
}

describe('CSV', () => {
  it('reads fields by their names, in any order, with comments, quotes and CRLF', () => {
    const text = '\uFEFF# lab\r\nburst,name,owner\r\n\r\n3,A,"x, ""y"""\r\ninf,"two\r\nlines",\r\n'
    assert.deepEqual(readWorkload(text, 'lab.csv').jobs, [
      { name: 'A', owner: 'x, "y"', bursts: [{ cpu: 3 }] },
      { name: 'two\nlines', bursts: [{ cpu: Infinity }] },
    ])
  })

  it('reads bursts in short', () => {
    const [job] = readWorkload('name,bursts\nA,1 net:8& 2.5 await disk:0 read:-3 write:4 inf\n', 'x.csv').jobs
    assert.deepEqual(job?.bursts, [
      { cpu: 1 },
      { io: 8, device: 'net', submission: 'async' },
      { cpu: 2.5 },
      { await: true },
      { io: 0, device: 'disk' },
      { access: -3 },
      { access: 4, write: true },
      { cpu: Infinity },
    ])
  })

  const wrong: readonly [string, string, string][] = [
    ['', '1:1 the first line', 'an empty file'],
    ['name,burts\n', '1:6 a field', 'a misspelt field'],
    ['name,burst,name\n', '1:12 each field', 'a field twice'],
    ['name,burst\nA,1\nB,-4\n', '3:3 burst', 'a negative time'],
    ['name,burst\nA,NaN\n', '2:3 burst', 'NaN'],
    ['name,burst\nA,\n', '2:3 burst', 'no work'],
    ['name,burst\n,1\n', '2:1 name', 'no name'],
    ['name,burst\nA,1\nB,2\nA,3\n', '4:1 name', 'a name twice'],
    ['name,burst\nA,1,2\n', '2:5 a line', 'a cell too many'],
    ['name,burst\nA\n', '2:1 a line', 'a cell too few'],
    ['name,burst\nA,"1\n', '2:1 the quote', 'an open quote'],
    ['name,burst\n"A"x,1\n', '2:4 a cell', 'text after a quote'],
    ['name,bursts\nA,3 disk\n', '2:3 bursts', 'a word that is no burst'],
    ['name,bursts\nA,3 disk:-1\n', '2:3 bursts', 'negative I/O'],
    ['name,bursts\nA,[1\n', '2:3 bursts', 'a list that is no JSON'],
    ['name,burst,bursts\nA,1,2\n', '2:5 bursts', 'both burst and bursts'],
    ['name,burst,affinity\nA,1,0 x\n', '2:5 affinity', 'a CPU that is none'],
    ['name,burst,width\nA,1,0\n', '2:5 width', 'no CPUs'],
  ]
  for (const [text, expected, what] of wrong) {
    it(`says where: ${what}`, () => assert.equal(problem(text, 'lab.csv'), expected))
  }

  it('names file, line, column, field and value in one sentence', () => {
    assert.throws(() => readWorkload('name,burst\nA,-4\n', 'lab.csv'), {
      message: /^lab\.csv:2:3: burst must be a number, 0 or more, or null; got -4\./,
    })
  })
})

describe('TOML', () => {
  it('reads jobs, machine, policies and generated jobs', () => {
    const text = `
name = "lab"
policies = ["fcfs", { policy = "rr", quantum = 4 }]
[machine]
cpus = 2
[machine.devices]
disk = { servers = 2 }
[[jobs]]
name = "A"
bursts = "5 disk:3 2"
[[jobs]]
name = "B"
arrival = 2
[[jobs.threads]]
bursts = [1, { io = 2, device = "disk" }]
[generate]
jobs = 3
arrivals = "poisson"
rate = 0.5
service = "exponential"
mean = 1
`
    const { name, jobs, machine, policies } = readWorkload(text, 'lab.toml')
    assert.equal(name, 'lab')
    assert.deepEqual(machine, { cpus: 2, devices: { disk: { servers: 2 } } })
    assert.deepEqual(policies, [{ name: 'fcfs' }, { name: 'rr', options: { quantum: 4 } }])
    assert.deepEqual(
      jobs.map((job) => job.name),
      ['A', 'B', 'J1', 'J2', 'J3'],
    )
    assert.deepEqual(jobs[1]?.threads, [{ bursts: [{ cpu: 1 }, { io: 2, device: 'disk' }] }])
  })

  const wrong: readonly [string, string, string][] = [
    ['x = 1', '1:5 x', 'an unknown field'],
    ['name = "lab"', '1:1 the file', 'neither jobs nor generate'],
    ['[[jobs]]\nname = "A"\nburst = 1\n[[jobs]]\nname = "B"\n  burst = -1', '6:11 burst', 'a negative time'],
    ['[[jobs]]\nname = "A"\nburst = nan', '3:9 burst', 'NaN'],
    ['[[jobs]]\nname = "A"\nburst = 1\ncolour = 2', '4:10 colour', 'an unknown field of a job'],
    ['[[jobs]]\nname = "A"\nburst = 1\n[[jobs]]\nname = "A"\nburst = 1', '5:8 name', 'a name twice'],
    ['[[jobs]]\nname = "A"\nbursts = "5 disk"', '3:10 bursts', 'a word that is no burst'],
    ['[[jobs]]\nburst = 1', '1:1 name', 'no name'],
    ['jobs = [{ name = "A" }]', '1:8 burst', 'a job in one line without work'],
    ['jobs = 3', '1:8 jobs', 'jobs that are no list'],
    ['[machine]\ncpus = 0\n[[jobs]]\nname = "A"\nburst = 1', '2:8 cpus', 'no CPUs'],
    ['[machine.cache]\nsize = 1\n[[jobs]]\nname = "A"\nburst = 1', '1:1 cache.warmUp', 'half a cache'],
    ['[generate]\njobs = 0\nservice = "exponential"\nmean = 1', '2:8 jobs', 'no jobs generated'],
    ['[generate]\njobs = 2\nservice = "gamma"\nmean = 1', '1:1 distribution', 'an unknown distribution'],
    ['[generate]\njobs = 2\nservice = "exponential"\nmean = -1', '4:8 mean', 'a negative mean'],
  ]
  for (const [text, expected, what] of wrong) {
    it(`says where: ${what}`, () => assert.equal(problem(text, 'lab.toml'), expected))
  }

  it('reads the short patterns of I/O that exercises have', () => {
    const text = '[[jobs]]\nname = "A"\nburst = 5\nio = { every = 4, length = 3 }\n'
    assert.deepEqual(readWorkload(text, 'lab.toml').jobs[0]?.bursts, [{ cpu: 4 }, { io: 3 }, { cpu: 1 }])
    assert.equal(problem(text.replace('4', '0'), 'lab.toml'), '4:6 io.every')
  })

  it('says where the syntax is wrong', () => {
    assert.match(problem('name = "lab"\n[[jobs]\n', 'lab.toml'), /^2:\d+ the line$/)
  })
})

describe('JSON', () => {
  it('reads jobs, generated ones too', () => {
    const text = '{"jobs": [{"name": "A", "burst": 3}], "generate": {"jobs": 1, "service": "deterministic", "mean": 2}}'
    const { jobs } = readWorkload(text, 'lab.json')
    assert.deepEqual(jobs, [
      { name: 'A', bursts: [{ cpu: 3 }] },
      { name: 'J1', arrival: 0, bursts: [{ cpu: 2 }] },
    ])
  })

  it('says where the syntax is wrong', () => {
    assert.match(problem('{"jobs": [\n{"name": "A",}]}', 'lab.json'), /^2:\d+ the text$/)
  })

  const wrong: readonly [string, string, string][] = [
    ['{"jobs": [{"name": "A", "burst": 3}],\n "machine": {"cpus": -1}}', '2:22 cpus', 'a machine'],
    ['{"jobs": [\n{"name": "A", "burst": 1},\n{"name": "B", "burst": -4}]}', '3:24 burst', 'the second job'],
    ['[\n{"name": "A", "burst": 1},\n{"name": "A", "burst": 4}]', '3:10 name', 'a name twice in a list'],
    ['{"jobs": [{"name": "a \\"{[", "bursts": [{"cpu": 1}, {"io": -2}]}]}', '1:60 bursts[1].io', 'a burst'],
    ['{"jobs": [{"burst": 1}]}', '1:11 name', 'no name'],
    ['{"jobs": [3]}', '1:11 a job', 'a job that is none'],
    ['{"jobs": {}}', '1:10 jobs', 'jobs that are no list'],
    ['{"generate": {"jobs": 1, "service": "exponential",\n"mean": 0}}', '2:9 mean', 'a generated workload'],
    ['3', '1:1 the file', 'a number'],
  ]
  for (const [text, expected, what] of wrong) {
    it(`says where: ${what}`, () => assert.equal(problem(text, 'lab.json'), expected))
  }

  it('takes null for what is not given, and a burst of null for one without end', () => {
    const { jobs } = readWorkload('{"jobs": [{"name": "A", "burst": null, "io": null, "priority": null}]}', 'x.json')
    assert.deepEqual(jobs, [{ name: 'A', bursts: [{ cpu: Infinity }] }])
  })

  it('reads 100,000 jobs without looking for their places', () => {
    const many = Array.from({ length: 100_000 }, (_, index) => `{"name": "J${index}", "burst": 1}`)
    assert.equal(readWorkload(`[${many.join(',\n')}]`, 'x.json').jobs.length, 100_000)
    assert.match(problem(`[${[...many, many[7]].join(',\n')}]`, 'x.json'), /^100001:10 name$/)
  })
})

describe('the Standard Workload Format', () => {
  const log = `; Version: 2.2
; Computer: Test
; MaxProcs: 128
   1   0  10  100   4 -1 -1   8  200 -1 1  3 1  7 2 -1 -1 -1
   2   5  -1   -1   4 -1 -1   8  200 -1 5  3 1  7 2 -1 -1 -1

   3   9   0   50   2 -1 -1  -1   -1 -1 1 -1 1 -1 -1 -1 -1 -1
`
  it('reads jobs as wide as they asked, with users, queues and limits', () => {
    const { name, jobs, machine, notes } = readWorkload(log, 'test.swf')
    assert.equal(name, 'Test')
    assert.deepEqual(machine, { cpus: 128 })
    assert.deepEqual(notes, ['1 jobs are left out that never ran.'])
    assert.deepEqual(jobs, [
      {
        name: '1',
        arrival: 0,
        bursts: [{ cpu: 100 }],
        width: 8,
        limit: 200,
        owner: 'user 3',
        queue: 'queue 2',
        key: 'program 7',
      },
      { name: '3', arrival: 9, bursts: [{ cpu: 50 }], width: 2 },
    ])
  })

  it('says where: too few numbers, no number, a job twice', () => {
    assert.equal(problem('1 0 10\n', 'x.swf'), '1:1 a job')
    const line = '1 0 10 x 4 -1 -1 8 200 -1 1 3 1 7 2 -1 -1 -1'
    assert.equal(problem(`;\n${line}\n`, 'x.swf'), '2:8 run time')
    const good = line.replace('x', '5')
    assert.equal(problem(`${good}\n${good}\n`, 'x.swf'), '2:1 name')
  })
})

describe('bounds', () => {
  it('stop a table as soon as it has too many jobs, in the middle of the file', () => {
    const reader = workloadReader('big.csv', { jobs: 1_000 })
    reader.push('name,burst\n')
    let line = 0
    const push = (): void => {
      for (; line < 10_000_000; line++) reader.push(`J${line},1\n`)
    }
    assert.throws(push, {
      code: 'WORKLOAD_TOO_LARGE',
      detail: { file: 'big.csv', line: 1_002, what: 'jobs', limit: 1_000 },
    })
    assert.equal(line, 1_000)
  })

  it('stop logs, documents and generated workloads too', () => {
    const job = (id: number): string => `${id} 0 10 5 4 -1 -1 8 200 -1 1 3 1 7 2 -1 -1 -1\n`
    assert.throws(() => readWorkload(job(1) + job(2), 'x.swf', { jobs: 1 }), { code: 'WORKLOAD_TOO_LARGE' })
    const two = '{"jobs": [{"name": "A", "burst": 1}, {"name": "B", "burst": 1}]}'
    assert.throws(() => readWorkload(two, 'x.json', { jobs: 1 }), { code: 'WORKLOAD_TOO_LARGE' })
    assert.throws(() => readWorkload(two, 'x.json', { characters: 10 }), { code: 'WORKLOAD_TOO_LARGE' })
    const many = '[generate]\njobs = 10_000_000\nservice = "exponential"\nmean = 1\n'
    assert.throws(() => readWorkload(many, 'x.toml'), { code: 'WORKLOAD_INVALID' })
  })

  it('stop a line without end, and a quote without end', () => {
    const line = workloadReader('x.csv', { characters: 1_000 })
    assert.throws(
      () => {
        for (let count = 0; count < 10_000; count++) line.push('name,burst')
      },
      { code: 'WORKLOAD_TOO_LARGE' },
    )
    const quote = workloadReader('x.csv', { characters: 1_000 })
    quote.push('name,burst\n"')
    assert.throws(
      () => {
        for (let count = 0; count < 10_000; count++) quote.push('a\n')
      },
      { code: 'WORKLOAD_TOO_LARGE' },
    )
  })

  it('refuse limits that make no sense', () => {
    assert.throws(() => readWorkload('', 'x.csv', { jobs: 0 }), { code: 'OPTION_INVALID' })
  })
})
