/** Requests become plans, dependencies are checked, and policies get slices that programs can keep. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  checkDependencies,
  durationMs,
  planOf,
  plansOf,
  policyFor,
  settledChoice,
  sizeBytes,
  type JobPlan,
  type JobRequest,
} from '#lanework/batch/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { policyTable } from '#lanework/schedule/index.js'

const context = { cwd: '/home', env: { PATH: '/bin' }, taken: () => false, place: 'job 3 (build)' }
const plan = (request: object, taken: (name: string) => boolean = () => false): JobPlan =>
  planOf(request as JobRequest, { ...context, taken })

describe('a plan', () => {
  it('has everything filled in', () => {
    assert.deepEqual(plan({ argv: ['/usr/bin/make', '-j2', 'all'], cwd: 'src', memoryLimitBytes: 1_000 }), {
      argv: ['/usr/bin/make', '-j2', 'all'],
      name: 'make',
      key: 'make all',
      cwd: '/home/src',
      env: { PATH: '/bin' },
      priority: 0,
      tickets: 1,
      owner: 'user',
      after: [],
      delayMs: 0,
      width: 1,
      memoryBytes: 1_000,
      memoryLimitBytes: 1_000,
      resources: {},
      graceMs: 5_000,
      retries: 0,
      backoff: { firstMs: 1_000, maxMs: 60_000 },
      sliced: true,
      logs: { bytes: 10_485_760, keep: 1 },
    })
  })

  it('is on the account of its group, and is a plan already where it is planned again', () => {
    const first = plan({ argv: ['a'], group: 'lab' })
    assert.equal(first.owner, 'lab')
    assert.deepEqual(plan(first), first)
  })

  it('is named after its command: the first word that is no assignment, for a shell', () => {
    const nameAndKey = (...argv: string[]): string[] => [plan({ argv }).name, plan({ argv }).key]
    assert.deepEqual(nameAndKey('sh', '-c', 'MODE=fast /bin/gzip -9 a.log'), ['gzip', 'gzip a.log'])
    assert.deepEqual(nameAndKey('python3', '-u', 'train.py'), ['python3', 'python3 train.py'])
    assert.deepEqual(nameAndKey('sh', '-c', ' '), ['sh', 'sh'])
    assert.deepEqual(nameAndKey('sh', '-c', 'i=0; while :; do :; done'), ['sh', 'i=0; while :; do :; done'])
    assert.deepEqual(nameAndKey('sh', '-c', 'gzip a.log; sort b'), ['gzip', 'gzip a.log; sort b'])
    assert.deepEqual(nameAndKey('sh', '-c', 'while :; do :; done')[0], 'sh')
    const long = (end: string): string => plan({ argv: ['sh', '-c', `true; ${'x'.repeat(500)}${end}`] }).key
    assert.ok(long('a').length <= 200 && long('a') !== long('b') && long('a') === long('a'))
    assert.deepEqual(nameAndKey('/opt/7'), ['job-7', '7'])
    assert.deepEqual(nameAndKey('sh', 'x.sh'), ['sh', 'sh x.sh'])
  })

  it('has a number behind its name where that is taken, of 10,000 too', () => {
    const plans = plansOf(
      Array.from({ length: 10_000 }, () => ({ argv: ['sleep', '1'] })),
      context,
    )
    const names = new Set(plans.map(({ name }) => name))
    assert.equal(names.size, 10_000)
    assert.deepEqual([plans[0]?.name, plans[1]?.name], ['sleep', 'sleep-2'])
    // A made-up name gives way to one that somebody chose, even further below.
    const [made, chosen] = plansOf([{ argv: ['make'] }, { argv: ['x'], name: 'make' }], context)
    assert.deepEqual([made?.name, chosen?.name], ['make-2', 'make'])
  })

  const bad: [request: unknown, field: string, rule: RegExp][] = [
    [undefined, 'a job', /an object with command, argv, name/],
    [[], 'a job', /an object/],
    [{}, 'command or argv', /a list of a program/],
    [{ argv: [] }, 'argv', /a list/],
    [{ argv: [''] }, 'argv', /a list/],
    [{ argv: ['a', 1] }, 'argv', /a list/],
    [{ argv: ['a\0b'] }, 'argv', /without NUL/],
    [{ argv: ['x'.repeat(131_072)] }, 'argv', /shorter than 131072 bytes/],
    [{ argv: ['é'.repeat(65_536)] }, 'argv', /shorter than 131072 bytes/],
    [{ argv: ['a'], command: 'b' }, 'command', /without argv/],
    [{ argv: ['a'], name: '12' }, 'name', /not only digits/],
    [{ argv: ['a'], name: 'a\u001bb' }, 'name', /without control characters/],
    [{ argv: ['a'], memroy: 1 }, '"memroy"', /did you mean memory\?/],
    [{ argv: ['a'], ['__proto__x']: 1 }, '"__proto__x"', /one of/],
    [{ argv: ['a'], memory: '12 potatoes' }, 'memory', /a size/],
    [{ argv: ['a'], memory: -1 }, 'memory', /a size/],
    [{ argv: ['a'], memory: 1, memoryBytes: 2 }, 'memoryBytes', /given once/],
    [{ argv: ['a'], timeLimit: 0 }, 'timeLimit', /above 0/],
    [{ argv: ['a'], delayMs: 'soon' }, 'delayMs', /a duration/],
    [{ argv: ['a'], delayMs: 2 ** 31 }, 'delayMs', /at most 24 days/],
    [{ argv: ['a'], nice: 20 }, 'nice', /-20 to 19/],
    [{ argv: ['a'], priority: NaN }, 'priority', /a number/],
    [{ argv: ['a'], width: 0 }, 'width', /1 to 1024/],
    [{ argv: ['a'], width: 2, affinity: [1] }, 'affinity', /at least 2 CPUs/],
    [{ argv: ['a'], affinity: [1, 1] }, 'affinity', /different/],
    [{ argv: ['a'], retries: 1.5 }, 'retries', /an integer/],
    [{ argv: ['a'], backoff: { firstMs: 10, maxMs: 1 } }, 'backoff', /a duration/],
    [{ argv: ['a'], resources: { gpu: 0 } }, 'resources', /above 0/],
    [{ argv: ['a'], resources: [1] }, 'resources', /by name/],
    [{ argv: ['a'], env: { 'A=B': 'c' } }, 'env', /texts by name/],
    [{ argv: ['a'], env: { A: 'c\0' } }, 'env', /without NUL/],
    [{ argv: ['a'], after: ['x', ''] }, 'after', /names of jobs/],
    [{ argv: ['a'], after: [{ job: 'x', on: 'never' }] }, 'after', /names of jobs/],
    [{ argv: ['a'], logs: 10 }, 'logs', /a size/],
    [{ argv: ['a'], sliced: 'no' }, 'sliced', /true or false/],
    [{ argv: ['a'], cwd: '' }, 'cwd', /a folder/],
  ]
  for (const [request, field, rule] of bad)
    it(`is not made of ${JSON.stringify(request)?.slice(0, 60)}: JOB_INVALID`, () => {
      assert.throws(
        () => plan(request as object),
        (error) => {
          assert.ok(isLaneworkError(error, 'JOB_INVALID'), String(error))
          assert.deepEqual([error.detail.place, error.detail.field], ['job 3 (build)', field])
          assert.match(error.detail.rule, rule)
          return true
        },
      )
    })

  it('is not made for a name that is taken', () => {
    assert.throws(() => plan({ argv: ['a'], name: 'b' }, (name) => name === 'b'), { code: 'JOB_INVALID' })
  })
})

describe('dependencies', () => {
  const jobs = (after: Record<string, string[]>): JobPlan[] =>
    Object.entries(after).map(([name, names]) => plan({ argv: ['x'], name, after: names }))
  const known = (job: string): boolean => job === '7' || job === 'old'

  it('may name jobs of the same submission in any order, and those that are known', () => {
    checkDependencies(jobs({ a: ['b', 'old:fail'], b: ['7:any'], c: ['a', 'b'] }), known)
  })

  it('on unknown jobs are refused, with the nearest name: DEPENDENCY_UNKNOWN', () => {
    assert.throws(() => checkDependencies(jobs({ build: [], test: ['biuld'] }), known), {
      code: 'DEPENDENCY_UNKNOWN',
      message: /"test" waits for "biuld".*did you mean build/,
    })
    const names = (): string[] => ['compile', 'old']
    assert.throws(() => checkDependencies(jobs({ build: [], test: ['compiel'] }), known, undefined, names), {
      message: /known are build, compile, old \(did you mean compile\?\)/,
    })
    assert.throws(() => checkDependencies(jobs({ a: ['b'] }), known), { message: /known are none\./ })
    assert.throws(() => checkDependencies(jobs({ a: ['b'] }), known, () => 'jobs.toml:4'), {
      message: /^jobs\.toml:4: Job/,
    })
  })

  it('in a circle are refused, with the way around: DEPENDENCY_CYCLE', () => {
    const circle = (names: Record<string, string[]>): (() => void) => {
      return () => checkDependencies(jobs(names), known)
    }
    assert.throws(circle({ a: ['a'] }), { code: 'DEPENDENCY_CYCLE', message: /a -> a/ })
    assert.throws(circle({ z: ['a'], a: ['b'], b: ['c', 'old'], c: ['a'] }), { message: /circle: a -> b -> c -> a/ })
  })

  it('may form a chain of 10,000', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `j${index}`)
    const chain = names.map((name, index) => plan({ argv: ['x'], name, after: index === 0 ? [] : [`j${index - 1}`] }))
    checkDependencies(chain, known)
    checkDependencies(chain.toReversed(), known)
    const [first, ...rest] = chain as [JobPlan, ...JobPlan[]]
    assert.throws(() => checkDependencies([{ ...first, after: [{ job: 'j9999', on: 'ok' }] }, ...rest], known), {
      code: 'DEPENDENCY_CYCLE',
    })
  })
})

describe('a policy for programs', () => {
  it('has slices of 100 ms where nobody gives any', () => {
    const quantumOf = (name: string, options = {}): number | undefined => {
      const policy = policyFor({ name, options })
      const job = { place: -1 }
      policy.arrive?.(job, 0)
      policy.ready(job, 0)
      policy.pick(0)
      return policy.quantum?.(job, 0)
    }
    for (const name of ['rr', 'mlfq', 'lottery', 'stride', 'eevdf']) assert.equal(quantumOf(name), 100, name)
    assert.equal(quantumOf('round-robin', { quantum: 10 }), 10)
    assert.equal(quantumOf('mlfq', { quanta: '20/40' }), 20)
    for (const { name } of policyTable) {
      const quantum = quantumOf(name)
      assert.ok(quantum === undefined || quantum >= 10, `${name}: ${quantum}`)
    }
  })

  it('says all that matters for times, so that the simulator can have the same', () => {
    assert.deepEqual(settledChoice({ name: 'fifo' }), { name: 'fcfs', options: {} })
    assert.deepEqual(settledChoice({ name: 'RR' }), { name: 'rr', options: { quantum: 100 } })
    assert.deepEqual(settledChoice({ name: 'fair-share', options: { within: 'rr' } }).options, {
      within: { policy: 'rr', quantum: 100 },
    })
    const again = settledChoice({ name: 'mlq' })
    assert.deepEqual(settledChoice(again), again)
  })

  const tooShort: [string, object][] = [
    ['rr', { quantum: 9 }],
    ['mlfq', { quanta: [5, 10] }],
    ['mlfq', { quantum: 20, growth: 0.5 }],
    ['eevdf', { slice: 1 }],
    ['fair', { minGranularity: 1 }],
    ['fair-share', { within: { policy: 'rr', quantum: 2 } }],
    ['mlq', { queues: [{ name: 'a', policy: { policy: 'rr', quantum: 2 } }] }],
  ]
  for (const [name, options] of tooShort)
    it(`refuses slices below 10 ms: ${name} ${JSON.stringify(options)}`, () => {
      assert.throws(() => policyFor({ name, options: options as Record<string, unknown> }), {
        code: 'OPTION_INVALID',
        message: /10 ms or more/,
      })
    })

  it('refuses names and options that there are not', () => {
    assert.throws(() => policyFor({ name: 'rrr' }), { code: 'OPTION_INVALID', message: /nearest: rr/ })
    assert.throws(() => policyFor({ name: 'rr', options: { quantm: 50 } }), { message: /did you mean quantum/ })
  })
})

describe('amounts', () => {
  it('are read as people write them', () => {
    const durations: [unknown, number | undefined][] = [
      ['90s', 90_000],
      ['1h30m', 5_400_000],
      ['1h 30min', 5_400_000],
      ['250ms', 250],
      ['1.5s', 1_500],
      ['2d', 172_800_000],
      ['12', 12],
      [0, 0],
      ['', undefined],
      ['90', 90],
      ['90 s', 90_000],
      ['s', undefined],
      ['-1s', undefined],
      ['1y', undefined],
      ['1s!', undefined],
      ['30d', undefined],
      [Infinity, undefined],
      [null, undefined],
    ]
    for (const [text, ms] of durations) assert.equal(durationMs(text), ms, String(text))
    const sizes: [unknown, number | undefined][] = [
      ['512MiB', 536_870_912],
      ['2G', 2_147_483_648],
      ['1.5 GB', 1_500_000_000],
      ['10k', 10_240],
      ['7', 7],
      [7, 7],
      [1.5, undefined],
      ['9999999T', undefined],
      ['1XB', undefined],
      ['-1', undefined],
      ['', undefined],
    ]
    for (const [text, bytes] of sizes) assert.equal(sizeBytes(text), bytes, String(text))
  })
})
