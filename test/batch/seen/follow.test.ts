/** A record that follows its batch: complete, bounded, and gone when nobody reads it any more. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { endLine, eventLine, followRecord, liveGantt, type BatchEvent, type RunRecord } from '#lanework/batch/index.js'
import { until } from '../../support/until.js'
import { mixedJobs, PretendedBatch, pretendedRun, startedAt, statusOf } from './pretended-batch.js'

const quick = { leastMs: 1, mostMs: 5 }

describe('following a record', () => {
  test('gives in the end what the batch itself has', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(200)
    let last: RunRecord | undefined
    for await (const record of followRecord(batch, quick)) {
      last = record
      if (batch.isOver) batch.end()
      else batch.advance(70)
    }
    const own = batch.recordNow()
    assert.deepEqual(last?.steps, own.steps)
    assert.deepEqual(last?.jobs, own.jobs)
    assert.equal(batch.watchers, 0)
  })

  test('takes nothing twice that happens while it begins', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(100)
    const { record } = batch
    // The record is taken late, after events that are watched already, and comes later still.
    batch.record = async () => {
      batch.advance(300)
      const taken = await record.call(batch)
      batch.advance(100)
      await new Promise((resolve) => setImmediate(resolve))
      return taken
    }
    const leaving = new AbortController()
    for await (const followed of followRecord(batch, { ...quick, signal: leaving.signal })) {
      const own = batch.recordNow()
      if (followed.steps.length < own.steps.length) continue
      assert.deepEqual(followed.steps, own.steps)
      assert.deepEqual(followed.jobs, own.jobs)
      leaving.abort()
    }
  })

  test('tells of a change of the policy once', async () => {
    const batch = new PretendedBatch(mixedJobs)
    const leaving = new AbortController()
    let isChanged = false
    for await (const { policies } of followRecord(batch, { ...quick, signal: leaving.signal })) {
      if (!isChanged) {
        batch.advance(50)
        await batch.setPolicy({ name: 'fcfs' })
        isChanged = true
      } else if (policies.length === 2) {
        assert.deepEqual(policies, batch.policies)
        leaving.abort()
      }
    }
    assert.ok(leaving.signal.aborted)
  })

  test('keeps no more steps and jobs than it may', async () => {
    const many = Array.from({ length: 300 }, (_, index) => ({ name: `job${index}`, bursts: [10, 10, 10] }))
    const batch = new PretendedBatch(many)
    let last: RunRecord | undefined
    for await (const record of followRecord(batch, { ...quick, steps: 100, jobs: 50 })) {
      assert.ok(record.steps.length <= 110 && record.jobs.length <= 300)
      last = record
      if (batch.isOver) batch.end()
      else batch.advance(50)
    }
    assert.ok((last?.jobs.length ?? 0) <= 55, String(last?.jobs.length))
    assert.equal((last?.dropped ?? 0) + (last?.steps.length ?? 0), batch.steps.length)
    assert.deepEqual(last?.steps, batch.steps.slice(-(last?.steps.length ?? 0)))
  })

  test('a record that was given does not change any more', async () => {
    const batch = new PretendedBatch(mixedJobs)
    const seen: [RunRecord, string][] = []
    for await (const record of followRecord(batch, quick)) {
      seen.push([record, JSON.stringify(record)])
      if (seen.length === 5) break
      batch.advance(100)
    }
    for (const [record, text] of seen) assert.equal(JSON.stringify(record), text)
    await until('nobody watches any more', () => batch.watchers === 0)
  })

  test('goes on in time while a job runs though nothing happens, and stands still once all have ended', async () => {
    const batch = new PretendedBatch([{ name: 'one', bursts: [1_000] }])
    batch.advance(20)
    const times: number[] = []
    for await (const { until: at } of followRecord(batch, quick)) {
      times.push(at)
      if (times.length === 3) break
    }
    assert.ok((times[2] ?? 0) > (times[0] ?? 0))
    const over = pretendedRun()
    let count = 0
    for await (const { until: at } of followRecord(over, quick)) {
      assert.equal(at, over.now)
      if (++count === 1) over.end()
    }
  })

  test('what the batch throws, it throws', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.record = () => Promise.reject(new Error('no record'))
    await assert.rejects(followRecord(batch).next(), /no record/)
    await until('nobody watches any more', () => batch.watchers === 0)
  })

  test('an aborted signal ends it at once, also one that was aborted before', async () => {
    const batch = new PretendedBatch(mixedJobs)
    assert.equal((await followRecord(batch, { signal: AbortSignal.abort() }).next()).done, true)
    const leaving = new AbortController()
    const following = followRecord(batch, { signal: leaving.signal, mostMs: 60_000 })
    await following.next()
    const next = following.next()
    leaving.abort()
    assert.equal((await next).done, true)
  })

  test('pictures come one after the other, in the size that the screen has then', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(100)
    let width = 40
    const widths: number[] = []
    for await (const lines of liveGantt(batch, { view: () => ({ width, height: 10 }), rate: 500 })) {
      widths.push(Math.max(...lines.map((line) => line.length)))
      batch.advance(100)
      width += 20
      if (widths.length === 3) break
    }
    assert.ok((widths[0] ?? 99) <= 40)
    assert.ok((widths[2] ?? 0) > 60)
  })
})

describe('events as lines', () => {
  test('tell of starts, ends and policies, and not of slices', () => {
    const batch = pretendedRun()
    const jobs = new Map(batch.recordNow().jobs.map((job) => [job.id, job]))
    const lines = batch.steps.flatMap((step) => eventLine({ kind: 'step', step }, jobs) ?? [])
    assert.deepEqual(lines.slice(0, 1), ['     0 ms  compress (1) was submitted'])
    assert.equal(lines.filter((line) => line.endsWith(' ended')).length, 4)
    assert.equal(lines.length, 8)
    const policy: BatchEvent = { kind: 'policy', at: 1_500, choice: { name: 'fcfs' } }
    assert.equal(eventLine(policy, jobs), '    1.5 s  the policy is fcfs')
    assert.equal(eventLine({ kind: 'job', job: statusOf(1, 'a') }, jobs), undefined)
  })

  test('say how a job ended, whatever it is called', () => {
    const [first] = pretendedRun().recordNow().jobs
    assert.ok(first)
    assert.match(endLine(first, startedAt), /^ +1\.\d s {2}compress \(1\) ended: ok \(exit code 0\), 1\.5 s of CPU$/)
    assert.match(endLine({ ...first, name: '\u001b[2J' }, startedAt), / \\x1b\[2J \(1\) ended/)
  })
})
