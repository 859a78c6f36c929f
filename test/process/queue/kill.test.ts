/** kill -9 at every step: the others go on, and an item is in the queue or it is not. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FailPoint } from '#lanework/process/queue/fail-point.js'
import { Queue } from '#lanework/process/queue/index.js'
import { newLedger } from './ledger.ts'
import { startWorker, unlessNative } from './worker.ts'

const wait = { timeoutMs: 10_000 }
/** Steps of put after which the item is in the queue, and of get after which it is out. */
const steps: Record<FailPoint, boolean> = {
  'put.locked': false,
  'put.written': false,
  'put.committed': true,
  'put.unlocked': true,
  'get.locked': false,
  'get.copied': false,
  'get.committed': true,
  'get.unlocked': true,
}
const forms = [
  { how: 'one by one', most: 1 },
  { how: 'many at a time', most: 2 },
]

describe('a process that is killed', { skip: unlessNative }, () => {
  for (const [step, isDone] of Object.entries(steps)) {
    for (const { how, most } of forms) {
      const end = step.startsWith('put') ? 'put' : 'get'
      it(`at ${step}, ${how}, leaves the queue good`, async () => {
        using queue = new Queue<number | string>({ capacity: 16 })
        if (end === 'get') await queue.putMany([0, 1, 2, 3, 4, 5])
        const worker = startWorker(queue, { role: end, most, count: 6, values: true, die: { step, at: 2 } })
        const first = end === 'put' ? await queue.get(wait) : undefined
        assert.equal(await worker.ended, 'SIGKILL', worker.stderr())
        await queue.put('after', wait)
        const left: (number | string)[] = first === undefined ? [] : [first]
        while (left.at(-1) !== 'after') left.push(await queue.get(wait))
        const done = (isDone ? 2 : 1) * most
        const numbers = Array.from({ length: 6 }, (_, index) => index)
        assert.deepEqual(left, [...(end === 'put' ? numbers.slice(0, done) : numbers.slice(done)), 'after'])
      })
    }
  }

  it('between its item and its signal does not leave a sleeper asleep', async () => {
    using queue = new Queue<number>()
    const get = queue.get(wait)
    const worker = startWorker(queue, { role: 'put', values: true, die: { step: 'put.unlocked', at: 1 } })
    assert.equal(await get, 0)
    assert.equal(await worker.ended, 'SIGKILL')
  })

  it('while it holds a lock does not block the blocking forms', async () => {
    using queue = new Queue<number>()
    const worker = startWorker(queue, { role: 'put', values: true, die: { step: 'put.locked', at: 2 } })
    assert.equal(await worker.ended, 'SIGKILL')
    queue.putSync(5, wait)
    assert.deepEqual([queue.getSync(wait), queue.getSync(wait)], [0, 5])
  })

  it('at random moments takes one item with it at most, and nothing is doubled, torn or stuck', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    let state = seed
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
      return (state >>> 0) / 2 ** 32
    }
    using queue = new Queue<Buffer>({ capacity: 20, capacityBytes: 4_096 })
    const ledger = newLedger()
    const putters: number[] = []
    const getters: number[] = []
    let workers = 0
    const start = (role: 'put' | 'get') => {
      const id = ++workers
      ;(role === 'put' ? putters : getters).push(id)
      return { role, worker: startWorker(queue, { role, producer: id, ledger: ledger.path(id) }) }
    }
    const alive = [start('put'), start('put'), start('get'), start('get')]
    const kills = 12
    let killedGetters = 0
    for (let kill = 0; kill < kills; kill++) {
      const victim = alive.splice(Math.floor(random() * alive.length), 1)[0]
      assert.ok(victim !== undefined)
      await victim.worker.ready
      const untilMs = performance.now() - 30 * Math.log(1 - random())
      while (performance.now() < untilMs) await new Promise((resolve) => setImmediate(resolve))
      victim.worker.child.kill('SIGKILL')
      if (victim.role === 'get') killedGetters++
      assert.equal(await victim.worker.ended, 'SIGKILL', victim.worker.stderr())
      alive.push(start(victim.role))
    }
    for (const { role, worker } of alive.filter((each) => each.role === 'put')) {
      worker.child.kill('SIGKILL')
      assert.equal(await worker.ended, 'SIGKILL', `${role} ${worker.stderr()}`)
    }
    await queue.end()
    for (const { role, worker } of alive)
      if (role === 'get') assert.equal(await worker.ended, 0, `seed ${seed}: ${worker.stderr()}`)
    const got = ledger.got(getters)
    const gotOnce = new Set(got)
    assert.equal(gotOnce.size, got.length, `seed ${seed}: an item came twice`)
    ledger.checkOrder(getters)
    const lost = putters.flatMap((id) => ledger.put(id)).filter((item) => !gotOnce.has(item))
    assert.ok(got.length > 0, 'something was moved at all')
    assert.ok(lost.length <= killedGetters, `seed ${seed}: ${lost.length} items lost with ${killedGetters} consumers`)
  })
})
