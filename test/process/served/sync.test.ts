/** Locks and their kin that one thread serves: exclusion, and what is left when a holder or waiter is killed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  Lock,
  Pipe,
  Process,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SharedMemory,
  Value,
} from '#lanework/process/index.js'
import { turns, until } from '../../support/until.ts'
import { unlessServed } from './served.ts'
import * as tasks from './tasks.ts'

const skip = unlessServed
const soonMs = 5_000

test('two processes, a thread and this one never count at the same time', { skip }, async () => {
  using lock = new Lock()
  using counter = new Queue<number>()
  await counter.put(0)
  const rounds = 300
  const others = (['spawn', 'spawn', 'thread'] as const).map(
    (startMethod) => new Process(tasks.countUp, [lock, counter, rounds], { startMethod }),
  )
  for (const other of others) await other.start()
  for (let round = 0; round < rounds; round++) await lock.with(async () => counter.put((await counter.get()) + 1))
  for (const other of others) await other.result()
  assert.equal(await counter.get(), 4 * rounds)
  assert.ok(!lock.locked())
})

for (const [name, make] of [
  ['Lock', () => new Lock()],
  ['RLock', () => new RLock()],
  ['Semaphore', () => new Semaphore(1)],
] as const) {
  test(`the next one is told when the holder of a served ${name} was killed`, { skip }, async () => {
    using lock = make()
    using said = new Queue<unknown>()
    const holder = await new Process(tasks.hold, [lock, said]).start()
    assert.equal(await said.get(), false)
    assert.equal(lock.tryAcquire(), undefined)
    const next = lock.acquire({ timeoutMs: soonMs })
    await holder.kill()
    const held = await next
    assert.equal(held.ownerDied, true)
    held.release()
    using again = await lock.acquire()
    assert.equal(again.ownerDied, false)
  })

  test(`a wait for a served ${name} that times out or is aborted leaves no trace`, { skip }, async () => {
    using lock = make()
    const before = await (lock instanceof RLock ? lock.acquire({ token: {} }) : lock.acquire())
    await assert.rejects(lock.acquire({ timeoutMs: 0 }), { code: 'TIMED_OUT' })
    await assert.rejects(lock.acquire({ timeoutMs: 20 }), { code: 'TIMED_OUT' })
    await assert.rejects(lock.acquire({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
    await assert.rejects(lock.acquire({ signal: AbortSignal.timeout(20) }), { code: 'ABORTED' })
    before.release()
    assert.equal(lock.tryAcquire()?.ownerDied, false)
    lock.release()
    assert.throws(() => lock.acquireSync(), { code: 'UNSUPPORTED' })
  })
}

test('a waiter that was killed is in nobody’s way, and who waits is told of a dead holder', { skip }, async () => {
  using lock = new Lock()
  using said = new Queue<unknown>()
  const held = await lock.acquire()
  const first = await new Process(tasks.queueUp, [lock, said]).start()
  assert.equal(await said.get(), 'waiting')
  const second = await new Process(tasks.queueUp, [lock, said]).start()
  assert.equal(await said.get(), 'waiting')
  await first.kill()
  // The end of its connection is there already, and is read before this goes on.
  await turns(5)
  held.release()
  assert.equal(await said.get(), false)
  await second.kill()
  assert.equal((await lock.acquire({ timeoutMs: soonMs })).ownerDied, true)
})

test('waiters get CLOSED when the process that serves the lock is killed', { skip }, async () => {
  const [here, there] = Pipe<[Queue<number>, Lock]>()
  const owner = await new Process(tasks.serveOwn, [there as never]).start()
  const [queue, lock] = await here.recv()
  const waiting = assert.rejects(lock.acquire(), { code: 'CLOSED' })
  assert.throws(() => new Condition(lock), { code: 'UNSUPPORTED' })
  await owner.kill()
  await waiting
  await assert.rejects(lock.acquire(), { code: 'CLOSED' })
  queue.close()
  lock.close()
  here.close()
})

test('an RLock lets the same flow or token in again, and no other', { skip }, async () => {
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
  const [mine, yours] = [{}, {}]
  await lock.acquire({ token: mine })
  await lock.acquire({ token: mine })
  assert.equal(lock.tryAcquire({ token: yours }), undefined)
  assert.throws(() => lock.release({ token: yours }), { code: 'LOCK_NOT_HELD' })
  lock.release({ token: mine })
  assert.ok(lock.locked())
  lock.release({ token: mine })
  assert.ok(!lock.locked())
})

test('semaphores count, are bounded, and take back what the dead held', { skip }, async () => {
  using semaphore = new Semaphore(2)
  using said = new Queue<unknown>()
  const holders = [1, 2].map(() => new Process(tasks.hold, [semaphore, said]))
  for (const holder of holders) await holder.start()
  await said.get()
  await said.get()
  assert.deepEqual([semaphore.value, semaphore.tryAcquire()], [0, undefined])
  await holders[0]?.kill()
  assert.equal((await semaphore.acquire({ timeoutMs: soonMs })).ownerDied, true)
  semaphore.release()
  semaphore.release()
  assert.equal(semaphore.value, 2)
  await holders[1]?.kill()
  using bounded = new BoundedSemaphore(1)
  assert.throws(() => bounded.release(), { code: 'RELEASED_TOO_OFTEN', message: /BoundedSemaphore/ })
  using signal = new Semaphore(1, { reclaim: false })
  const taker = await new Process(tasks.hold, [signal, said]).start()
  await said.get()
  await taker.kill()
  await assert.rejects(signal.acquire({ timeoutMs: 100 }), { code: 'TIMED_OUT' })
})

test('an event lets all go on, also if it is cleared at once, and is seen by who only looks', { skip }, async () => {
  using event = new Event()
  using said = new Queue<unknown>()
  const others = [
    new Process(tasks.waitEvent, [event, said]),
    new Process(tasks.waitEvent, [event, said], { startMethod: 'thread' }),
  ]
  for (const other of others) await other.start()
  await said.getMany(1)
  await said.getMany(1)
  const here = event.wait()
  event.set()
  event.clear()
  await here
  for (const other of others) assert.equal(await other.result(), 'done')
  await assert.rejects(event.wait({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
  const watcher = await new Process(tasks.watchEvent, [event, said]).start()
  assert.equal(await said.get(), false)
  event.set()
  assert.equal(await watcher.result(), true)
  event.clear()
  const setter = await new Process(tasks.setEvent, [event]).start()
  await setter.join()
  assert.ok(event.isSet, 'what a process does last arrives before it has ended')
})

test('parties pass a barrier together, and one that is killed breaks it', { skip }, async () => {
  using barrier = new Barrier(3)
  using said = new Queue<unknown>()
  const others = [1, 2].map(() => new Process(tasks.passRounds, [barrier, 50]))
  for (const other of others) await other.start()
  for (let round = 0; round < 50; round++) assert.ok((await barrier.wait()) < 3)
  for (const other of others) await other.result()
  const doomed = await new Process(tasks.pass, [barrier, said]).start()
  await said.get()
  await until('it waits', () => barrier.waiting === 1)
  const waiting = assert.rejects(barrier.wait({ timeoutMs: soonMs }), { code: 'BARRIER_BROKEN' })
  await doomed.kill()
  await waiting
  assert.ok(barrier.broken)
  barrier.reset()
  await assert.rejects(barrier.wait({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
  assert.ok(barrier.broken)
  assert.throws(() => barrier.waitSync(), { code: 'UNSUPPORTED' })
})

test('consumers that wait for a condition take all that is produced', { skip }, async () => {
  using condition = new Condition()
  using stock = new Queue<number>()
  const rounds = 150
  const consumers = [1, 2].map(() => new Process(tasks.consume, [condition, stock, rounds]))
  for (const consumer of consumers) await consumer.start()
  for (let made = 0; made < 2 * rounds; made++)
    await condition.lock.with(async () => {
      await condition.waitFor(() => stock.qsize() < 4, { timeoutMs: 20_000 })
      await stock.put(made)
      condition.notifyAll()
    })
  const got = await Promise.all(consumers.map((consumer) => consumer.result()))
  assert.equal(new Set(got.flat()).size, 2 * rounds)
})

test(
  'a notification tells how many it woke, and reaches the next one when its waiter was killed',
  { skip },
  async () => {
    using condition = new Condition()
    using said = new Queue<unknown>()
    await assert.rejects(condition.wait(), { code: 'LOCK_NOT_HELD' })
    const waiters = [1, 2, 3].map(() => new Process(tasks.waitCondition, [condition, said]))
    for (const waiter of waiters) {
      await waiter.start()
      assert.equal(await said.get(), 'waiting')
    }
    await condition.lock.with(async () => {
      assert.equal(condition.notify(), 1)
      // The first was notified and cannot have the lock yet.
      await waiters[0]?.kill()
    })
    assert.equal(await said.get(), 'notified')
    assert.equal(await waiters[1]?.join(), 0)
    const late = await new Process(tasks.waitCondition, [condition, said]).start()
    assert.equal(await said.get(), 'waiting')
    const notifier = await new Process(tasks.notifyThree, [condition]).start()
    assert.deepEqual(await notifier.result(), [2, 0])
    await Promise.all([late.join(), waiters[2]?.join()])
    await condition.lock.with(async () => {
      await assert.rejects(condition.wait({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
      assert.ok(condition.lock.locked())
    })
    assert.throws(() => condition.waitSync(), { code: 'LOCK_NOT_HELD' })
  },
)

test('what needs shared memory says so', { skip }, () => {
  assert.throws(() => new SharedArray(Int32Array, 1), { code: 'UNSUPPORTED' })
  assert.throws(() => SharedMemory.create(8), { code: 'UNSUPPORTED' })
  assert.throws(() => new Value('i32'), { code: 'UNSUPPORTED' })
})
