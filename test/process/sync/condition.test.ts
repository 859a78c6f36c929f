/** Conditions: order, hand-over of notifications, and the lock after a wait. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Condition, RLock, SharedArray } from '#lanework/process/index.js'
import { shareWith, unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const skip = unlessNative

test('two consumers in other processes take all that is produced', { skip }, async () => {
  using condition = new Condition()
  using stock = new SharedArray(Int32Array, 2)
  const rounds = 500
  const consumers = [shareWith('consume', [condition, stock], rounds), shareWith('consume', [condition, stock], rounds)]
  for (let made = 0; made < 2 * rounds; made++) {
    await condition.lock.with(async () => {
      await condition.waitFor(() => (stock.array[0] ?? 0) < 4, { timeoutMs: 20_000 })
      stock.array[0] = (stock.array[0] ?? 0) + 1
      condition.notifyAll()
    })
  }
  assert.deepEqual(await Promise.all(consumers.map(({ ended }) => ended)), [0, 0])
  assert.deepEqual([...stock.array], [0, 2 * rounds])
})

test('a notification whose waiter was killed goes to the next one', { skip }, async () => {
  using condition = new Condition()
  const doomed = shareWith('waitAndStop', [condition])
  await doomed.hear('waiting')
  const heir = shareWith('waitCondition', [condition])
  await heir.hear('waiting')
  assert.equal(await condition.lock.with(() => condition.notify()), 1)
  await doomed.kill()
  assert.equal(await heir.hear('notified'), true)
  await heir.ended
  assert.equal(await condition.lock.with(() => condition.notify()), 0)
})

test('a waiter that was killed before does not swallow a notification', { skip }, async () => {
  using condition = new Condition()
  const doomed = shareWith('waitAndStop', [condition])
  await doomed.hear('waiting')
  await doomed.kill()
  const heir = shareWith('waitCondition', [condition])
  await heir.hear('waiting')
  await condition.lock.with(() => condition.notify())
  assert.equal(await heir.hear('notified'), true)
  await heir.ended
})

test('a wait that times out or is aborted has the lock again and is not notified later', { skip }, async () => {
  using condition = new Condition()
  using held = await condition.lock.acquire()
  await assert.rejects(condition.wait({ timeoutMs: 20 }), { code: 'TIMED_OUT' })
  assert.ok(condition.lock.locked())
  await assert.rejects(condition.wait({ signal: AbortSignal.timeout(20) }), { code: 'ABORTED' })
  await assert.rejects(
    condition.waitFor(() => false, { timeoutMs: 20 }),
    { code: 'TIMED_OUT' },
  )
  assert.throws(() => condition.waitSync({ timeoutMs: 20 }), { code: 'TIMED_OUT' })
  assert.ok(condition.lock.locked())
  assert.equal(condition.notify(), 0)
  held.release()
  assert.ok(!condition.lock.locked())
})

test('wait and notify want the lock held', { skip }, async () => {
  using condition = new Condition()
  await assert.rejects(condition.wait(), { code: 'LOCK_NOT_HELD' })
  await assert.rejects(
    condition.waitFor(() => true),
    { code: 'LOCK_NOT_HELD' },
  )
  assert.throws(() => condition.notify(), { code: 'LOCK_NOT_HELD' })
})

test('a wait lets go of an RLock at any depth, and has it back at the same', { skip }, async () => {
  using lock = new RLock()
  using condition = new Condition(lock)
  const waiting = lock.with(() =>
    lock.with(async () => {
      await condition.wait()
      assert.ok(lock.locked())
    }),
  )
  await until('it waits', () => !lock.locked())
  await lock.with(() => condition.notifyAll())
  await waiting
  assert.ok(!lock.locked())
})

test('waiters are limited', { skip }, async () => {
  const condition = new Condition()
  let waiting = 0
  const begin = (): Promise<unknown> =>
    condition.lock.with(() => {
      const ended = condition.wait()
      waiting++
      return ended
    })
  const ends = Array.from({ length: 256 }, () => assert.rejects(begin(), { code: 'CLOSED' }))
  await until('they wait', () => waiting === 256)
  await condition.lock.with(() => assert.rejects(condition.wait(), { code: 'WAITERS_LIMIT' }))
  condition.close()
  await Promise.all(ends)
})

test('any program of waits and notifications wakes the first who came', { skip }, async () => {
  const step = fc.oneof(fc.constant('wait' as const), fc.integer({ min: 1, max: 3 }))
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      using condition = new Condition()
      const woken: number[] = []
      const waits: Promise<void>[] = []
      let due = 0
      for (const action of steps) {
        using held = await condition.lock.acquire()
        if (action === 'wait') {
          const number = waits.length
          held.release()
          await new Promise<void>((resolve) => {
            const wait = condition.lock.with(async () => {
              const waiting = condition.wait()
              resolve()
              await waiting
              woken.push(number)
            })
            waits.push(wait)
          })
        } else {
          const expected = Math.min(action, waits.length - due)
          assert.equal(condition.notify(action), expected)
          due += expected
          held.release()
          await until('they are awake', () => woken.length === due)
          assert.deepEqual(
            [...woken].sort((a, b) => a - b),
            [...Array(due).keys()],
          )
        }
      }
      await condition.lock.with(() => condition.notifyAll())
      await Promise.all(waits)
    }),
    { numRuns: 30 },
  )
})
