/** A manager: objects in one process, used by many, each call one step. */
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { Manager, Pool, Process, Queue } from '#lanework/process/index.js'
import { isProcessAlive } from '#lanework/process/process-table.js'
import { until } from '../../support/until.ts'
import * as tasks from './tasks.ts'

for (const place of ['process', 'here', 'thread'] as const) {
  describe(`a manager (${place})`, () => {
    it('keeps a map', async () => {
      await using manager = await Manager.start({ place })
      const map = await manager.map<string, unknown>([['a', 1]])
      await map.set('b', { deep: [1, 2] })
      await map.setMany([['c', new Map([['k', 1n]])]])
      assert.deepEqual(await map.entries(), [
        ['a', 1],
        ['b', { deep: [1, 2] }],
        ['c', new Map([['k', 1n]])],
      ])
      assert.deepEqual([await map.has('a'), await map.delete('a'), await map.delete('a')], [true, true, false])
      assert.equal(await map.compareAndSet('b', { deep: [1, 3] }, 0), false)
      assert.equal(await map.compareAndSet('b', { deep: [1, 2] }, 0), true)
      assert.equal(await map.compareAndSet('new', undefined, 5), true)
      assert.deepEqual([await map.setIfAbsent('b', 9), await map.setIfAbsent('d', 9)], [0, 9])
      assert.deepEqual([await map.size(), await map.keys()], [4, ['b', 'c', 'new', 'd']])
      const seen: unknown[] = []
      for await (const [key] of map) seen.push(key)
      assert.deepEqual(seen, await map.keys())
      await map.clear()
      assert.deepEqual([await map.size(), await map.get('b')], [0, undefined])
    })

    it('adds and updates in one step', async () => {
      await using manager = await Manager.start({ place })
      const map = await manager.map<string, number>()
      assert.deepEqual([await map.add('n', 2), await map.update('n', tasks.double)], [2, 4])
      const adds = Array.from({ length: 50 }, () => map.update('n', tasks.addLater, 1))
      await Promise.all(adds)
      assert.equal(await map.get('n'), 54)
      const words = await manager.map<string, string>([['w', 'text']])
      await assert.rejects(words.add('w', 1 as never), { code: 'OPTION_INVALID' })
    })

    it('keeps an array, a set, a namespace and a value', async () => {
      await using manager = await Manager.start({ place })
      const array = await manager.array([1, 2, 3])
      assert.deepEqual([await array.push(4, 5), await array.pop(), await array.at(-1)], [5, 5, 4])
      await array.set(0, 10)
      await assert.rejects(array.set(4, 0), { code: 'OPTION_INVALID' })
      assert.deepEqual([await array.add(1, 5), await array.update(2, tasks.double)], [7, 6])
      assert.deepEqual([await array.shift(), await array.unshift(0), await array.splice(0, 1, 8, 9)], [10, 4, [0]])
      const items: number[] = []
      for await (const item of array) items.push(item)
      assert.deepEqual([items, await array.slice(1, 3), await array.length()], [[8, 9, 7, 6, 4], [9, 7], 5])

      const set = await manager.set(['x'])
      assert.deepEqual(
        [await set.add('y'), await set.add('x'), await set.delete('x'), await set.values()],
        [true, false, true, ['y']],
      )

      const state = await manager.namespace({ phase: 'start', done: 0 })
      await state.set('phase', 'middle')
      await state.assign({ phase: 'end' })
      assert.deepEqual([await state.add('done', 3), await state.all()], [3, { phase: 'end', done: 3 }])
      assert.equal(await state.update('done', tasks.double), 6)
      const phase: string = await state.get('phase')
      assert.equal(phase, 'end')

      const value = await manager.value(40n)
      assert.deepEqual(
        [await value.add(2n), await value.exchange(1n), await value.compareAndSet(2n, 0n)],
        [42n, 42n, false],
      )
    })

    it('keeps objects of own classes, whose methods run one at a time', async () => {
      await using manager = await Manager.start({ place })
      const account = await manager.create(tasks.Account, 'me', 100)
      await Promise.all(Array.from({ length: 20 }, () => account.deposit(1)))
      const balance: number = await account.balance()
      assert.equal(balance, 120)
      assert.equal((account as { then?: unknown }).then, undefined, 'it is no promise')
      await assert.rejects(account.open(), (error: Error & { code?: string }) => {
        assert.deepEqual([error.name, error.code], ['LaneworkError', 'PERMISSION_DENIED'])
        assert.ok(error.cause instanceof TypeError && error.cause.message === 'inner')
        return true
      })
      await assert.rejects((account as unknown as { nothing(): Promise<void> }).nothing(), {
        code: 'METHOD_UNKNOWN',
        message: /deposit, balance, open/,
      })
      await assert.rejects(manager.create(tasks.Account, 'me', -1), RangeError)
      await assert.rejects(manager.create(Object), { code: 'TASK_INVALID' })
    })

    it('tells what a task threw, with its class and cause', async () => {
      await using manager = await Manager.start({ place })
      const map = await manager.map<string, number>([['n', 1]])
      await assert.rejects(map.update('n', tasks.refuse), (error: Error) => {
        assert.ok(error instanceof RangeError)
        assert.equal((error.cause as { code?: string }).code, 'CLOSED')
        return true
      })
      assert.equal(await map.get('n'), 1, 'nothing changed')
    })

    it('ends an object that is released, and all when it is shut down', async () => {
      const manager = await Manager.start({ place })
      const [first, second] = [await manager.map<string, number>(), await manager.map<string, number>()]
      const held = first.update('n', tasks.never)
      const waiting = assert.rejects(first.get('n'), { code: 'CLOSED' })
      assert.deepEqual(
        [await manager.count(), await manager.release(first), await manager.release(first)],
        [2, true, false],
      )
      await waiting
      await assert.rejects(first.get('n'), { code: 'CLOSED' })
      assert.equal(await second.add('n', 1), 1)
      await assert.rejects(manager.release({}), { code: 'OPTION_INVALID' })
      held.catch(() => {})
      first.close()
      await manager.shutdown()
      await manager.shutdown()
      await assert.rejects(second.get('n'), { code: 'CLOSED' })
      await assert.rejects(manager.map(), { code: 'CLOSED' })
    })
  })
}

test('two lanes of a pool update one map, and the counts are exact', async () => {
  await using manager = await Manager.start({ name: 'counts' })
  const counts = await manager.map<string, number>()
  await using pool = new Pool({ lanes: 2, laneKind: 'process' })
  const rounds = 400
  const pids = await Promise.all(['a', 'b', 'a', 'b'].map((key) => pool.run(tasks.countVisits, [counts, key, rounds])))
  await Promise.all([0, 1].map(() => pool.run(tasks.compareUp, [counts, 'c', 200])))
  assert.deepEqual(await counts.entries().then((all) => all.sort()), [
    ['a', 2 * rounds],
    ['b', 2 * rounds],
    ['c', 400],
  ])
  assert.ok(!pids.includes(manager.pid ?? 0) && (await counts.update('p', tasks.pidHere)) === manager.pid)
})

test('a manager is an argument too, and proxies are results and values of other proxies', async () => {
  await using manager = await Manager.start()
  const child = await new Process(tasks.makeInIt, [manager]).start()
  const list = await child.result()
  assert.deepEqual(await list.slice(), ['made by a child'])
  const map = await manager.map<string, typeof list>()
  await map.set('list', list)
  await (await map.get('list'))?.push('again')
  assert.equal(await list.length(), 2)
  const account = await manager.create(tasks.Account, 'all', 0)
  const others = [1, 2].map(() => new Process(tasks.depositTo, [account, 100], { startMethod: 'thread' }))
  await Promise.all(others.map(async (other) => (await other.start()).result()))
  assert.equal(await account.balance(), 200)
})

test('what cannot be sent is NOT_SERIALIZABLE in either direction, and the manager lives', async () => {
  await using manager = await Manager.start()
  const map = await manager.map<string, unknown>()
  await assert.rejects(
    map.set('f', () => 1),
    { code: 'NOT_SERIALIZABLE' },
  )
  const account = await manager.create(tasks.Account, 'me', 0)
  await assert.rejects(account.giveFunction(), { code: 'NOT_SERIALIZABLE' })
  assert.equal(await map.size(), 0)
})

test('calls in flight are CLOSED when the manager is killed in the middle of them, and so are all later ones', async () => {
  const manager = await Manager.start()
  const map = await manager.map<string, number>()
  const inFlight = [map.update('n', tasks.dieHere), map.get('n'), map.size()]
  await Promise.all(inFlight.map((call) => assert.rejects(call, { code: 'CLOSED' })))
  await assert.rejects(map.get('n'), { code: 'CLOSED' })
  await assert.rejects(manager.map(), { code: 'CLOSED' })
  await manager.shutdown()
})

test('a manager dies with the process that started it', async () => {
  const said = new Queue<number>()
  const starter = await new Process(tasks.startOne, [said]).start()
  const pid = await said.get()
  assert.ok(isProcessAlive(pid))
  await starter.kill()
  await assert.rejects(starter.result(), { code: 'PROCESS_DIED' })
  await until('the manager is gone', () => !isProcessAlive(pid))
  said.close()
})

test('a manager keeps no program running', async () => {
  await assert.rejects(Manager.start({ place: 'nowhere' as never }), { code: 'OPTION_INVALID' })
  // This file itself would not end otherwise.
  const manager = await Manager.start()
  await (await manager.map<string, number>()).set('left', 1)
})
