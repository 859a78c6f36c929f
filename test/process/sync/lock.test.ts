/** Locks between processes and threads: exclusion, and what is left when a holder or waiter is killed. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Condition, Event, Lock, RLock, Semaphore, SharedArray } from '#lanework/process/index.js'
import { shareWith, shareWithThread, unlessNative, usage } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const skip = unlessNative
const soonMs = 1_000

test('two processes and this one never count at the same time', { skip }, async () => {
  using lock = new Lock()
  using counter = new SharedArray(Int32Array, 1)
  const rounds = 10_000
  const others = [shareWith('countUp', [lock, counter], rounds), shareWith('countUp', [lock, counter], rounds)]
  await Promise.all(others.map((other) => other.hear('ready')))
  for (const other of others) other.go()
  for (let round = 0; round < 2_000; round++) {
    await lock.with(() => (counter.array[0] = (counter.array[0] ?? 0) + 1))
  }
  assert.deepEqual(await Promise.all(others.map(({ ended }) => ended)), [0, 0])
  assert.equal(counter.array[0], 2 * rounds + 2_000)
})

test('a waiter gets its turn although another process takes the lock again and again', { skip }, async () => {
  using lock = new Lock()
  const greedy = shareWith('hog', [lock])
  try {
    await greedy.hear('ready')
    await until('the other holds it', () => lock.locked())
    for (let round = 0; round < 40; round++) (await lock.acquire({ timeoutMs: 10_000 })).release()
  } finally {
    await greedy.kill()
  }
})

for (const [name, make] of [
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
  ['Semaphore', () => new Semaphore(1)],
] as const) {
  test(`the next one is told when the holder of a ${name} was killed`, { skip }, async () => {
    using lock = make()
    const holder = shareWith('hold', [lock])
    assert.equal(await holder.hear('held'), false)
    assert.equal(lock.tryAcquire(), undefined)
    const next = lock.acquire({ timeoutMs: soonMs })
    await holder.kill()
    const held = await next
    assert.equal(held.ownerDied, true)
    held.release()
    using again = await lock.acquire()
    assert.equal(again.ownerDied, false)
  })

  test(`who blocks is told when the holder of a ${name} was killed`, { skip }, async () => {
    using lock = make()
    const holder = shareWith('hold', [lock])
    await holder.hear('held')
    holder.child.kill('SIGKILL')
    assert.equal(lock.acquireSync({ timeoutMs: soonMs }).ownerDied, true)
    lock.release()
    await holder.ended
  })

  test(`a wait for a ${name} that times out or is aborted leaves no trace`, { skip }, async () => {
    using lock = make()
    const before = await (lock instanceof RLock ? lock.acquire({ token: {} }) : lock.acquire())
    await assert.rejects(lock.acquire({ timeoutMs: 0 }), { code: 'TIMED_OUT' })
    await assert.rejects(lock.acquire({ timeoutMs: 150 }), { code: 'TIMED_OUT' })
    await assert.rejects(lock.acquire({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
    await assert.rejects(lock.acquire({ signal: AbortSignal.timeout(150) }), { code: 'ABORTED' })
    before.release()
    assert.equal(lock.tryAcquire()?.ownerDied, false)
    lock.release()
  })

  test(`closing a ${name} ends the waits in this process`, { skip }, async () => {
    const lock = make()
    await lock.acquire()
    const waiting = assert.rejects(name === 'RLock' ? acquireAsOther(lock as RLock) : lock.acquire(), {
      code: 'CLOSED',
    })
    lock.close()
    await waiting
    await assert.rejects(lock.acquire(), { code: 'CLOSED' })
  })
}

function acquireAsOther(lock: RLock): Promise<unknown> {
  return lock.acquire({ token: {} })
}

test('a killed waiter is in nobody’s way', { skip }, async () => {
  using lock = new Lock()
  const held = await lock.acquire()
  const waiters = [shareWith('queueUp', [lock]), shareWith('queueUp', [lock])]
  await Promise.all(waiters.map((waiter) => waiter.hear('waiting')))
  await waiters[0]?.kill()
  held.release()
  assert.equal(await waiters[1]?.hear('held'), true)
  await waiters[1]?.kill()
  assert.equal((await lock.acquire({ timeoutMs: soonMs })).ownerDied, true)
})

test('a thread excludes this one, and is missed when it was terminated', { skip }, async () => {
  using lock = new Lock()
  const worker = shareWithThread('hold', [lock])
  await until('it holds', () => lock.locked())
  await assert.rejects(lock.acquire({ timeoutMs: 120 }), { code: 'TIMED_OUT' })
  assert.throws(() => lock.release(), { code: 'LOCK_NOT_HELD' })
  const exited = once(worker, 'exit')
  await worker.terminate()
  await exited
  assert.equal((await lock.acquire({ timeoutMs: soonMs })).ownerDied, true)
})

test('async flows of one thread exclude each other', { skip }, async () => {
  using lock = new Lock()
  let inside = 0
  await Promise.all(
    Array.from({ length: 20 }, () =>
      lock.with(async () => {
        assert.equal(++inside, 1)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
      }),
    ),
  )
})

test('misuse of a Lock is an error', { skip }, async () => {
  using lock = new Lock()
  assert.throws(() => lock.release(), { code: 'LOCK_NOT_HELD' })
  const held = await lock.acquire()
  assert.throws(() => lock.acquireSync(), { code: 'WOULD_DEADLOCK' })
  lock.release()
  using other = await lock.acquire()
  held.release()
  assert.ok(lock.locked(), 'the released hold does not release that of another flow')
  void other
})

test('with() releases after an error', { skip }, async () => {
  using lock = new Lock()
  const error = new Error('on purpose')
  await assert.rejects(
    lock.with(() => Promise.reject(error)),
    error,
  )
  assert.ok(!lock.locked())
})

test('an RLock lets the same flow in again, and no other', { skip }, async () => {
  using lock = new RLock()
  const order: string[] = []
  const visit = (name: string): Promise<void> =>
    lock.with(async () => {
      order.push(`${name} in`)
      await lock.with(() => new Promise((resolve) => setImmediate(resolve)))
      order.push(`${name} out`)
    })
  await Promise.all([visit('a'), visit('b')])
  assert.deepEqual(order, ['a in', 'a out', 'b in', 'b out'])
  assert.ok(!lock.locked())
})

test('an RLock belongs to a token, and is free when released as often as acquired', { skip }, async () => {
  using lock = new RLock()
  const [mine, yours] = [{}, {}]
  await lock.acquire({ token: mine })
  lock.acquireSync({ token: mine })
  assert.equal(lock.tryAcquire({ token: yours }), undefined)
  assert.throws(() => lock.acquireSync({ token: yours }), { code: 'WOULD_DEADLOCK' })
  assert.throws(() => lock.release({ token: yours }), { code: 'LOCK_NOT_HELD' })
  lock.release({ token: mine })
  assert.ok(lock.locked())
  lock.release({ token: mine })
  assert.ok(!lock.locked())
})

test('what was acquired is released once, a lock only by who holds it', { skip }, async () => {
  for (const lock of [new Lock(), new RLock()]) {
    const first = await lock.acquire()
    first.release()
    const second = await lock.acquire()
    first.release()
    assert.ok(lock.locked())
    second.release()
    second.release()
    assert.throws(() => lock.release(), { code: 'LOCK_NOT_HELD' })
    lock.close()
  }
})

test('descriptors and mappings are given back', { skip }, async () => {
  const round = async (): Promise<void> => {
    const objects = [
      new Lock(),
      new RLock(),
      new Semaphore(2),
      new Event(),
      new Condition(),
      new SharedArray(Int8Array, 9),
    ]
    using blocker = new Lock()
    await blocker.acquire()
    await assert.rejects(blocker.acquire({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    for (const object of objects) object.close()
  }
  await round()
  const before = usage()
  for (let count = 0; count < 20; count++) await round()
  await until('all is given back', () => {
    const now = usage()
    return now.descriptors <= before.descriptors && now.mappings <= before.mappings
  })
})
