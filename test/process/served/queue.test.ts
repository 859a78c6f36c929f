/** Queues that one thread serves: the same rules as in shared memory, between real processes and threads. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  JoinableQueue,
  Lock,
  Pipe,
  Pool,
  Process,
  Queue,
  SimpleQueue,
  type Connection,
} from '#lanework/process/index.js'
import { turns, until } from '../../support/until.ts'
import { unlessServed } from './served.ts'
import * as tasks from './tasks.ts'

const skip = unlessServed

describe('a served queue, in its own thread', { skip }, () => {
  it('gives every kind of item back as it was', async () => {
    using queue = new Queue()
    const items = [
      0,
      -1.5,
      'ü€😀',
      '',
      true,
      null,
      undefined,
      [1, ['two']],
      { a: { b: 1 } },
      new Map([['k', 1n]]),
      new Date(7),
    ]
    assert.equal(await queue.putMany(items), items.length)
    assert.deepEqual(await queue.getMany(100), items)
    const bytes = Uint8Array.of(1, 2, 3)
    await queue.put(bytes)
    bytes.fill(9)
    assert.deepEqual(await queue.get(), Uint8Array.of(1, 2, 3))
  })

  it('holds so many items and bytes, and refuses one that can never fit', async () => {
    using queue = new Queue<Uint8Array>({ capacityBytes: 4_096 })
    assert.equal(queue.tryPutMany(Array.from({ length: 9 }, () => new Uint8Array(1_024))), 4)
    assert.equal(queue.tryPut(new Uint8Array(1)), false)
    await assert.rejects(queue.put(new Uint8Array(4_097)), {
      code: 'ITEM_TOO_LONG',
      detail: { sizeBytes: 4_097, limitBytes: 4_096 },
    })
    await assert.rejects(queue.put((() => 1) as never), { code: 'NOT_SERIALIZABLE' })
    using small = new Queue<number>({ capacity: 2 })
    await small.putMany([1, 2])
    assert.deepEqual([small.full(), small.qsize()], [true, 2])
    assert.throws(() => new Queue({ capacity: 0 }), { code: 'OPTION_INVALID' })
  })

  it('keeps puts in order that nobody awaits, also many more than may be on their way', async () => {
    using queue = new Queue<number>({ capacity: 3 })
    const puts = Array.from({ length: 3_000 }, (_, index) => queue.put(index))
    await turns(2)
    assert.equal(queue.qsize(), 3)
    const got: number[] = []
    while (got.length < puts.length) got.push(await queue.get())
    await Promise.all(puts)
    assert.ok(got.every((item, index) => item === index))
  })

  it('serves getters in the order in which they asked', async () => {
    using queue = new Queue<number>()
    const gets = [queue.get(), queue.getMany(5), queue.get()]
    await queue.putMany([1, 2])
    await queue.put(3)
    assert.deepEqual(await Promise.all(gets), [1, [2], 3])
  })

  it('ends waits: TIMED_OUT, ABORTED, CLOSED; those behind are served', async () => {
    using queue = new Queue<number>({ capacity: 1 })
    await assert.rejects(queue.get({ timeoutMs: 0 }), { code: 'TIMED_OUT' })
    await assert.rejects(queue.get({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    const abort = new AbortController()
    const given = assert.rejects(queue.get({ signal: abort.signal }), { code: 'ABORTED' })
    const stays = queue.get()
    abort.abort()
    await given
    await assert.rejects(queue.get({ signal: abort.signal }), { code: 'ABORTED' })
    await queue.put(1)
    assert.equal(await stays, 1)
    assert.equal(await queue.putMany([2, 3, 4], { timeoutMs: 5 }), 1)
    await assert.rejects(queue.put(9, { timeoutMs: 5 }), { code: 'TIMED_OUT' })
    const closing = new Queue()
    const waiting = assert.rejects(closing.get(), { code: 'CLOSED' })
    closing.close()
    await waiting
    await assert.rejects(closing.put(1), { code: 'CLOSED' })
    assert.throws(() => closing.toShared(), { code: 'CLOSED' })
  })

  it('once ended gives what is left, then CLOSED; iteration ends', async () => {
    using queue = new Queue<number>({ capacity: 2 })
    await queue.putMany([1, 2])
    const late = assert.rejects(queue.put(3), { code: 'CLOSED' })
    await queue.end()
    await late
    const got: number[] = []
    for await (const item of queue) got.push(item)
    assert.deepEqual(got, [1, 2])
    assert.throws(() => queue.tryGet(), { code: 'CLOSED' })
  })

  it('moves numbers of one kind', async () => {
    using queue = new Queue({ of: Float64Array, capacity: 5 })
    const put = queue.putMany(Float64Array.of(1.5, 2.5, 3.5, 4.5, 5.5, 6.5))
    assert.equal(await queue.get(), 1.5)
    assert.deepEqual([await put, await queue.getMany(9)], [6, Float64Array.of(2.5, 3.5, 4.5, 5.5, 6.5)])
    await assert.rejects(queue.put('1' as never), { code: 'NOT_SERIALIZABLE' })
  })

  it('lets the rest of the program run while a loop never has to wait', async () => {
    using queue = new Queue<number>()
    const timer = { isOver: false }
    setTimeout(() => (timer.isOver = true), 1)
    for (let index = 0; !timer.isOver; index++) {
      await queue.put(index)
      await queue.get()
      if (index > 5_000_000) assert.fail('the timer never ran')
    }
  })

  it('cannot block the thread: UNSUPPORTED', () => {
    using queue = new JoinableQueue()
    for (const form of ['putSync', 'putManySync', 'getSync', 'joinSync'] as const)
      assert.throws(() => queue[form]([] as never), { code: 'UNSUPPORTED' })
    assert.throws(() => queue.getManySync(1), { code: 'UNSUPPORTED' })
  })
})

for (const startMethod of ['spawn', 'thread'] as const) {
  describe(`a served queue between this thread and another (${startMethod})`, { skip }, () => {
    it('moves thousands of items, each once and in order', async () => {
      using queue = new Queue<number>({ capacity: 100 })
      const producers = [0, 1].map((n) => new Process(tasks.putNumbers, [queue, n * 10_000, 3_000], { startMethod }))
      const consumers = [1, 7].map((most) => new Process(tasks.getAll, [queue, most], { startMethod }))
      for (const each of [...producers, ...consumers]) await each.start()
      for (const producer of producers) assert.equal(await producer.result(), 3_000)
      await queue.end()
      const parts = await Promise.all(consumers.map((consumer) => consumer.result()))
      for (const part of parts)
        for (const producer of [0, 1]) {
          const own = part.filter((item) => Math.floor(item / 10_000) === producer)
          assert.deepEqual(
            own,
            own.toSorted((a, b) => a - b),
          )
        }
      assert.equal(new Set(parts.flat()).size, 6_000)
      assert.equal(parts.flat().length, 6_000)
    })

    it('joins when all that was put is done', async () => {
      using queue = new JoinableQueue<number>({ capacity: 20 })
      const worker = await new Process(tasks.work, [queue], { startMethod }).start()
      await queue.putMany(Array.from({ length: 300 }, (_, index) => index))
      await queue.join()
      assert.deepEqual([queue.unfinished(), queue.empty()], [0, true])
      assert.throws(() => queue.taskDone(), { code: 'TASKS_DONE_EXCEEDED' })
      await queue.end()
      assert.equal(await worker.result(), 300)
    })

    it('says there what only its maker can do at once', async () => {
      using queue = new Queue()
      for (const method of ['tryGet', 'getSync']) {
        const child = await new Process(tasks.codeOf, [queue, method], { startMethod }).start()
        assert.equal(await child.result(), 'UNSUPPORTED')
      }
    })
  })
}

describe('a served queue and those who are killed', { skip }, () => {
  it('makes producers wait while its consumer stands still, without taking more', async () => {
    using queue = new Queue<number>({ capacity: 10 })
    const child = await new Process(tasks.putBatches, [queue, 0, 400, 16]).start()
    await until('it is full', () => queue.full())
    await turns(20)
    assert.equal(queue.qsize(), 10)
    const got: number[] = []
    while (got.length < 400) got.push(...(await queue.getMany(5)))
    assert.deepEqual(
      got,
      Array.from({ length: 400 }, (_, index) => index),
    )
    assert.equal(await child.join(), 0)
  })

  it('forgets the waits of a process that was killed', async () => {
    using queue = new Queue<number>()
    using full = new Queue<string>({ capacity: 1 })
    using ready = new Queue<string>()
    using alive = new Lock()
    await full.put('first')
    const waiters = [
      new Process(tasks.waitForItem, [queue, ready]),
      new Process(tasks.waitForRoom, [full, ready, alive]),
    ]
    for (const waiter of waiters) await waiter.start()
    await ready.get()
    await ready.get()
    for (const waiter of waiters) await waiter.kill()
    await until('its wait is withdrawn', async () => {
      await queue.put(1)
      return (await queue.get({ timeoutMs: 200 }).catch(() => undefined)) === 1
    })
    assert.ok((await alive.acquire()).ownerDied, 'so its puts are withdrawn, too')
    assert.equal(await full.get(), 'first')
    await assert.rejects(full.get({ timeoutMs: 50 }), { code: 'TIMED_OUT' })
  })

  it('is CLOSED for everybody when the process that serves it is killed', async () => {
    const [here, there] = Pipe<[Queue<number>, unknown]>()
    const owner = await new Process(tasks.serveOwn, [there as never]).start()
    const [queue] = await here.recv()
    using ready = new Queue<string>()
    const other = await new Process(tasks.iterate, [queue, ready]).start()
    await ready.get()
    const waiting = assert.rejects(queue.get(), { code: 'CLOSED' })
    await owner.kill()
    await waiting
    assert.equal(await other.result(), 'CLOSED', 'an iteration does not end as if nothing was left')
    await assert.rejects(queue.put(1), { code: 'CLOSED' })
    queue.close()
    here.close()
  })
})

describe('a served pipe', { skip }, () => {
  it('carries values both ways, and its end is noticed', async () => {
    const [here, there] = Pipe<unknown>()
    const child = await new Process(tasks.echo, [there]).start()
    assert.ok(there.closed)
    const values = [1, 'two', { three: [3] }, Buffer.from('four'), undefined]
    for (const value of values) await here.send(value)
    for (const value of values) assert.deepEqual(await here.recv({ timeoutMs: 10_000 }), value)
    assert.equal(await here.poll(), false)
    here.close()
    assert.equal(await child.join(), 0)
  })

  it('is CLOSED when the other end was killed', async () => {
    const [here, there] = Pipe<unknown>()
    const child = await new Process(tasks.echo, [there]).start()
    await here.send('ready')
    await here.recv()
    const waiting = assert.rejects(here.recv(), { code: 'CLOSED' })
    await child.kill()
    await waiting
    await assert.rejects(here.send(1), { code: 'CLOSED' })
  })

  it('goes on to another process with all that waits in it', async () => {
    const [here, there] = Pipe<unknown>()
    for (let index = 0; index < 500; index++) await here.send(index)
    const child = await new Process(tasks.echo, [there]).start()
    for (let index = 0; index < 500; index++) assert.equal(await here.recv(), index)
    here.close()
    await child.join()
  })

  it('makes its sender wait for a receiver that stands still', async () => {
    const [receiver, sender]: [Connection<Buffer>, Connection<Buffer>] = Pipe<Buffer>(false)
    assert.deepEqual([receiver.writable, sender.readable], [false, false])
    const piece = Buffer.alloc(300_000)
    let sends = 0
    const all = (async () => {
      for (; sends < 20; sends++) await sender.send(piece)
      sender.close()
    })()
    await turns(50)
    assert.ok(sends < 10, `${sends} pieces of 300,000 bytes are on their way`)
    let got = 0
    for await (const { length } of receiver) got += length
    await all
    assert.equal(got, 20 * piece.length)
  })
})

describe('handles as arguments of tasks', { skip }, () => {
  it('reach the lanes of a pool', async () => {
    await using pool = new Pool({ lanes: 2, laneKind: 'process' })
    using queue = new Queue<unknown>()
    using simple = new SimpleQueue<string>()
    assert.deepEqual(
      await Promise.all([1, 2, 3].map((n) => pool.run(tasks.putNumbers, [queue, n * 100, 50]))),
      [50, 50, 50],
    )
    assert.equal(new Set(await queue.getMany(200)).size, 150)
    await simple.put('here')
    assert.deepEqual([simple.empty(), await simple.get()], [false, 'here'])
  })
})
