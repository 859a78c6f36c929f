/** A batch in a process of its own, commanded over its control socket. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'

import {
  connectBatch,
  openBatch,
  serveBatch,
  startBatch,
  stopBatch,
  type Batch,
  type BatchEvent,
} from '#lanework/batch/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { batchFolder, membersOf, serversOf } from '../../support/batch.ts'
import { endBatches, endOf, shell, testBatch } from '../../support/batch-running.ts'
import { folder as testFolder } from '../../support/folder.ts'
import { isRunning } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const open: { folder: string; batch: Batch }[] = []

afterEach(async () => {
  for (const { folder, batch } of open.splice(0)) {
    await batch.close()
    await stopBatch(folder, { endJobs: true }).catch(() => {})
  }
  await endBatches()
})

async function started(settings: object = {}): Promise<{ folder: string; batch: Batch; pid: number }> {
  const folder = batchFolder()
  const pid = await startBatch(folder, { policy: { name: 'rr', options: { quantum: 20 } }, ...settings })
  const batch = await connectBatch(folder)
  open.push({ folder, batch })
  return { folder, batch, pid }
}

describe('a batch in the background', () => {
  it('does what one here does', async () => {
    const { batch, pid, folder } = await started({ resources: { licence: 2 } })
    const events: BatchEvent[] = []
    const signal = new AbortController()
    const watching = (async () => {
      for await (const event of batch.watch({ signal: signal.signal })) events.push(event)
    })()
    const added = await batch.add([
      shell('exit 3', { name: 'bad', resources: { licence: 1 } }),
      shell('sleep 30', { name: 'long', group: 'g', graceMs: 200 }),
      shell(':', { name: 'then', after: [{ job: 'bad', on: 'fail' }] }),
    ])
    assert.deepEqual(
      added.map(({ id, name }) => [id, name]),
      [
        [1, 'bad'],
        [2, 'long'],
        [3, 'then'],
      ],
    )
    assert.deepEqual(
      (await batch.wait({ jobs: ['bad', 3] })).map(({ exitCode }) => exitCode),
      [3, 0],
    )
    assert.equal((await batch.act({ kind: 'pause' }, { group: 'g' }))[0]?.state, 'paused')
    await batch.act({ kind: 'priority', priority: 4 }, { jobs: [2] })
    assert.equal((await batch.jobs({ all: true }))[0]?.request.priority, 4)
    await batch.setPolicy({ name: 'fcfs' })
    const status = await batch.status()
    assert.deepEqual([status.pid, status.folder, status.policy.name], [pid, folder, 'fcfs'])
    assert.deepEqual(status.resources, { licence: { total: 2, free: 2 } })
    assert.ok(status.overheadMs > 0 && isRunning(status.keeperPid ?? 0))
    await batch.act({ kind: 'cancel' }, { all: true })
    assert.deepEqual(
      (await batch.wait({ jobs: ['long'] })).map(({ outcome }) => outcome),
      ['cancelled'],
    )
    const record = await batch.record()
    assert.deepEqual([record.jobs.length, record.policies.length], [3, 2])
    await until('the end was seen', () =>
      events.some((event) => event.kind === 'job' && event.job.outcome === 'cancelled'),
    )
    signal.abort()
    await watching
    for (const kind of ['step', 'job', 'policy'])
      assert.ok(
        events.some((event) => event.kind === kind),
        kind,
      )
  })
  it('passes errors on as they are', async () => {
    const { batch } = await started()
    const refused = (call: Promise<unknown>, code: string): Promise<void> =>
      assert.rejects(call, (error) => isLaneworkError(error) && error.code === code)
    await refused(batch.add([{ argv: [] }]), 'JOB_INVALID')
    await refused(batch.add([7 as never]), 'JOB_INVALID')
    await refused(batch.add([shell(':', { after: [{ job: 'no', on: 'ok' }] })]), 'DEPENDENCY_UNKNOWN')
    await refused(batch.jobs({ jobs: [99] }), 'JOB_UNKNOWN')
    await refused(batch.wait({ jobs: ['no'] }), 'JOB_UNKNOWN')
    await refused(batch.act({ kind: 'pause' }, { jobs: ['no'] }), 'JOB_UNKNOWN')
    await refused(batch.setPolicy({ name: 'rr', options: { quantum: 1 } }), 'OPTION_INVALID')
    const [job] = await batch.add([shell('sleep 30', { graceMs: 100 })])
    await refused(batch.wait({ jobs: [job?.id ?? 0] }, { signal: AbortSignal.timeout(50) }), 'ABORTED')
  })
  it('gives jobs the folder and the environment of whoever hands them in', async () => {
    const { batch } = await started()
    const cwd = realpathSync(mkdtempSync(join(testFolder, 'cwd')))
    process.env['LANEWORK_TEST_WORD'] = 'mine'
    const added = await batch.add([
      shell('pwd > here; echo "$LANEWORK_TEST_WORD" > word', { cwd }),
      shell('pwd'),
      shell('echo "[$LANEWORK_TEST_WORD]"', { env: { PATH: process.env['PATH'] ?? '' } }),
    ])
    delete process.env['LANEWORK_TEST_WORD']
    const jobs = await endOf(batch, added)
    assert.deepEqual(
      jobs.map(({ request }) => request.env),
      [{}, {}, {}],
    )
    const said = jobs.map(({ logs }) => readFileSync(logs?.stdout ?? '', 'utf8').trim())
    assert.deepEqual(
      [readFileSync(join(cwd, 'here'), 'utf8').trim(), readFileSync(join(cwd, 'word'), 'utf8').trim()],
      [cwd, 'mine'],
    )
    assert.deepEqual(said.slice(1), [process.cwd(), '[]'])
  })
  it('tells thousands of jobs and steps', async () => {
    const { batch } = await started({ policy: { name: 'fcfs' } })
    const requests = Array.from({ length: 3_000 }, (_, n) => ({ argv: ['true'], name: `n${n}`, delayMs: 1_000_000 }))
    assert.equal((await batch.add(requests)).length, 3_000)
    assert.equal((await batch.jobs()).length, 3_000)
    await batch.act({ kind: 'cancel' }, { all: true })
    const { jobs, steps } = await batch.record()
    assert.deepEqual([jobs.length, steps.length], [3_000, 6_000])
  })
  it('is stopped: its jobs go on under the keeper, or are ended first', async () => {
    const { batch, folder, pid } = await started()
    await batch.add([shell('while :; do sleep 0.05; done', { name: 'long', graceMs: 100 })])
    await until('it runs', () => membersOf(folder).length > 0)
    const watching = (async () => {
      for await (const event of batch.watch()) if (event === undefined) return
    })().catch((error: unknown) => assert.ok(isLaneworkError(error, 'CLOSED')))
    const waiting = assert.rejects(batch.wait({ jobs: ['long'] }), (error) => isLaneworkError(error, 'CLOSED'))
    await stopBatch(folder)
    await waiting
    await watching
    await until('the executive is gone', () => !isRunning(pid))
    assert.ok(membersOf(folder).length > 0)
    await assert.rejects(
      connectBatch(folder),
      (error) => isLaneworkError(error, 'BATCH_NOT_FOUND') && error.detail.folder === folder,
    )
    await startBatch(folder)
    const again = await connectBatch(folder)
    assert.equal((await again.jobs({ jobs: ['long'] }))[0]?.outcome, undefined)
    await again.close({ endJobs: true })
    assert.deepEqual(membersOf(folder), [])
    await until('executive and keeper are gone', () => serversOf(folder).length === 0)
    assert.equal(readFileSync(join(folder, 'executive.log'), 'utf8'), '')
  })
  it('goes at SIGTERM, as if it were stopped', async () => {
    const { batch, folder, pid } = await started()
    await batch.add([shell('exit 5')])
    await batch.wait({ all: true })
    process.kill(pid, 'SIGTERM')
    await until('executive and keeper are gone', () => serversOf(folder).length === 0)
    const again = await testBatch({ folder })
    assert.deepEqual(
      (await again.jobs()).map(({ exitCode }) => exitCode),
      [5],
    )
  })
  it('says at its start why it cannot be', async () => {
    const folder = batchFolder()
    await assert.rejects(startBatch(folder, { cpus: [9_999] }), (error) => isLaneworkError(error, 'OPTION_INVALID'))
    writeFileSync(join(folder, 'batch.journal'), 'dear diary\nnothing happened\n')
    await assert.rejects(
      startBatch(folder),
      (error) => isLaneworkError(error, 'JOURNAL_INVALID') && error.detail.line === 1,
    )
    await until('nobody is left of it', () => serversOf(folder).length === 0)
  })
  it('is served by whoever has it open, for its own user alone', async () => {
    const folder = batchFolder()
    const batch = await openBatch({ folder })
    const served = await serveBatch(batch, folder)
    assert.equal(statSync(served.path).mode & 0o777, 0o600)
    const remote = await connectBatch(folder)
    assert.equal((await remote.status()).pid, process.pid)
    await remote.close()
    await served.stop(true)
    await served.closed
    assert.equal(existsSync(served.path), false)
  })
})
