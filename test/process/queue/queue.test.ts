/** A queue in one process: what goes in comes out, and every way to wait or not to wait. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { duplicateDescriptor } from '#lanework/io/index.js'
import { Segment } from '#lanework/process/memory/segment.js'
import { Queue, SimpleQueue } from '#lanework/process/queue/index.js'
import { QueueStore } from '#lanework/process/queue/store.js'
import { turns, until } from '../../support/until.ts'
import { holdings, unlessNative } from './worker.ts'

describe('a queue', { skip: unlessNative }, () => {
  it('gives every kind of item back as it was', async () => {
    using queue = new Queue()
    const items = [
      0, -1.5, 2 ** 40, 'text', 'ü€😀', '', true, null, undefined, [], [1, [2, ['three']]], { a: { b: [1] } },
      new Map([['k', new Set([1])]]), new Date(7), 12n, /x/g, new Float32Array([1.5]), new Error('no').message,
    ] // prettier-ignore
    assert.equal(await queue.putMany(items), items.length)
    assert.deepEqual(await queue.getMany(100), items)
  })

  it('keeps bytes as Uint8Array and Buffer as Buffer, of any size from 0, and gives copies', async () => {
    using queue = new Queue()
    for (const size of [0, 1, 7, 8, 31, 32, 33, 64, 4_097]) {
      const bytes = Uint8Array.from({ length: size }, (_, index) => index * 7)
      await queue.putMany([bytes, Buffer.from(bytes), bytes.subarray(0)])
      const expected = Uint8Array.from(bytes)
      bytes.fill(1)
      const [first, second, third] = await queue.getMany(3)
      assert.deepEqual([first, third], [expected, expected])
      assert.ok(Buffer.isBuffer(second) && second.equals(expected))
    }
  })

  it('refuses an item that can never fit: ITEM_TOO_LONG, and takes one that just fits', async () => {
    using queue = new Queue({ capacityBytes: 1_000 })
    const limits = { code: 'ITEM_TOO_LONG', detail: { sizeBytes: 1_001, limitBytes: 1_000 } }
    await assert.rejects(queue.put(new Uint8Array(1_001)), limits)
    assert.throws(() => queue.tryPut('x'.repeat(1_000)), { code: 'ITEM_TOO_LONG' })
    await assert.rejects(queue.putMany(['good', new Uint8Array(1_001)]), limits)
    assert.equal(queue.qsize(), 0)
    for (let round = 0; round < 3; round++) {
      await queue.put(new Uint8Array(1_000).fill(round))
      assert.deepEqual(await queue.get(), new Uint8Array(1_000).fill(round))
    }
  })

  it('refuses functions and handles: NOT_SERIALIZABLE, with nothing put', async () => {
    using queue = new Queue()
    using other = new SimpleQueue()
    await assert.rejects(
      queue.put(() => 1),
      { code: 'NOT_SERIALIZABLE' },
    )
    await assert.rejects(queue.put(other), { code: 'NOT_SERIALIZABLE' })
    await assert.rejects(queue.putMany([1, { other }]), { code: 'NOT_SERIALIZABLE' })
    assert.equal(queue.empty(), true)
  })

  it('lets an item be put while another one is encoded', async () => {
    using queue = new Queue()
    let reads = 0
    const outer = {
      get inner() {
        if (reads++ === 0) queue.tryPut('inner')
        return 'read'
      },
    }
    await queue.put(outer)
    assert.deepEqual(await queue.getMany(9), ['inner', { inner: 'read' }])
  })

  it('makes put wait when it is full, and keeps puts in order that nobody awaits one by one', async () => {
    using queue = new Queue<number>({ capacity: 3 })
    const puts = Array.from({ length: 50 }, (_, index) => queue.put(index))
    let settled = 0
    for (const put of puts) void put.then(() => settled++)
    await turns(3)
    assert.deepEqual([settled, queue.full(), queue.qsize(), queue.tryPut(99)], [3, true, 3, false])
    const got: number[] = []
    for (let index = 0; index < 50; index++) got.push(await queue.get())
    await Promise.all(puts)
    assert.deepEqual(
      got,
      Array.from({ length: 50 }, (_, index) => index),
    )
  })

  it('makes put wait for bytes as well as for slots', async () => {
    using queue = new Queue<Uint8Array>({ capacityBytes: 4_096 })
    assert.equal(queue.tryPutMany(Array.from({ length: 9 }, () => new Uint8Array(1_024))), 4)
    assert.equal(queue.full(), false)
    const put = queue.put(new Uint8Array(2_048))
    await queue.get()
    await turns(2)
    assert.equal(queue.qsize(), 3, 'one slot of 1,024 bytes is not enough')
    await queue.get()
    await put
    assert.equal(queue.qsize(), 3)
  })

  it('serves getters in the order in which they asked', async () => {
    using queue = new Queue<number>()
    const gets = [queue.get(), queue.get(), queue.getMany(5), queue.get()]
    await queue.putMany([1, 2, 3])
    assert.deepEqual(await Promise.all(gets.slice(0, 3)), [1, 2, [3]])
    await queue.put(4)
    assert.equal(await gets[3], 4)
  })

  it('ends a wait after timeoutMs: TIMED_OUT; the item is not put, the next one is', async () => {
    using queue = new Queue({ capacity: 1 })
    await assert.rejects(queue.get({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    await assert.rejects(queue.get({ timeoutMs: 0 }), { code: 'TIMED_OUT' })
    assert.throws(() => queue.getSync({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    await queue.put('first', { timeoutMs: 0 })
    await assert.rejects(queue.put('late', { timeoutMs: 5 }), { code: 'TIMED_OUT' })
    assert.throws(() => queue.putSync('late', { timeoutMs: 5 }), { code: 'TIMED_OUT' })
    const put = queue.put('second')
    assert.equal(await queue.get(), 'first')
    await put
    assert.deepEqual(queue.tryGet(), { value: 'second' })
    assert.equal(queue.tryGet(), undefined)
  })

  it('ends a wait when its signal aborts: ABORTED; those behind it are served', async () => {
    using queue = new Queue()
    const abort = new AbortController()
    const given = queue.get({ signal: abort.signal })
    const stays = queue.get()
    abort.abort(new Error('enough'))
    await assert.rejects(
      given,
      (error: Error) => 'code' in error && error.code === 'ABORTED' && error.cause instanceof Error,
    )
    await assert.rejects(queue.get({ signal: abort.signal }), { code: 'ABORTED' })
    await queue.put(1)
    await assert.rejects(queue.put(2, { signal: abort.signal }), { code: 'ABORTED' })
    assert.deepEqual([await stays, queue.qsize()], [1, 0])
  })

  it('tells how many of many went in when a limit stopped it', async () => {
    using queue = new Queue({ capacity: 3 })
    assert.equal(await queue.putMany([1, 2, 3, 4, 5], { timeoutMs: 5 }), 3)
    await assert.rejects(queue.putMany([6], { timeoutMs: 5 }), { code: 'TIMED_OUT' })
    assert.deepEqual([queue.tryPutMany([7]), await queue.putMany([])], [0, 0])
    assert.deepEqual([await queue.getMany(2), queue.getManySync(2), queue.tryGetMany(2)], [[1, 2], [3], undefined])
    assert.equal(queue.putManySync([1, 2, 3, 4], { timeoutMs: 5 }), 3)
  })

  it('lets many more items through than it holds, put at once', async () => {
    using queue = new Queue<number>({ capacity: 16 })
    const items = Array.from({ length: 1_000 }, (_, index) => index)
    const put = queue.putMany(items)
    const got: number[] = []
    while (got.length < items.length) got.push(...(await queue.getMany(7)))
    assert.deepEqual([await put, got], [1_000, items])
  })

  it('once ended gives what is left, then CLOSED; iteration ends', async () => {
    using queue = new Queue<number>({ capacity: 4 })
    await queue.putMany([1, 2, 3, 4])
    const waiting = assert.rejects(queue.put(5), { code: 'CLOSED' })
    await queue.end()
    await waiting
    assert.throws(() => queue.tryPut(6), { code: 'CLOSED' })
    const got: number[] = []
    for await (const item of queue) got.push(item)
    assert.deepEqual(got, [1, 2, 3, 4])
    await assert.rejects(queue.get(), { code: 'CLOSED' })
    assert.throws(() => queue.getSync(), { code: 'CLOSED' })
    assert.throws(() => queue.tryGet(), { code: 'CLOSED' })
  })

  it('wakes those who wait for an item when it is ended', async () => {
    using queue = new Queue()
    const waiting = Promise.all([queue.get(), queue.getMany(3)].map((get) => assert.rejects(get, { code: 'CLOSED' })))
    await turns(100)
    await queue.end()
    await waiting
  })

  it('after close is CLOSED in all its forms, also for those who wait', async () => {
    const queue = new Queue({ capacity: 1 })
    const get = assert.rejects(queue.get(), { code: 'CLOSED' })
    const iteration = (async () => {
      for await (const item of queue) assert.fail(String(item))
    })()
    queue.close()
    queue.close()
    await Promise.all([get, iteration])
    for (const form of [
      () => queue.put(1),
      () => queue.putMany([1]),
      () => queue.get(),
      () => queue.getMany(1),
      () => queue.end(),
    ])
      await assert.rejects(form(), { code: 'CLOSED' })
    for (const form of [
      () => queue.tryPut(1),
      () => queue.putSync(1),
      () => queue.tryGet(),
      () => queue.qsize(),
      () => queue.toShared(),
    ])
      assert.throws(form, { code: 'CLOSED' })
  })

  it('holds four descriptors and one mapping while open, and nothing after', async () => {
    const none = (): boolean => holdings().mappings === 0
    await until('the queues of other tests are unmapped', none)
    const { descriptors } = holdings()
    for (let round = 0; round < 50; round++) {
      const queue = new Queue({ capacityBytes: 4_096 })
      assert.deepEqual(holdings(), { descriptors: descriptors + 4, mappings: 1 })
      const get = queue.get()
      await turns(60)
      await queue.put(round)
      assert.equal(await get, round)
      queue.close()
      await until('it is unmapped', none)
    }
    assert.deepEqual(holdings(), { descriptors, mappings: 0 })
  })

  it('lets the rest of the program run while a loop never has to wait', async () => {
    using queue = new Queue<number>()
    const timer = { rang: false }
    setTimeout(() => (timer.rang = true), 1)
    for (let index = 0; !timer.rang; index++) {
      await queue.put(index)
      await queue.get()
      if (index > 50_000_000) assert.fail('the timer never ran')
    }
  })

  it('counts on when its counters wrap at 2^32', async () => {
    const store = QueueStore.create({ capacity: 5 })
    store.header[32] = -3
    store.header[64] = -3
    using queue = new Queue<number>({}, store)
    const got: number[] = []
    for (let index = 0; index < 20; index += 4) {
      await queue.putMany([index, index + 1, index + 2, index + 3])
      assert.equal(queue.qsize(), 4)
      got.push(...(await queue.getMany(2)), await queue.get(), await queue.get())
    }
    assert.deepEqual(
      got,
      Array.from({ length: 20 }, (_, index) => index),
    )
  })

  it('refuses options that make no sense, and memory that is no queue', () => {
    for (const options of [{ capacity: 0 }, { capacity: 1.5 }, { capacityBytes: 2 ** 31 }, { of: Array as never }])
      assert.throws(() => new Queue(options), { code: 'OPTION_INVALID' })
    const segment = Segment.create(4_096)
    assert.throws(() => QueueStore.attach([duplicateDescriptor(segment.descriptor)]), { code: 'UNSUPPORTED' })
    segment.close()
  })
})

describe('a queue of numbers', { skip: unlessNative }, () => {
  it('moves doubles in bulk, around its end and in order', async () => {
    using queue = new Queue({ of: Float64Array, capacity: 100 })
    let next = 0
    for (let round = 0; round < 20; round++) {
      const batch = Float64Array.from({ length: 77 }, (_, index) => next + index + 0.5)
      assert.equal(await queue.putMany(round % 2 === 0 ? batch : [...batch]), 77)
      assert.equal(await queue.get(), next + 0.5)
      const got: Float64Array = await queue.getMany(1_000)
      assert.ok(got instanceof Float64Array)
      assert.deepEqual(got, batch.slice(1))
      next += 77
    }
  })

  it('has numbers of each kind', async () => {
    using ints = new Queue({ of: Int32Array })
    await ints.put(-7)
    await ints.putMany([8, 9])
    assert.deepEqual(await ints.getMany(9), Int32Array.of(-7, 8, 9))
    using wide = new Queue({ of: BigInt64Array })
    await wide.put(2n ** 60n)
    assert.deepEqual(wide.tryGet(), { value: 2n ** 60n })
    using small = new Queue({ of: Uint8Array })
    await small.putMany(Uint8Array.of(1, 2))
    assert.deepEqual(small.getManySync(5), Uint8Array.of(1, 2))
  })

  it('makes put wait when it is full, and is CLOSED once ended and empty', async () => {
    using queue = new Queue({ of: Float64Array, capacity: 3 })
    const put = queue.putMany(Float64Array.of(1, 2, 3, 4, 5))
    await turns(60)
    assert.deepEqual([queue.full(), queue.tryPut(9), queue.tryPutMany([9])], [true, false, 0])
    assert.deepEqual(await queue.getMany(9), Float64Array.of(1, 2, 3))
    assert.equal(await put, 5)
    await queue.end()
    await assert.rejects(queue.put(6), { code: 'CLOSED' })
    assert.deepEqual(await queue.getMany(9), Float64Array.of(4, 5))
    await assert.rejects(queue.get(), { code: 'CLOSED' })
  })

  it('refuses what is no number: NOT_SERIALIZABLE', async () => {
    using queue = new Queue({ of: Float64Array })
    await assert.rejects(queue.put('1' as never), { code: 'NOT_SERIALIZABLE' })
    await assert.rejects(queue.putMany([1, undefined as never]), { code: 'NOT_SERIALIZABLE' })
    assert.throws(() => queue.tryPutMany(BigInt64Array.of(1n) as never), { code: 'NOT_SERIALIZABLE' })
    assert.equal(queue.empty(), true)
  })
})

describe('a simple queue', { skip: unlessNative }, () => {
  it('puts, gets, says whether it is empty, and closes', async () => {
    const queue = new SimpleQueue<string>()
    assert.equal(queue.empty(), true)
    const get = queue.get()
    await queue.put('a')
    await queue.put('b')
    assert.deepEqual([await get, queue.empty(), await queue.get()], ['a', false, 'b'])
    await assert.rejects(queue.get({ timeoutMs: 1 }), { code: 'TIMED_OUT' })
    queue.close()
    assert.throws(() => queue.empty(), { code: 'CLOSED' })
  })
})
