/** A batch that was killed goes on: each case of what the journal says and what became of the program. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'

import { connectBatch, openBatch, startBatch, stopBatch, type Batch, type JobStatus } from '#lanework/batch/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { History } from '#lanework/batch/predict/history.js'
import { Keeper } from '#lanework/process/index.js'
import { batchFolder, membersOf } from '../../support/batch.ts'
import { endBatches, endOf, leftFolder, noAccount, planFor, shell, testBatch } from '../../support/batch-running.ts'
import { isNative, unlessEndsAreTold } from '../../support/capability.ts'
import { stateOf as stateOfProcess } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const rr = { policy: { name: 'rr', options: { quantum: 20 } } }
const started: { folder: string; batch: Batch }[] = []

afterEach(async () => {
  for (const { folder, batch } of started.splice(0)) {
    await batch.close()
    await stopBatch(folder, { endJobs: true }).catch(() => {})
  }
  await endBatches()
})

async function daemon(folder: string, settings: object = {}): Promise<Batch> {
  await startBatch(folder, settings)
  const batch = await connectBatch(folder)
  started.push({ folder, batch })
  return batch
}

async function killed(batch: Batch, what: readonly ('executive' | 'keeper')[] = ['executive']): Promise<void> {
  const { pid, keeperPid = 0 } = await batch.status()
  for (const each of what) process.kill(each === 'keeper' ? keeperPid : pid, 'SIGKILL')
  // Not by its command line, which the kernel takes back while the process still ends.
  await until('it is gone', () => 'ZX'.includes(stateOfProcess(pid) ?? 'X'))
}

async function statusOf(batch: Batch, job: string): Promise<JobStatus> {
  const [status] = await batch.jobs({ jobs: [job] })
  return status as JobStatus
}

/** When programs with this pid ended, as their keeper wrote it down; undefined while none has. */
function endsOf(folder: string, pid: number): number[] | undefined {
  const lines = Keeper.journal(folder)
  const ends = lines.flatMap((line) => (line.kind === 'end' && line.pid === pid ? [line.endedAt] : []))
  return ends.length > 0 ? ends : undefined
}

const stateOf = (folder: string, job: number): string =>
  membersOf(folder)
    .filter((each) => each.job.startsWith(`${job}.`))
    .map(({ state }) => (state === 'T' ? 'stopped' : 'goes'))
    .join(' ')

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It was faster.
  }
}

describe('after kill -9 of the executive', () => {
  it('what runs is gone on with, what ended meanwhile is told with its exit code, what waited for it starts', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    const gate = join(folder, 'gate')
    const added = await batch.add([
      shell(`until [ -e ${gate}.1 ]; do sleep 0.02; done; exit 4`, { name: 'ended' }),
      shell(`until [ -e ${gate}.2 ]; do sleep 0.02; done; exit 5`, { name: 'runs' }),
      shell('exit 6', { name: 'then', after: [{ job: 'ended', on: 'fail' }] }),
      shell('exit 7', { name: 'last', after: [{ job: 'runs', on: 'any' }] }),
    ])
    await until(
      'both run',
      async () =>
        (await statusOf(batch, 'ended')).pid !== undefined && (await statusOf(batch, 'runs')).pid !== undefined,
    )
    const [{ pid: first = 0 }, { pid }] = [await statusOf(batch, 'ended'), await statusOf(batch, 'runs')]
    await killed(batch)
    appendFileSync(`${gate}.1`, '')
    await until('it has ended, and the keeper has seen it', () => stateOfProcess(first) === undefined)
    const again = await daemon(folder)
    assert.deepEqual((await again.status()).policy, rr.policy)
    const { troubles } = await again.status()
    assert.ok(troubles.includes('while no executive was here: ended with exit code 4: ended'), troubles.join('\n'))
    assert.ok(troubles.includes('while no executive was here: ran on: runs'), troubles.join('\n'))
    assert.equal((await statusOf(again, 'runs')).pid, pid)
    appendFileSync(`${gate}.2`, '')
    const jobs = await endOf(again, added)
    assert.deepEqual(
      jobs.map(({ exitCode, attempt }) => [exitCode, attempt]),
      [
        [4, 1],
        [5, 1],
        [6, 1],
        [7, 1],
      ],
    )
    assert.ok(
      jobs.every(({ submittedAt, startedAt = 0, endedAt = 0 }) => submittedAt <= startedAt && startedAt <= endedAt),
    )
  })
  it('a job that ended meanwhile did so then, with what it used; nothing is learned of what nobody saw', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    const gate = join(folder, 'gate')
    const work = 'i=0; while [ $i -lt 40000 ]; do i=$((i+1)); done'
    const added = await batch.add([
      shell(`until [ -e ${gate}.1 ]; do sleep 0.02; done; ${work}`, { name: 'ended', key: 'ended' }),
      shell(`until [ -e ${gate}.2 ]; do sleep 0.02; done`, { name: 'paused', key: 'paused' }),
      shell(':', { name: 'seen', key: 'seen' }),
    ])
    await until('all have run', async () => (await batch.jobs()).every(({ startedAt }) => startedAt !== undefined))
    await until('one has ended', async () => (await statusOf(batch, 'seen')).outcome)
    await batch.act({ kind: 'pause' }, { jobs: ['paused'] })
    const { pid } = await statusOf(batch, 'ended')
    await killed(batch)
    appendFileSync(`${gate}.1`, '')
    const [end] = await until('it is written down', () => endsOf(folder, pid ?? 0))
    const again = await daemon(folder)
    const { endedAt = 0, submittedAt, times, use, outcome } = await statusOf(again, 'ended')
    assert.equal(outcome, 'ok')
    assert.equal(Math.round(endedAt), end)
    const known = Object.values(times).reduce((sum, ms) => sum + ms, 0)
    assert.ok(known <= endedAt - submittedAt + 1, `${known} ms between ${submittedAt} and ${endedAt}`)
    if (isNative) assert.ok((use?.userMs ?? 0) > 0, 'it has used CPU time')
    await again.act({ kind: 'resume' }, { jobs: ['paused'] })
    appendFileSync(`${gate}.2`, '')
    await endOf(again, added)
    await again.add([shell(':', { key: 'later' })])
    await again.wait({ all: true }, { signal: AbortSignal.timeout(30_000) })
    await again.close()
    await stopBatch(folder)
    const keys = History.open(folder).keys()
    assert.deepEqual([keys.includes('later'), keys.includes('ended'), keys.includes('paused')], [true, false, false])
  })
  it('a job that was paused goes on while nobody is there, and is paused again', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    await batch.add([shell('while :; do sleep 0.05; done', { name: 'held' })])
    await until('it runs', async () => (await statusOf(batch, 'held')).pid !== undefined)
    await batch.act({ kind: 'pause' }, { jobs: ['held'] })
    await until('it is stopped', () => stateOf(folder, 1).startsWith('stopped'))
    await killed(batch)
    await until('it goes on', () => !stateOf(folder, 1).includes('stopped'))
    const again = await daemon(folder)
    assert.equal((await statusOf(again, 'held')).state, 'paused')
    await until('it is stopped again', () => stateOf(folder, 1).startsWith('stopped'))
    await again.act({ kind: 'resume' }, { jobs: ['held'] })
    await until('it goes on again', () => !stateOf(folder, 1).includes('stopped'))
  })
  it('the keeper keeps time limits while nobody is there, and a job that it ended is not tried again', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    await batch.add([shell('sleep 60 & sleep 60', { name: 'long', timeLimitMs: 4_000, graceMs: 1_000, retries: 3 })])
    await until('it runs', async () => (await statusOf(batch, 'long')).pid !== undefined)
    await killed(batch)
    assert.notEqual(stateOf(folder, 1), '')
    await until('it is ended', () => stateOf(folder, 1) === '')
    const again = await daemon(folder)
    const { outcome, why, attempt } = await statusOf(again, 'long')
    assert.deepEqual([outcome, why, attempt], ['time-limit', 'longer than its time limit of 4 s', 1])
  })
  it('a job that was being ended is ended on', async () => {
    const folder = batchFolder()
    const deaf = join(folder, 'deaf')
    const batch = await daemon(folder, rr)
    const [job] = await batch.add([
      shell(`trap "" TERM; : > ${deaf}; while :; do sleep 0.05; done`, { name: 'stubborn', graceMs: 30_000 }),
    ])
    await until('it is deaf', () => existsSync(deaf))
    await batch.act({ kind: 'cancel' }, { jobs: ['stubborn'] })
    await killed(batch)
    const again = await daemon(folder)
    const { why, outcome } = await statusOf(again, 'stubborn')
    assert.deepEqual([outcome, /cancel/.test(why)], [undefined, true], why)
    for (const { pid } of membersOf(folder)) kill(pid)
    assert.equal((await endOf(again, [job as JobStatus]))[0]?.outcome, 'cancelled')
  })
  it('and of the keeper, what runs goes on, and what ended unseen is told to be unknown', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    const gate = join(folder, 'gate')
    const added = await batch.add([
      shell(`until [ -e ${gate}.1 ]; do sleep 0.02; done`, { name: 'unseen', retries: 3 }),
      shell(`until [ -e ${gate}.2 ]; do sleep 0.02; done`, { name: 'runs' }),
    ])
    await until(
      'both run',
      async () =>
        (await statusOf(batch, 'unseen')).pid !== undefined && (await statusOf(batch, 'runs')).pid !== undefined,
    )
    await killed(batch, ['executive', 'keeper'])
    appendFileSync(`${gate}.1`, '')
    await until('it has ended', () => stateOf(folder, 1) === '')
    const again = await daemon(folder)
    assert.equal((await statusOf(again, 'runs')).outcome, undefined)
    appendFileSync(`${gate}.2`, '')
    const jobs = await endOf(again, added)
    // Nobody can tell whether it did its work: it is not run a second time, whatever its retries.
    assert.deepEqual(
      jobs.map(({ outcome, attempt }) => [outcome, attempt]),
      [
        ['unknown', 1],
        [unlessEndsAreTold === false ? 'ok' : 'unknown', 1],
      ],
    )
  })
  it('of the keeper alone, nothing is lost: the executive sees the ends itself', { skip: !isNative }, async () => {
    const folder = batchFolder()
    const batch = await daemon(folder, rr)
    const gate = join(folder, 'gate')
    const added = await batch.add([shell(`until [ -e ${gate} ]; do sleep 0.02; done; exit 3`, { name: 'orphan' })])
    await until('it runs', async () => (await statusOf(batch, 'orphan')).pid !== undefined)
    const { keeperPid = 0 } = await batch.status()
    process.kill(keeperPid, 'SIGKILL')
    appendFileSync(gate, '')
    assert.deepEqual(
      (await endOf(batch, added)).map(({ exitCode }) => exitCode),
      [3],
    )
    assert.deepEqual(
      (await endOf(batch, await batch.add([shell('exit 2')]))).map(({ exitCode }) => exitCode),
      [2],
    )
    assert.notEqual((await batch.status()).keeperPid, keeperPid)
  })
  it('its folder is free at once, and never before', async () => {
    const folder = batchFolder()
    const batch = await daemon(folder)
    const { pid } = await batch.status()
    for (const again of [() => startBatch(folder), () => openBatch({ folder })]) {
      await assert.rejects(again(), (error) => isLaneworkError(error, 'BATCH_RUNS') && error.detail.pid === pid)
    }
    await killed(batch)
    await (await testBatch({ folder })).close()
  })
})

describe('a journal that ends', () => {
  const plan = planFor(shell('echo ran >> "$LANEWORK_BATCH_FOLDER/ran"; exit 3', { name: 'job', cwd: '/' }))
  const { pid: dead } = spawnSync('true')
  const ended = (job: number, exitCode = 0) =>
    ({
      kind: 'ended',
      job,
      outcome: exitCode === 0 ? 'ok' : 'failed',
      exitCode,
      signal: undefined,
      why: '',
      account: noAccount,
    }) as const

  async function opened(folder: string): Promise<JobStatus> {
    const batch = await testBatch({ folder })
    const [job] = await batch.wait({ jobs: [1] }, { signal: AbortSignal.timeout(30_000) })
    return job as JobStatus
  }
  const runs = (folder: string): number =>
    existsSync(join(folder, 'ran')) ? readFileSync(join(folder, 'ran'), 'utf8').split('\n').length - 1 : 0

  it('after the submission: the job runs', async () => {
    const folder = leftFolder([{ kind: 'submitted', job: 1, plan }])
    const { exitCode, attempt, submittedAt } = await opened(folder)
    assert.deepEqual([exitCode, attempt, runs(folder)], [3, 1, 1])
    assert.ok(submittedAt < Date.now() - 900)
  })
  it('before a start that never was: it runs once, as the same attempt', { skip: !isNative }, async () => {
    const folder = leftFolder([
      { kind: 'submitted', job: 1, plan },
      { kind: 'starting', job: 1, attempt: 1 },
    ])
    const { exitCode, attempt } = await opened(folder)
    assert.deepEqual([exitCode, attempt, runs(folder)], [3, 1, 1])
  })
  it('before a start that left its mark: it does not run again', { skip: !isNative }, async () => {
    const folder = leftFolder([
      { kind: 'submitted', job: 1, plan: { ...plan, retries: 5 } },
      { kind: 'starting', job: 1, attempt: 1 },
    ])
    appendFileSync(join(folder, 'marks'), `1.1 ${dead};\n`)
    const { outcome, attempt } = await opened(folder)
    assert.deepEqual([outcome, attempt, runs(folder)], ['unknown', 1, 0])
  })
  it('after a start whose end nobody saw: unknown, whoever has its pid now', async () => {
    for (const pid of [dead, process.pid]) {
      const folder = leftFolder([
        { kind: 'submitted', job: 1, plan },
        { kind: 'starting', job: 1, attempt: 1 },
        { kind: 'started', job: 1, attempt: 1, pid, startTicks: 7 },
      ])
      const { outcome, why } = await opened(folder)
      assert.deepEqual([outcome, runs(folder)], ['unknown', 0], why)
    }
  })
  it('between two attempts: the next one is made after the rest of its wait', async () => {
    const end = { exitCode: 3, signal: undefined, use: undefined, resources: undefined }
    const folder = leftFolder([
      { kind: 'submitted', job: 1, plan: { ...plan, retries: 1, backoff: { firstMs: 1_200, maxMs: 1_200 } } },
      { kind: 'starting', job: 1, attempt: 1 },
      { kind: 'started', job: 1, attempt: 1, pid: dead },
      { kind: 'attemptEnded', job: 1, attempt: 1, outcome: 'failed', end, why: 'exit code 3', account: noAccount },
    ])
    const { outcome, attempt } = await opened(folder)
    assert.deepEqual([outcome, attempt, runs(folder)], ['failed', 2, 1])
  })
  it('with jobs that were forgotten: their numbers are not given again, also when it was written anew', async () => {
    const folder = leftFolder([
      { kind: 'submitted', job: 1, plan },
      ended(1, 3),
      { kind: 'submitted', job: 2, plan: { ...plan, name: 'two' } },
      ended(2),
      { kind: 'forgotten', job: 2 },
    ])
    const batch = await testBatch({ folder })
    assert.deepEqual(
      (await batch.jobs()).map(({ id, exitCode }) => [id, exitCode]),
      [[1, 3]],
    )
    assert.equal((await batch.add([shell(':')]))[0]?.id, 3)
    await batch.close({ endJobs: true })
  })
  it('in the middle of a line: that is told, and the rest counts', async () => {
    const folder = leftFolder([{ kind: 'submitted', job: 1, plan }])
    appendFileSync(join(folder, 'batch.journal'), '812 0badf00d {"kind":"ended","jo')
    const batch = await testBatch({ folder })
    assert.match(
      (await batch.status()).troubles.join('\n'),
      /the last 32 bytes of the journal were cut off: it is cut off/,
    )
    assert.equal((await batch.wait({ jobs: [1] }))[0]?.exitCode, 3)
  })
  it('after more forgotten jobs than known ones is written anew, and means the same', async () => {
    const facts = Array.from({ length: 2_000 }, (_, index) => {
      const job = index + 2
      return [
        { kind: 'submitted', job, plan: { ...plan, name: `j${job}` } } as const,
        ended(job),
        { kind: 'forgotten', job } as const,
      ]
    })
    const folder = leftFolder([{ kind: 'submitted', job: 1, plan }, ended(1, 3), ...facts.flat()])
    const path = join(folder, 'batch.journal')
    const long = statSync(path).size
    const batch = await testBatch({ folder })
    await until('it is short', () => statSync(path).size < long / 10)
    await batch.close()
    const again = await testBatch({ folder })
    assert.deepEqual(
      (await again.jobs()).map(({ id, exitCode }) => [id, exitCode]),
      [[1, 3]],
    )
    assert.equal((await again.add([shell(':')]))[0]?.id, 2_002)
  })
})
