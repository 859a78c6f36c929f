/** Policies against textbooks' and course programs' answers, on the plain driver of this folder. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  hrrn,
  lottery,
  mlfq,
  priority,
  rr,
  srtf,
  stride,
  type MlfqOptions,
  type Policy,
  type TieRule,
} from '#lanework/schedule/index.js'
import { drive, merged, withIo, work, type Run, type Work } from './driver.js'

interface CaseJob {
  readonly name: string
  readonly arrival: number
  readonly burst: number | null
  readonly priority?: number
  readonly tickets?: number
  readonly io?: { readonly every?: number; readonly length?: number }
}

interface Case {
  readonly name: string
  readonly kind: string
  readonly policy: string
  readonly quantum: number | number[]
  readonly jobs: readonly CaseJob[]
  readonly params?: {
    readonly queues: number
    readonly allotments: number[]
    readonly boost: number
    readonly stay: boolean
    readonly iobump: boolean
  }
  readonly tie?: string
  readonly randoms?: number[]
  readonly expected: {
    readonly jobs?: Record<string, { finish?: number; turnaround?: number; response?: number }>
    readonly finish?: Record<string, number>
    readonly slots?: Record<string, number[]>
    readonly winners?: number[]
    readonly order?: string[]
    readonly finalPass?: Record<string, number>
    readonly strides?: Record<string, number>
    readonly firstSwitches?: [string, number, number, number][]
  }
}

const { cases } = JSON.parse(readFileSync('test/fixtures/schedule/cases.json', 'utf8')) as { cases: Case[] }
const cpuCases = cases.filter(({ kind }) => kind === 'cpu')

function worksOf({ jobs }: Case): Work[] {
  return jobs.map(({ name, arrival, burst, io, ...about }) => {
    const cpu = burst ?? 1e6
    return work(name, arrival, io?.every === undefined ? cpu : withIo(cpu, io.every, io.length ?? 0), about)
  })
}

function check(one: Case, run: Run): void {
  const { jobs, slots } = one.expected
  for (const [name, { finish, turnaround, response }] of Object.entries(jobs ?? {})) {
    const arrival = one.jobs.find((job) => job.name === name)?.arrival ?? NaN
    const ended = run.finish[name] ?? NaN
    if (finish !== undefined) assert.ok(Math.abs(ended - finish) < 0.01, `${name} finished at ${ended}, not ${finish}`)
    if (turnaround !== undefined)
      assert.ok(Math.abs(ended - arrival - turnaround) < 0.01, `${name} took ${ended - arrival}, not ${turnaround}`)
    const first = run.spans.find((span) => span.name === name)?.from ?? NaN
    if (response !== undefined)
      assert.ok(
        Math.abs(first - arrival - response) < 0.01,
        `${name} answered after ${first - arrival}, not ${response}`,
      )
  }
  for (const [name, expected] of Object.entries(slots ?? {})) {
    const own = run.spans.filter((span) => span.name === name)
    assert.deepEqual(
      own.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, step) => from + step)),
      expected,
      `slots of ${name}`,
    )
  }
}

function each(policy: string, claim: (one: Case) => void): void {
  const chosen = cpuCases.filter((one) => one.policy === policy)
  it(`there are cases for ${policy}`, () => assert.ok(chosen.length > 0))
  for (const one of chosen) it(one.name, () => claim(one))
}

const slice = (one: Case): number => (Array.isArray(one.quantum) ? (one.quantum[0] ?? NaN) : one.quantum)
const horizonOf = (one: Case): { horizon?: number } => {
  const last = Object.values(one.expected.slots ?? {}).flat()
  return one.jobs.some(({ burst }) => burst === null) ? { horizon: Math.max(...last) + 1 } : {}
}

describe('round robin', () => {
  each('RR', (one) => check(one, drive(rr({ quantum: slice(one) }), worksOf(one))))
})

describe('shortest remaining time first', () => {
  each('SRTF', (one) => {
    const ties: TieRule = one.tie?.startsWith('shorter original') === true ? 'burst' : 'arrival'
    check(one, drive(srtf({ ties }), worksOf(one)))
  })

  it('differs at a tie when the earlier arrival goes first', () => {
    const one = cpuCases.find(({ name }) => name === 'boonsuen-srtf-2-tie')
    assert.ok(one)
    const { finish } = drive(srtf(), worksOf(one))
    assert.deepEqual(finish, { A: 12, B: 7, C: 17, D: 5 })
  })
})

describe('highest response ratio next', () => {
  each('HRRN', (one) => check(one, drive(hrrn(), worksOf(one))))
})

describe('priority', () => {
  each('PRIO', (one) => check(one, drive(priority({ order: 'high-first' }), worksOf(one))))
  each('AGING', (one) => {
    const policy: Policy<Work> = priority({ order: 'high-first', preemptive: true, ageing: 1, quantum: 1 })
    check(one, drive(policy, worksOf(one), horizonOf(one)))
  })
})

describe('multilevel feedback queue', () => {
  each('MLFQ', (one) => {
    const { allotments, boost, stay, iobump } = one.params ?? {}
    const quanta = one.quantum as number[]
    const options: MlfqOptions = {
      quanta,
      allotments: allotments ?? [],
      boost: boost ?? 0,
      io: stay === true ? 'reset' : 'keep',
      returns: iobump === true ? 'head' : 'tail',
    }
    const run = drive(mlfq(options), worksOf(one), { tie: 'expired-first' })
    check(one, run)
    const expected = one.expected.firstSwitches ?? []
    const told = merged(run.spans)
      .map(({ name, from, to, level = 0 }) => [name, from, to, quanta.length - 1 - level])
      .slice(0, expected.length - 1)
    assert.deepEqual(told, expected.slice(0, told.length))
  })
})

describe('lottery', () => {
  each('LOTTERY', (one) => {
    const { randoms = [], quantum } = one
    let drawn = 0
    // Half a step higher, so that the program's integer comes out again.
    const random = (): number => ((randoms[drawn++] ?? NaN) + 0.5) / 1_000_001
    const policy = lottery<Work>({ quantum: quantum as number, draw: 'modulo', random })
    const run = drive(policy, worksOf(one))
    assert.deepEqual(run.finish, one.expected.finish)
    const winners = run.spans.flatMap(({ name, from, to }) =>
      Array.from({ length: (to - from) / (quantum as number) }, () => Number(name.slice(3))),
    )
    assert.deepEqual(winners, one.expected.winners)
  })

  it('draws the numbers of the program from its seed', () => {
    const one = cpuCases.find(({ name }) => name === 'ostep-lottery-imbalance')
    assert.ok(one)
    const run = drive(lottery<Work>({ seed: 0, draw: 'modulo' }), worksOf(one))
    assert.deepEqual(run.finish, one.expected.finish)
    const seven = cpuCases.find(({ name }) => name === 'ostep-lottery-q2')
    assert.ok(seven)
    assert.deepEqual(
      drive(lottery<Work>({ seed: 7, quantum: 2, draw: 'modulo' }), worksOf(seven)).finish,
      seven.expected.finish,
    )
  })
})

describe('stride', () => {
  each('STRIDE', (one) => {
    const policy = stride<Work>({ quantum: 1 })
    const works = worksOf(one)
    const { order = [], finalPass = {}, strides = {} } = one.expected
    const run = drive(policy, works, { horizon: order.length })
    const last = works.find(({ name }) => name === order.at(-1))
    assert.ok(last)
    // The driver stopped within the last slice; its end is charged here.
    policy.expire?.(last, 1, order.length)
    assert.deepEqual(
      run.spans.map(({ name }) => name),
      order,
    )
    for (const job of works) {
      assert.equal(policy.strideOf(job), strides[job.name])
      assert.equal(policy.passOf(job), finalPass[job.name])
    }
  })
})
