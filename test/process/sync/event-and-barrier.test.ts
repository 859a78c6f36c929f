/** Events and barriers between processes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Barrier, Event } from '#lanework/process/index.js'
import { shareWith, shareWithThread, unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const skip = unlessNative

test('an event lets all go on, in every process, also if it is cleared at once', { skip }, async () => {
  using event = new Event()
  const others = [shareWith('waitEvent', [event]), shareWith('waitEvent', [event])]
  await Promise.all(others.map((other) => other.hear('waiting')))
  const here = event.wait()
  event.set()
  event.clear()
  await here
  for (const other of others) assert.equal(await other.hear('done'), true)
  await Promise.all(others.map(({ ended }) => ended))
  assert.ok(!event.isSet)
  await assert.rejects(event.wait({ timeoutMs: 10 }), { code: 'TIMED_OUT' })
  await assert.rejects(event.wait({ signal: AbortSignal.timeout(10) }), { code: 'ABORTED' })
})

test('a process that blocks for an event goes on when it is set', { skip }, async () => {
  using event = new Event()
  const other = shareWith('waitEventSync', [event])
  await other.hear('waiting')
  event.set()
  assert.equal(await other.hear('done'), true)
  await other.ended
  event.waitSync()
})

test('parties pass a barrier together, each with a number, round after round', { skip }, async () => {
  using barrier = new Barrier(3)
  for (let round = 0; round < 40; round++) {
    const numbers = await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])
    assert.deepEqual(numbers.sort(), [0, 1, 2])
  }
  const others = [shareWith('pass', [barrier]), shareWith('pass', [barrier])]
  const numbers = [await barrier.wait(), ...(await Promise.all(others.map((other) => other.hear('index'))))]
  assert.deepEqual(numbers.sort(), [0, 1, 2])
  await Promise.all(others.map(({ ended }) => ended))
  assert.equal(barrier.waiting, 0)
})

test('a party that is killed breaks the barrier for the others, until it is reset', { skip }, async () => {
  using barrier = new Barrier(3)
  const doomed = shareWith('pass', [barrier])
  await doomed.hear('waiting')
  const waiting = assert.rejects(barrier.wait({ timeoutMs: 5_000 }), { code: 'BARRIER_BROKEN' })
  await doomed.kill()
  await waiting
  assert.ok(barrier.broken)
  await assert.rejects(barrier.wait(), { code: 'BARRIER_BROKEN' })
  barrier.reset()
  assert.deepEqual((await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()])).sort(), [0, 1, 2])
})

test('a thread that is terminated at a barrier breaks it', { skip }, async () => {
  using barrier = new Barrier(2)
  const worker = shareWithThread('pass', [barrier])
  await until('it waits', () => barrier.waiting === 1)
  await worker.terminate()
  await until('it is broken', async () => {
    await barrier.wait({ timeoutMs: 500 }).catch(() => {})
    return barrier.broken
  })
})

test('a timeout, an abort and a reset break a round', { skip }, async () => {
  using barrier = new Barrier(2, { timeoutMs: 20 })
  await assert.rejects(barrier.wait(), { code: 'TIMED_OUT' })
  assert.throws(() => barrier.waitSync(), { code: 'BARRIER_BROKEN' })
  barrier.reset()
  const waiting = barrier.wait({ timeoutMs: 5_000 })
  const broken = assert.rejects(waiting, { code: 'BARRIER_BROKEN' })
  barrier.reset()
  await broken
  assert.ok(!barrier.broken)
  await assert.rejects(barrier.wait({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
  assert.ok(barrier.broken)
  assert.throws(() => new Barrier(0), { code: 'OPTION_INVALID' })
})

test('closing a barrier handle that waits breaks it for the others', { skip }, async () => {
  const barrier = new Barrier(3)
  const other = shareWith('pass', [barrier])
  await other.hear('waiting')
  const waiting = assert.rejects(barrier.wait(), { code: 'BARRIER_BROKEN' }).catch(() => {})
  barrier.close()
  await waiting
  assert.equal(await other.ended, 1)
})
