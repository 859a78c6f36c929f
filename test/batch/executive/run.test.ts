/** A batch in this process: jobs come in, run under the policy, and end; everybody is told. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it, mock } from 'node:test'

import {
  connectBatch,
  openBatch,
  runBatch,
  type BatchEvent,
  type JobRequest,
  type JobStatus,
} from '#lanework/batch/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { batchFolder, membersOf } from '../../support/batch.ts'
import { endBatches, endOf, runAll, shell, testBatch } from '../../support/batch-running.ts'
import { folder as testFolder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const day = 86_400_000
const ends = (jobs: readonly JobStatus[]): unknown[] =>
  jobs.map(({ name, outcome, exitCode }) => [name, outcome, exitCode])

afterEach(endBatches)
afterEach(() => mock.restoreAll())

describe('a batch', () => {
  it('runs jobs to their ends, each with its own', async () => {
    const batch = await testBatch()
    const jobs = await runAll(batch, [
      shell('echo out; echo err >&2', { name: 'good' }),
      shell('exit 3', { name: 'bad' }),
      shell('kill -9 $$', { name: 'shot' }),
      { argv: ['no-such-program'] },
      shell(':', { name: 'then', after: [{ job: 'good', on: 'ok' }] }),
      shell(':', { name: 'else', after: [{ job: 'bad', on: 'fail' }] }),
      shell(':', { name: 'never', after: [{ job: 'bad', on: 'ok' }] }),
    ])
    assert.deepEqual(ends(jobs), [
      ['good', 'ok', 0],
      ['bad', 'failed', 3],
      ['shot', 'killed', -9],
      ['no-such-program', 'not-started', undefined],
      ['then', 'ok', 0],
      ['else', 'ok', 0],
      ['never', 'skipped', undefined],
    ])
    assert.equal(jobs[2]?.signal, 'SIGKILL')
    const { stdout = '', stderr = '' } = jobs[0]?.logs ?? {}
    assert.deepEqual([readFileSync(stdout, 'utf8'), readFileSync(stderr, 'utf8')], ['out\n', 'err\n'])
  })
  it('runs a thousand jobs, and knows all of them', async () => {
    const batch = await testBatch({ policy: { name: 'fcfs' } })
    const added = await batch.add(Array.from({ length: 1_000 }, (_, n) => ({ argv: ['true'], name: `n${n}`, env: {} })))
    assert.deepEqual(
      added.map(({ id }) => id),
      Array.from({ length: 1_000 }, (_, n) => n + 1),
    )
    const jobs = await batch.wait({ all: true }, { signal: AbortSignal.timeout(60_000) })
    assert.equal(jobs.length + (await batch.jobs()).length - 1_000, jobs.length)
    const all = await batch.jobs()
    assert.deepEqual(
      all.filter(({ outcome }) => outcome !== 'ok').map(({ name, why }) => `${name}: ${why}`),
      [],
    )
  })
  it('stops and continues jobs in slices, all of which come to their end', async () => {
    const batch = await testBatch({ cpus: [0], policy: { name: 'rr', options: { quantum: 10 } } })
    const loop = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'
    const jobs = await runAll(batch, [shell(loop), shell(loop)])
    assert.deepEqual(
      jobs.map(({ outcome }) => outcome),
      ['ok', 'ok'],
    )
    for (const { dispatches, preemptions, times } of jobs) {
      assert.ok(dispatches > 1 && preemptions > 0, `${dispatches} dispatches, ${preemptions} preemptions`)
      assert.ok(times.ready > 0 && times.running > 0)
    }
    const { steps, cpus, policies } = await batch.record()
    assert.deepEqual(cpus, [0])
    assert.deepEqual(policies, [{ at: 0, choice: { name: 'rr', options: { quantum: 10 } } }])
    const causes = new Set(steps.map(({ cause }) => cause))
    for (const cause of ['submitted', 'admitted', 'dispatched', 'expired', 'ended'] as const)
      assert.ok(causes.has(cause), cause)
    assert.ok(steps.every(({ at }, index) => at >= (steps[index - 1]?.at ?? 0)))
  })
  it('changes its policy while it runs', async () => {
    const batch = await testBatch({ cpus: [0], policy: { name: 'fcfs' } })
    const events: BatchEvent[] = []
    const watching = (async () => {
      for await (const event of batch.watch()) events.push(event)
    })()
    const added = await batch.add([shell('while :; do :; done', { name: 'endless' }), shell(':', { name: 'short' })])
    await until('the first one runs', async () => (await batch.jobs({ jobs: ['endless'] }))[0]?.pid !== undefined)
    assert.equal((await batch.jobs({ jobs: ['short'] }))[0]?.attempt, 0)
    await batch.setPolicy({ name: 'rr', options: { quantum: 20 } })
    assert.equal((await endOf(batch, added.slice(1)))[0]?.outcome, 'ok')
    assert.equal((await batch.status()).policy.name, 'rr')
    const [cancelled] = await batch.act({ kind: 'cancel' }, { jobs: ['endless'] })
    assert.equal(cancelled?.outcome, undefined)
    assert.deepEqual(ends(await endOf(batch, added.slice(0, 1))), [['endless', 'cancelled', -15]])
    await assert.rejects(batch.setPolicy({ name: 'rr', options: { quantum: 9 } }), (error) =>
      isLaneworkError(error, 'OPTION_INVALID'),
    )
    await batch.close()
    await watching
    assert.ok(events.some((event) => event.kind === 'policy' && event.choice.name === 'rr'))
    const last = events.findLast((event) => event.kind === 'job' && event.job.name === 'endless')
    assert.equal(last?.kind === 'job' && last.job.outcome, 'cancelled')
  })
  it('tells who watches of another priority, though no state changes', async () => {
    const batch = await testBatch()
    const told = batch.watch()[Symbol.asyncIterator]()
    await batch.add([shell(':', { name: 'held', held: true })])
    await batch.act({ kind: 'priority', priority: 7 }, { jobs: ['held'] })
    await batch.close()
    const priorities: number[] = []
    for (let next = await told.next(); next.done !== true; next = await told.next())
      if (next.value.kind === 'job') priorities.push(next.value.job.request.priority)
    assert.equal(priorities.at(-1), 7)
  })
  it('does not mind a date that jumps by a day, either way', async () => {
    const batch = await testBatch()
    const { startedAt } = await batch.status()
    const real = Date.now.bind(Date)
    let jump = day
    mock.method(Date, 'now', () => real() + jump)
    const requests = [
      shell(':', { delayMs: 300 }),
      shell('exit 1', { retries: 1, backoff: { firstMs: 100, maxMs: 100 } }),
      shell('sleep 0.4', { timeLimitMs: 20_000 }),
    ]
    const forward = await runAll(batch, requests)
    jump = -day
    const back = await runAll(batch, requests)
    for (const jobs of [forward, back]) {
      assert.deepEqual(
        jobs.map(({ outcome, attempt }) => [outcome, attempt]),
        [
          ['ok', 1],
          ['failed', 2],
          ['ok', 1],
        ],
      )
      for (const { submittedAt, startedAt: begun = 0, endedAt = 0 } of jobs) {
        assert.ok(startedAt <= submittedAt && submittedAt <= begun && begun <= endedAt && endedAt < startedAt + day / 2)
      }
      assert.ok((jobs[0]?.startedAt ?? 0) - (jobs[0]?.submittedAt ?? 0) >= 299)
    }
    assert.ok((forward.at(-1)?.endedAt ?? 0) <= (back[0]?.startedAt ?? 0))
  })
  it('takes all jobs of a submission, or none', async () => {
    const batch = await testBatch({ jobs: 3 })
    const refused = async (code: string, requests: Parameters<typeof batch.add>[0]): Promise<void> => {
      await assert.rejects(batch.add(requests), (error) => isLaneworkError(error) && error.code === code)
      assert.deepEqual(await batch.jobs(), [])
    }
    await refused('JOB_INVALID', [shell(':'), { argv: [] }])
    await refused('DEPENDENCY_UNKNOWN', [shell(':'), shell(':', { after: [{ job: 'nobody', on: 'ok' }] })])
    await refused('DEPENDENCY_CYCLE', [
      shell(':', { name: 'a', after: [{ job: 'b', on: 'ok' }] }),
      shell(':', { name: 'b', after: [{ job: 'a', on: 'ok' }] }),
    ])
    await refused('JOB_IMPOSSIBLE', [shell(':'), shell(':', { resources: { licence: 1 } })])
    await refused('BATCH_FULL', [shell(':'), shell(':'), shell(':'), shell(':')])
    const [job] = await batch.add([shell(':')])
    assert.equal(job?.id, 1)
    assert.deepEqual(await batch.add([]), [])
  })
  it('forgets those that ended first when it knows too many, and those that it is told to', async () => {
    const batch = await testBatch({ jobs: 5 })
    for (let round = 0; round < 4; round++) await runAll(batch, [shell(':'), shell(':')])
    assert.deepEqual(
      (await batch.jobs()).map(({ id }) => id),
      [4, 5, 6, 7, 8],
    )
    const forgotten = await batch.act({ kind: 'forget' }, { jobs: [5] })
    assert.deepEqual(
      forgotten.map(({ id }) => id),
      [5],
    )
    await assert.rejects(batch.jobs({ jobs: [5] }), (error) => isLaneworkError(error, 'JOB_UNKNOWN'))
    await batch.act({ kind: 'forget' }, { all: true })
    assert.deepEqual(await batch.jobs(), [])
    assert.equal((await batch.add([shell(':')]))[0]?.id, 9)
  })
  it('removes the output of those that it forgets, with what was cut off of it', async () => {
    const folder = batchFolder()
    const batch = await testBatch({ folder, jobs: 2 })
    const left = (): string[] => readdirSync(join(folder, 'logs')).toSorted()
    const one = (name: string): JobRequest => shell('echo a; echo b >&2', { name, logs: { bytes: 65_536, keep: 2 } })
    await runAll(batch, [one('a')])
    writeFileSync(join(folder, 'logs', '1-a.out.1'), 'cut off')
    writeFileSync(join(folder, 'logs', '1-a.err.2'), 'cut off')
    await runAll(batch, [one('b'), one('c')])
    await until('those of the oldest are gone', () => !left().some((name) => name.startsWith('1-')) || undefined)
    await batch.act({ kind: 'forget' }, { jobs: ['b'] })
    await until('those of another are gone', () => left().length === 2 || undefined)
    assert.deepEqual(left(), ['3-c.err', '3-c.out'])
  })
  it('finds jobs by number, name and group, and says which there are', async () => {
    const batch = await testBatch()
    await batch.add([
      shell('sleep 20', { name: 'one', group: 'g' }),
      shell('sleep 20', { name: 'two', group: 'g' }),
      shell('sleep 20', { name: 'three' }),
    ])
    const names = async (selection: Parameters<typeof batch.jobs>[0]): Promise<string[]> =>
      (await batch.jobs(selection)).map(({ name }) => name)
    assert.deepEqual(await names({ jobs: ['two', 1, '1'] }), ['one', 'two'])
    assert.deepEqual(await names({ group: 'g' }), ['one', 'two'])
    assert.deepEqual(await names({ all: true }), ['one', 'two', 'three'])
    await assert.rejects(batch.jobs({ jobs: ['four'] }), /"four".*one, two, three/)
    await assert.rejects(batch.jobs({ group: 'h' }), /group g/)
    const paused = await batch.act({ kind: 'pause' }, { group: 'g' })
    assert.deepEqual(
      paused.map(({ state }) => state),
      ['paused', 'paused'],
    )
    const resumed = await batch.act({ kind: 'resume' }, { all: true })
    assert.ok(resumed.every(({ state }) => state !== 'paused'))
    const [urgent] = await batch.act({ kind: 'priority', priority: -5 }, { jobs: ['three'] })
    assert.equal(urgent?.request.priority, -5)
  })
  it('lets those who wait go: at the end of jobs, at their own signal, when it is closed', async () => {
    const batch = await testBatch()
    assert.deepEqual(await batch.wait({ all: true }), [])
    const [job] = await batch.add([shell('sleep 20', { graceMs: 100 })])
    const selection = { jobs: [job?.id ?? 0] }
    await assert.rejects(batch.wait(selection, { signal: AbortSignal.abort() }), (error) =>
      isLaneworkError(error, 'ABORTED'),
    )
    await assert.rejects(batch.wait(selection, { signal: AbortSignal.timeout(20) }), (error) =>
      isLaneworkError(error, 'ABORTED'),
    )
    const cancelled = batch.wait(selection)
    await batch.act({ kind: 'cancel' }, selection)
    assert.equal((await cancelled)[0]?.outcome, 'cancelled')
    await batch.add([shell('sleep 1')])
    const closed = assert.rejects(batch.wait({ all: true }), (error) => isLaneworkError(error, 'CLOSED'))
    await batch.close()
    await closed
    await assert.rejects(batch.add([shell(':')]), (error) => isLaneworkError(error, 'CLOSED'))
  })
  it('does not wait for one that watches slowly, which misses old steps and no job', async () => {
    const batch = await testBatch({ policy: { name: 'fcfs' }, steps: 50 })
    const signal = new AbortController()
    const slow = batch.watch({ signal: signal.signal })[Symbol.asyncIterator]()
    const [last] = (
      await runAll(
        batch,
        Array.from({ length: 30 }, () => ({ argv: ['true'] })),
      )
    ).slice(-1)
    const seen: BatchEvent[] = []
    while (
      seen.at(-1)?.kind !== 'job' ||
      (seen.at(-1) as { job: JobStatus }).job.id !== last?.id ||
      (seen.at(-1) as { job: JobStatus }).job.outcome === undefined
    ) {
      const next = await slow.next()
      assert.ok(next.done !== true)
      seen.push(next.value)
    }
    signal.abort()
    assert.equal((await slow.next()).done, true)
    const record = await batch.record()
    assert.equal(record.steps.length, 50)
    const steps = seen.filter(({ kind }) => kind === 'step').length
    assert.equal(record.dropped + record.steps.length, steps)
  })
  it('tells of jobs without their environments', async () => {
    const seen: BatchEvent[] = []
    const batch = await testBatch({ onEvent: (event) => seen.push(event) })
    const jobs = await runAll(batch, [shell(':', { env: { PATH: process.env['PATH'] ?? '', SECRET: 'word' } })])
    assert.equal(jobs[0]?.request.env['SECRET'], 'word')
    const told = seen.flatMap((event) => (event.kind === 'job' ? [event.job.request.env] : []))
    assert.ok(told.length > 0)
    assert.ok(told.every((env) => Object.keys(env).length === 0))
  })
  it('is open once at a time: others are told who has it', async () => {
    const folder = batchFolder()
    const batch = await testBatch({ folder })
    await assert.rejects(
      openBatch({ folder }),
      (error) => isLaneworkError(error, 'BATCH_RUNS') && error.detail.pid === process.pid,
    )
    await batch.close()
    await (await testBatch({ folder })).close()
    await assert.rejects(connectBatch(folder), (error) => isLaneworkError(error, 'BATCH_NOT_FOUND'))
  })
  it('refuses settings that cannot be', async () => {
    const wrong = [
      { cpus: [] },
      { cpus: [4_000] },
      { cpus: [0, 0] },
      { degree: 0 },
      { resources: { a: -1 } },
      { slots: { a: 0 } },
      { policy: { name: 'nobody' } },
      { steps: -1 },
      { pan: true },
    ]
    for (const settings of wrong) {
      await assert.rejects(
        openBatch({ folder: batchFolder(), ...settings } as never),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
        JSON.stringify(settings),
      )
    }
  })
})

describe('runBatch', () => {
  it('gives the record, and leaves nothing where no folder was given', async () => {
    const cwd = realpathSync(mkdtempSync(join(testFolder, 'cwd')))
    const {
      jobs,
      until: end,
      steps,
    } = await runBatch([shell('pwd > here', { cwd }), shell('exit 2')], { policy: { name: 'fcfs' } })
    assert.deepEqual(
      jobs.map(({ exitCode }) => exitCode),
      [0, 2],
    )
    assert.equal(readFileSync(join(cwd, 'here'), 'utf8'), `${cwd}\n`)
    assert.ok(steps.every(({ at }) => at <= end))
    assert.equal(existsSync(jobs[0]?.logs?.stdout ?? '/'), false)
  })
  it('ends what runs when a request is refused', async () => {
    const folder = batchFolder()
    await assert.rejects(runBatch([{ argv: [] }], { folder }), (error) => isLaneworkError(error, 'JOB_INVALID'))
    assert.deepEqual(membersOf(folder), [])
    await (await testBatch({ folder })).close()
  })
})
