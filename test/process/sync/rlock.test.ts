/** An RLock whose owner asks for it several times at once; the same with the addon and without. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Condition, Process, Queue, RLock } from '#lanework/process/index.js'
import * as tasks from '../served/tasks.ts'

const soonMs = 10_000

test('acquisitions of one owner that overlap are counted', async () => {
  using lock = new RLock()
  const [first, second] = await Promise.all([lock.acquire({ timeoutMs: soonMs }), lock.acquire({ timeoutMs: soonMs })])
  first.release()
  await assert.rejects(lock.acquire({ token: {}, timeoutMs: 20 }), { code: 'TIMED_OUT' })
  assert.ok(lock.locked())
  second.release()
  assert.ok(!lock.locked())
  assert.throws(() => lock.release(), { code: 'LOCK_NOT_HELD' })
})

test('all waits of an owner end when it gets the lock, others wait until it has left as often', async () => {
  using lock = new RLock()
  const [before, after] = [{}, {}]
  const held = await lock.acquire({ token: before })
  const mine = [1, 2, 3].map(() => lock.acquire({ timeoutMs: soonMs }))
  const theirs = lock.acquire({ token: after, timeoutMs: soonMs })
  // Long enough for all of them to sleep.
  await assert.rejects(lock.acquire({ timeoutMs: 150 }), { code: 'TIMED_OUT' })
  held.release()
  let theirsIsIn = false
  void theirs.then(() => (theirsIsIn = true))
  for (const one of await Promise.all(mine)) {
    await new Promise((resolve) => setImmediate(resolve))
    assert.ok(!theirsIsIn)
    assert.equal(lock.tryAcquire({ token: after }), undefined)
    one.release()
  }
  ;(await theirs).release()
  assert.ok(!lock.locked())
})

test('a wait ends when its owner gets the lock by tryAcquire', async () => {
  using lock = new RLock()
  const held = await lock.acquire({ token: {} })
  const waiting = lock.acquire({ timeoutMs: soonMs })
  held.release()
  // Without the addon it goes to who waited, before this.
  const direct = lock.tryAcquire()
  await waiting
  direct?.release()
  assert.ok(lock.locked())
  lock.release()
  assert.ok(!lock.locked())
})

test('of the waits of one owner one is told that the holder died, and all are in', async () => {
  using lock = new RLock()
  using said = new Queue<unknown>()
  const holder = await new Process(tasks.hold, [lock, said]).start()
  await said.get()
  const waits = [lock.acquire({ timeoutMs: soonMs }), lock.acquire({ timeoutMs: soonMs })]
  await holder.kill()
  const helds = await Promise.all(waits)
  assert.deepEqual(helds.map(({ ownerDied }) => ownerDied).sort(), [false, true])
  for (const held of helds) held.release()
  assert.ok(!lock.locked())
})

test('who comes back from a condition has the lock as often as before, whoever asks at the same time', async () => {
  using lock = new RLock()
  using condition = new Condition(lock)
  const [waiter, other] = [{}, {}]
  await lock.acquire({ token: waiter })
  await lock.acquire({ token: waiter })
  const back = condition.wait({ timeoutMs: soonMs })
  const held = await lock.acquire({ token: other, timeoutMs: soonMs })
  condition.notify()
  const asking = [1, 2, 3].map(() => lock.acquire({ token: waiter, timeoutMs: soonMs }))
  held.release()
  await back
  for (const one of await Promise.all(asking)) one.release()
  for (let left = 2; left > 0; left--) {
    assert.equal(lock.tryAcquire({ token: other }), undefined)
    lock.release({ token: waiter })
  }
  assert.ok(!lock.locked())
})

test('whatever overlaps, one owner is in at a time, and nothing is left over', async () => {
  using lock = new RLock()
  const owners = [{}, {}, {}, {}]
  const inside = new Map<object, number>()
  const visit = async (token: object, round: number): Promise<void> => {
    const options = { token, timeoutMs: round % 7 === 0 ? 1 : soonMs }
    const held = await lock.acquire(options).catch((error: { code?: string }) => {
      assert.equal(error.code, 'TIMED_OUT')
      assert.equal(options.timeoutMs, 1)
    })
    if (held === undefined) return
    inside.set(token, (inside.get(token) ?? 0) + 1)
    assert.equal(inside.size, 1)
    for (let turn = round % 3; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(inside.size, 1)
    const left = (inside.get(token) ?? 0) - 1
    if (left === 0) inside.delete(token)
    else inside.set(token, left)
    held.release()
    if (left > 0) assert.ok(lock.locked())
  }
  const visits = Array.from({ length: 200 }, (_, round) => visit(owners[((round * 7) % 5) % 4] as object, round))
  await Promise.all(visits)
  assert.equal(inside.size, 0)
  assert.ok(!lock.locked())
})
