/** A queue between processes and threads: nothing is lost, nothing doubled, nothing torn. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { loadNative } from '#lanework/native/index.js'
import { JoinableQueue, Queue } from '#lanework/process/queue/index.js'
import { fixturePath } from '../../support/fixture.ts'
import { newLedger } from './ledger.ts'
import { startWorker, unlessNative } from './worker.ts'

describe('a queue between processes', { skip: unlessNative }, () => {
  for (const { most, sync } of [{ most: 1 }, { most: 1, sync: true }, { most: 17 }]) {
    const how = most > 1 ? 'many at a time' : sync === true ? 'in blocking forms' : 'one by one'
    it(`gives each item of 3 producers to one of 3 consumers, ${how}`, async () => {
      using queue = new Queue({ capacity: 50, capacityBytes: 8_192 })
      const ledger = newLedger()
      const count = 1_500
      const base = { count, most, sync: sync === true }
      const putters = [1, 2, 3].map((producer) => startWorker(queue, { ...base, role: 'put', producer }))
      const getters = [1, 2, 3].map((id) =>
        startWorker(queue, { role: 'get', most, sync: sync === true, ledger: ledger.path(id) }),
      )
      for (const { ended, stderr } of putters) assert.equal(await ended, 0, stderr())
      await queue.end()
      for (const { ended, stderr } of getters) assert.equal(await ended, 0, stderr())
      assert.equal(
        getters.reduce((sum, { got }) => sum + got(), 0),
        3 * count,
      )
      ledger.checkOrder([1, 2, 3])
      const got = ledger.got([1, 2, 3])
      assert.equal(new Set(got).size, 3 * count, 'each item once')
      assert.equal(got.length, 3 * count)
    })
  }

  it('makes a fast producer wait for a slow consumer', async () => {
    using queue = new Queue<number>({ capacity: 10 })
    const worker = startWorker(queue, { role: 'put', count: 300, values: true })
    for (let index = 0; index < 300; index++) {
      assert.equal(await queue.get(), index)
      assert.ok(queue.qsize() <= 10)
    }
    assert.equal(await worker.ended, 0, worker.stderr())
  })

  it('works between threads of one process', async () => {
    const queue = new Queue<number>({ capacity: 8 })
    const native = loadNative()
    assert.ok(native !== undefined)
    const start = async (options: object): Promise<unknown> => {
      const descriptors = queue.toShared().descriptors.map((fd) => native.duplicate(fd))
      return once(new Worker(fixturePath('queue-worker'), { workerData: { ...options, descriptors } }), 'exit')
    }
    const putter = start({ role: 'put', count: 2_000, values: true })
    const blocking = start({ role: 'put', count: 2_000, values: true, sync: true })
    let sum = 0
    for (let index = 0; index < 4_000; index++) sum += await queue.get()
    assert.equal(sum, 2_000 * 1_999)
    await Promise.all([putter, blocking])
    queue.close()
  })

  it('takes back the lock of a thread that was terminated', async () => {
    using queue = new Queue<number>()
    const native = loadNative()
    assert.ok(native !== undefined)
    const worker = new Worker(fixturePath('queue-worker'), {
      workerData: {
        role: 'put',
        values: true,
        count: 5,
        descriptors: queue.toShared().descriptors.map((fd) => native.duplicate(fd)),
        stall: { step: 'put.written', at: 3 },
      },
    })
    assert.deepEqual([await queue.get(), await queue.get()], [0, 1])
    await worker.terminate()
    await queue.put(77)
    assert.equal(await queue.get(), 77)
  })
})

describe('a joinable queue', { skip: unlessNative }, () => {
  it('joins when all that was put is done, by whatever process', async () => {
    using queue = new JoinableQueue<number>({ capacity: 20 })
    await queue.join()
    const workers = [1, 2].map(() => startWorker(queue, { role: 'work', values: true }))
    await queue.putMany(Array.from({ length: 500 }, (_, index) => index))
    await queue.join()
    assert.deepEqual([queue.unfinished(), queue.empty()], [0, true])
    await queue.put(1)
    queue.joinSync()
    await queue.end()
    for (const { ended, stderr } of workers) assert.equal(await ended, 0, stderr())
    assert.equal(
      workers.reduce((sum, { got }) => sum + got(), 0),
      501,
    )
  })

  it('waits for what was taken and is not done', async () => {
    using queue = new JoinableQueue<string>()
    await queue.putMany(['a', 'b'])
    assert.throws(() => queue.taskDone(), { code: 'TASKS_DONE_EXCEEDED' })
    await queue.getMany(2)
    queue.taskDone()
    await assert.rejects(queue.join({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    assert.throws(() => queue.joinSync({ timeoutMs: 5 }), { code: 'TIMED_OUT' })
    await assert.rejects(queue.join({ signal: AbortSignal.abort() }), { code: 'ABORTED' })
    const joined = queue.join()
    queue.taskDone()
    await joined
    assert.throws(() => queue.taskDone(), { code: 'TASKS_DONE_EXCEEDED' })
    const closed = assert.rejects((await queue.put('c'), queue.join()), { code: 'CLOSED' })
    queue.close()
    await closed
  })
})
