/** When jobs will end: exact where lengths are, wide where they are not, and right nine times of ten. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { forecast, History, type ForecastSettings, type JobStatus } from '#lanework/batch/index.js'
import { integerBelow, policyByName, randomStream, simulate, type Uniform } from '#lanework/schedule/index.js'
import { folder } from '../../support/folder.ts'
import { statusOf, timesOf, type Given } from './recorded.ts'

const now = 2_000_000
const settings: ForecastSettings = { cpus: [0], policy: { name: 'fcfs' } }
const waits = { state: 'ready', attempt: 0, submittedAt: now } as const

function historyOf(runs: Readonly<Record<string, readonly number[]>>): History {
  const history = History.open(mkdtempSync(join(folder, 'forecast-')))
  for (const [key, list] of Object.entries(runs)) for (const cpu of list) history.learn(key, cpu, cpu, 0)
  return history
}

function ready(id: number, key: string, rest: Partial<Given> = {}): JobStatus {
  return statusOf({ id, ...waits, ...rest, request: { key, ...rest.request } })
}

const same = (length: number, runs = 30): number[] => Array.from({ length: runs }, () => length)
const within = (got: number | undefined, low: number, high: number): void =>
  assert.ok(got !== undefined && got >= low && got <= high, `${got} is not from ${low} to ${high}`)

describe('forecast', () => {
  it('is where the lengths of the queue say, in its order', () => {
    const history = historyOf({ a: same(1_000), b: same(3_000) })
    const found = forecast([ready(1, 'b'), ready(2, 'a')], settings, history, now)
    within((found.get(1)?.likely ?? 0) - now, 2_900, 3_100)
    within((found.get(2)?.likely ?? 0) - now, 3_900, 4_100)
    const { low = 0, likely = 0, high = 0 } = found.get(2) ?? {}
    assert.ok(low < likely && likely < high && high - low < 1_500, `${low} ${likely} ${high}`)
  })

  it('follows the policy and the CPUs', () => {
    const history = historyOf({ a: same(1_000), b: same(3_000) })
    const jobs = [ready(1, 'b'), ready(2, 'a')]
    const shortest = forecast(jobs, { ...settings, policy: { name: 'sjf' } }, history, now)
    within((shortest.get(2)?.likely ?? 0) - now, 950, 1_050)
    const turns = forecast(jobs, { ...settings, policy: { name: 'rr', options: { quantum: 100 } } }, history, now)
    within((turns.get(2)?.likely ?? 0) - now, 1_800, 2_200)
    const two = forecast(jobs, { ...settings, cpus: [2, 5] }, history, now)
    within((two.get(1)?.likely ?? 0) - now, 2_900, 3_100)
    within((two.get(2)?.likely ?? 0) - now, 950, 1_050)
  })

  it('takes off what a job has had, and counts from now for one that goes on beyond all runs before', () => {
    const history = historyOf({ a: same(1_000) })
    const running = { state: 'running', attempt: 1, startedAt: now - 800, cpus: [0] } as const
    const half = forecast([ready(1, 'a', { ...running, times: timesOf({ running: 600 }) })], settings, history, now)
    within((half.get(1)?.likely ?? 0) - now, 300, 500)
    const over = forecast([ready(1, 'a', { ...running, times: timesOf({ running: 9_000 }) })], settings, history, now)
    const { low = 0, likely = 0, high = 0 } = over.get(1) ?? {}
    assert.ok(low >= now && likely > now + 100 && high > likely, `${low} ${likely} ${high}`)
  })

  it('puts those that run in front of those that came before them', () => {
    const history = historyOf({ a: same(1_000) })
    const jobs = [ready(1, 'a'), ready(2, 'a', { state: 'running', attempt: 1, cpus: [0] })]
    const found = forecast(jobs, settings, history, now)
    within((found.get(2)?.likely ?? 0) - now, 950, 1_050)
    within((found.get(1)?.likely ?? 0) - now, 1_900, 2_100)
  })

  it('gives none for a command that nobody knows, and for those behind it', () => {
    const history = historyOf({ a: same(1_000) })
    const found = forecast([ready(1, 'a'), ready(2, '?'), ready(3, 'a')], settings, history, now)
    assert.deepEqual([...found.keys()], [1])
    within((found.get(1)?.high ?? 0) - now, 1_000, 1_400)
  })

  it('gives a wide one to those that share the CPU with a command that nobody knows', () => {
    const history = historyOf({ a: same(1_000) })
    const turns = { ...settings, policy: { name: 'rr', options: { quantum: 10 } } }
    const found = forecast([ready(1, 'a'), ready(2, '?')], turns, history, now)
    assert.deepEqual([...found.keys()], [1])
    within((found.get(1)?.low ?? 0) - now, 900, 1_050)
    within((found.get(1)?.high ?? 0) - now, 1_900, 2_200)
  })

  it('believes a declared burst', () => {
    const found = forecast([ready(1, '?', { request: { burst: 500 } })], settings, historyOf({}), now)
    within((found.get(1)?.likely ?? 0) - now, 420, 580)
    const known = forecast([ready(1, 'a', { request: { burst: 500 } })], settings, historyOf({ a: same(9_000) }), now)
    within((known.get(1)?.high ?? 0) - now, 500, 600)
  })

  it('waits for other jobs, and leaves out those that will be skipped', () => {
    const history = historyOf({ a: same(1_000) })
    const after = (job: string, on: 'ok' | 'fail' | 'any'): Partial<Given> => ({
      state: 'waiting',
      request: { after: [{ job, on }] },
    })
    const jobs = [
      ready(1, 'a', { name: 'first' }),
      ready(2, 'a', after('first', 'ok')),
      ready(3, 'a', after('1', 'fail')),
      ready(4, 'a', after('2', 'any')),
      statusOf({ id: 5, name: 'done', outcome: 'failed' }),
      ready(6, 'a', after('done', 'ok')),
      ready(7, 'a', after('done', 'fail')),
    ]
    const found = forecast(jobs, { ...settings, cpus: [0, 1, 2, 3] }, history, now)
    const likely = (id: number): number => Math.round(((found.get(id)?.likely ?? 0) - now) / 1_000)
    assert.deepEqual([...found.keys()].toSorted(), [1, 2, 4, 7])
    assert.deepEqual([likely(1), likely(2), likely(4), likely(7)], [1, 2, 3, 1])
  })

  it('waits for memory, resources, slots and the degree, also for those that a paused job holds', () => {
    const history = historyOf({ a: same(1_000) })
    const limited = (limits: Partial<ForecastSettings>, request: Given['request']): number => {
      const jobs = [1, 2].map((id) => ready(id, 'a', { state: 'queued', request }))
      const found = forecast(jobs, { ...settings, cpus: [0, 1], ...limits }, history, now)
      return Math.round(((found.get(2)?.likely ?? 0) - now) / 1_000)
    }
    assert.equal(limited({}, {}), 1)
    assert.equal(limited({ memoryBytes: 100 }, { memoryBytes: 60 }), 2)
    assert.equal(limited({ memoryBytes: 100 }, { memoryBytes: 50 }), 1)
    assert.equal(limited({ resources: { licence: 1 } }, { resources: { licence: 1 } }), 2)
    assert.equal(limited({ slots: { web: 1 } }, { group: 'web' }), 2)
    assert.equal(limited({ degree: 1 }, {}), 2)
    const paused = ready(1, 'a', { state: 'paused', attempt: 1, request: { resources: { licence: 1 } } })
    const behind = ready(2, 'a', { state: 'queued', request: { resources: { licence: 1 } } })
    assert.equal(forecast([paused, behind], { ...settings, resources: { licence: 1 } }, history, now).size, 0)
  })

  it('waits for the delay of a job, and no longer than its time limit', () => {
    const history = historyOf({ a: same(1_000) })
    const late = ready(1, 'a', { state: 'waiting', submittedAt: now - 500, request: { delayMs: 2_500 } })
    within((forecast([late], settings, history, now).get(1)?.likely ?? 0) - now, 2_950, 3_050)
    const limited = ready(2, 'a', { request: { timeLimitMs: 400 } })
    within((forecast([limited], settings, history, now).get(2)?.high ?? 0) - now, 399, 401)
  })

  it('overlaps the waits of one job with the computing of another', () => {
    const history = historyOf({ a: [1_000] })
    for (let run = 0; run < 30; run++) history.learn('io', 100, 1_100, 0, 4)
    const found = forecast([ready(1, 'io'), ready(2, 'io')], settings, history, now)
    within((found.get(2)?.likely ?? 0) - now, 1_000, 1_300)
  })

  it('keeps the waits of a job in as many pieces as they came', () => {
    const history = historyOf({ a: same(1_000) })
    for (let run = 0; run < 30; run++) history.learn('once', 10, 510, 0, 1)
    for (let run = 0; run < 30; run++) history.learn('often', 10, 510, 0, 8)
    for (let run = 0; run < 30; run++) history.learn('last', 10, 510, 0, 0)
    const end = (key: string): number => {
      const found = forecast([ready(1, key), ready(2, 'a'), ready(3, 'a'), ready(4, 'a')], settings, history, now)
      return Math.round(((found.get(1)?.likely ?? 0) - now) / 500)
    }
    // Where nobody gives way, a job that comes back waits behind all that were ready; the last waits come when nobody is left.
    assert.deepEqual([end('last'), end('once'), end('often')], [1, 6, 7])
  })

  it('takes any settings of a job that a batch may hold', () => {
    const history = historyOf({ a: same(100) })
    const request = { width: 4, affinity: [7, 9], deadline: 10, tickets: 3, owner: 'x', queue: 'q', nice: 4 }
    for (const name of ['fcfs', 'rr', 'edf', 'easy', 'stride', 'mlfq', 'fair-share', 'hrrn', 'srtf']) {
      const options = name === 'rr' ? { quantum: 50 } : undefined
      const jobs = [ready(1, 'a', { request }), ready(2, 'a', { request: { affinity: [9] } }), ready(3, 'a')]
      const found = forecast(jobs, { ...settings, cpus: [8, 9], policy: { name, options } }, history, now)
      assert.equal(found.size, 3, name)
    }
  })

  it('moves because something happened, and not by chance', () => {
    const history = historyOf({ a: [500, 900, 1_400, 700] })
    const jobs = [ready(1, 'a'), ready(2, 'a')]
    assert.deepEqual(forecast(jobs, settings, history, now), forecast(jobs, settings, history, now))
    const more = forecast([...jobs, ready(3, 'a')], settings, history, now)
    assert.deepEqual(more.get(1), forecast(jobs, settings, history, now).get(1))
  })

  it('draws less where the queue is long, and gives nothing up', () => {
    const history = historyOf({ a: [40, 50, 60] })
    const many = Array.from({ length: 2_000 }, (_, index) => ready(index + 1, 'a'))
    const found = forecast(many, settings, history, now)
    assert.equal(found.size, 2_000)
    const { low = 0, likely = 0, high = 0 } = found.get(2_000) ?? {}
    within(likely - now, 80_000, 120_000)
    assert.ok(low < likely && likely < high)
    const slices = { ...settings, policy: { name: 'rr', options: { quantum: 10 } }, events: 1_000 }
    assert.equal(forecast(many, slices, history, now).size, 0)
    const none = { ...settings, policy: { name: 'first' } }
    assert.throws(() => forecast(many, none, history, now), { code: 'OPTION_INVALID' })
  })

  it('is right for about nine of ten jobs, of commands that vary little and much, known well and badly', () => {
    const next = randomStream(11, 'calibration')
    let [inside, below, all] = [0, 0, 0]
    for (let round = 0; round < 250; round++) {
      const trial = trialOf(next)
      const found = forecast(trial.statuses, trial.settings, trial.history, now)
      for (const [id, end] of trial.ends) {
        const { low = Infinity, high = -Infinity } = found.get(id) ?? {}
        all++
        if (end < low) below++
        if (end >= low && end <= high) inside++
      }
    }
    within(inside / all, 0.85, 0.95)
    within(below / all, 0.02, 0.09)
  })
})

interface Trial {
  readonly statuses: readonly JobStatus[]
  readonly settings: ForecastSettings
  readonly history: History
  readonly ends: ReadonlyMap<number, number>
}

/** Commands whose runs are lognormal, a few jobs of each, some under way; and how these then went. */
function trialOf(next: Uniform): Trial {
  const keys = Array.from({ length: 3 }, (_, index) => ({
    key: `k${index}`,
    median: 200 * 10 ** next(),
    spread: 0.05 + 0.6 * next(),
    runs: 2 + integerBelow(next, 30),
  }))
  const draw = ({ median, spread }: { median: number; spread: number }): number =>
    median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()))
  const history = historyOf(
    Object.fromEntries(keys.map((one) => [one.key, Array.from({ length: one.runs }, () => draw(one))])),
  )
  const jobs = Array.from({ length: 2 + integerBelow(next, 7) }, (_, index) => {
    const key = keys[integerBelow(next, keys.length)] as (typeof keys)[number]
    const length = draw(key)
    const used = index === 0 ? next() * length : 0
    return { id: index + 1, key, length, used }
  })
  const options = { name: 'rr', options: { quantum: 20 } }
  const policies = [{ name: 'fcfs' }, options, { name: 'mlfq', options: { quantum: 20 } }]
  const policy = policies[integerBelow(next, policies.length)] as { name: string }
  const { name, options: given = {} } = policy as typeof options
  const truth = simulate(
    jobs.map(({ id, length, used }) => ({ name: String(id), bursts: [{ cpu: length - used }] })),
    { policy: policyByName(name, given), cpus: 2 },
  )
  return {
    history,
    settings: { cpus: [0, 1], policy },
    statuses: jobs.map(({ id, key, used }) =>
      used > 0
        ? ready(id, key.key, { state: 'running', attempt: 1, startedAt: now - used, times: timesOf({ running: used }) })
        : ready(id, key.key),
    ),
    ends: new Map(truth.jobs.map((job) => [Number(job.name), now + (job.finish ?? Infinity)])),
  }
}
