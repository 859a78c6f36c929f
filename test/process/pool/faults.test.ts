/** What tasks, killers and the system do to lanes, and what becomes of the tasks. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pool, taskFrom, type PoolOptions } from '#lanework/process/index.js'
import { bad } from '../../fixtures/pool-bad-modules.ts'
import * as tasks from '../../fixtures/pool-tasks.ts'
import { descriptors } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { checkSums, childKinds, failure, notes, withPool } from './laboratory.ts'

for (const laneKind of childKinds) {
  const one: PoolOptions = { laneKind, lanes: 1, stderr: 'ignore', stdout: 'ignore' }

  describe(`tasks that harm their ${laneKind} lane`, () => {
    it('by process.exit: only they fail, and say with which code', async () => {
      await withPool(one, async (pool) => {
        for (const code of [0, 3]) {
          const error = await failure(pool.run(tasks.exit, [code]), 'WORKER_LOST')
          assert.equal(error.detail.exitCode, code)
          assert.equal(error.detail.task, 'exit')
        }
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
        checkSums(pool)
      })
    })

    it('by an unhandled rejection: the error is the cause', async () => {
      await withPool(one, async (pool) => {
        const error = await failure(pool.run(tasks.rejectUnheard, []), 'WORKER_LOST')
        assert.equal(error.detail.reason, 'error')
        assert.match(String(error.cause), /nobody listens/)
        assert.equal(pool.metrics().deaths.error, 1)
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      })
    })

    it('between tasks: nobody is hurt', async () => {
      await withPool(one, async (pool) => {
        const before = await pool.run(tasks.where, [])
        await pool.run(tasks.throwLater, [1])
        await until('the lane died', () => pool.metrics().deaths.error === 1)
        assert.notEqual(await pool.run(tasks.where, []), before)
      })
    })

    it('by a busy loop: out of time, killed after the grace, and its lane replaced', async () => {
      await withPool({ ...one, graceMs: 20 }, async (pool) => {
        const spin = failure(pool.run(tasks.spin, [], { timeoutMs: 50 }), 'TIMED_OUT')
        const behind = pool.map(tasks.double, [1, 2, 3], { chunkSize: 1 })
        await spin
        assert.deepEqual(await behind, [2, 4, 6])
        assert.equal(pool.metrics().deaths.signal, 1)
        checkSums(pool)
      })
    })

    it('by using up the heap: the reason says so', { timeout: 60_000 }, async () => {
      await withPool({ ...one, stderr: 'inherit', heapMiB: 24 }, async (pool) => {
        const error = await failure(pool.run(tasks.eatHeap, []), 'WORKER_LOST')
        assert.equal(error.detail.reason, 'heap-limit')
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      })
    })

    it('while their module is loaded: they fail, and their lanes do not die for ever', async () => {
      await withPool(one, async (pool) => {
        const error = await failure(pool.run(taskFrom<[], void>(String(bad['exits']), 'any'), []), 'WORKER_LOST')
        assert.equal(error.detail.exitCode, 7)
        const quarantined = pool.run(taskFrom<[], void>(String(bad['exits']), 'any'), [], {
          onWorkerLost: 'retry',
          attempts: 2,
        })
        await failure(quarantined, 'TASK_QUARANTINED')
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      })
    })

    it('by a module that never finishes loading: they can be aborted', async () => {
      await withPool({ ...one, graceMs: 1 }, async (pool) => {
        const stop = new AbortController()
        const loading = pool.run(taskFrom<[], void>(String(bad['hangs']), 'any'), [], { signal: stop.signal })
        await until('the lane has it', () => pool.lanes[0]?.state === 'running')
        stop.abort()
        await failure(loading, 'ABORTED')
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      })
    })

    it('by a module that starts a pool while it is loaded: a clear error', async () => {
      await withPool(one, async (pool) => {
        const half = taskFrom<[number], number>(String(bad['starts-pool']), 'half')
        await failure(pool.run(half, [4]), 'START_DURING_IMPORT')
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
        assert.equal(pool.metrics().deaths.exit, undefined)
      })
    })
  })

  describe(`a signal on ${laneKind} lanes`, () => {
    it('that is aborted already, or while the task waits: it never runs', async () => {
      await withPool(one, async (pool) => {
        await failure(pool.run(tasks.add, [1, 2], { signal: AbortSignal.abort() }), 'ABORTED')
        const log = notes()
        const stop = new AbortController()
        const first = pool.run(tasks.gated, [log.path, 'first'])
        await log.has('first')
        const waiting = pool.run(tasks.note, [log.path, 'second'], { signal: stop.signal })
        stop.abort()
        await failure(waiting, 'ABORTED')
        log.open()
        await first
        await pool.run(tasks.note, [log.path, 'third'])
        assert.deepEqual(log.lines(), ['first', 'third'])
        checkSums(pool)
      })
    })

    it('that is aborted while the task stands behind another in the lane: it never runs', async () => {
      await withPool(one, async (pool) => {
        const log = notes()
        for (let round = 0; round < 20; round++) await pool.run(tasks.noteSlowly, [log.path, 'teach', 0])
        const stop = new AbortController()
        const first = pool.run(tasks.noteSlowly, [log.path, 'a', 300])
        const behind = ['b', 'c', 'd'].map((name) =>
          pool.run(tasks.note, [log.path, name], name === 'c' ? { signal: stop.signal } : {}),
        )
        await log.has('a')
        stop.abort()
        await failure(behind[1] as Promise<string>, 'ABORTED')
        assert.deepEqual(await Promise.all([first, behind[0], behind[2]]), ['a', 'b', 'd'])
        assert.deepEqual(log.lines().slice(20), ['a', 'b', 'd'])
        checkSums(pool)
      })
    })

    it('reaches a task that looks at it: the lane lives', async () => {
      await withPool({ ...one, graceMs: 60_000 }, async (pool) => {
        const log = notes()
        const before = await pool.run(tasks.where, [])
        const stop = new AbortController()
        const running = pool.run(tasks.untilAborted, [log.path], { signal: stop.signal })
        await log.has('waits')
        stop.abort()
        await failure(running, 'ABORTED')
        await log.has('stopped')
        assert.equal(await pool.run(tasks.where, []), before)
      })
    })

    it('is aborted also for a task that asks for it only afterwards', async () => {
      await withPool({ ...one, graceMs: 60_000 }, async (pool) => {
        const log = notes()
        const stop = new AbortController()
        const running = pool.run(tasks.askLate, [log.path], { signal: stop.signal })
        await log.has('waits')
        stop.abort()
        await failure(running, 'ABORTED')
        log.open()
        await log.has('aborted')
      })
    })

    it('kills the lane of a task that does not listen, and nobody else is hurt', async () => {
      await withPool({ ...one, lanes: 2, graceMs: 10 }, async (pool) => {
        const log = notes()
        const stop = new AbortController()
        const deaf = pool.run(tasks.spin, [log.path], { signal: stop.signal })
        await log.has('spin')
        const other = pool.run(tasks.gated, [log.path, 'other'])
        await log.has('other')
        stop.abort()
        await failure(deaf, 'ABORTED')
        await until('its lane is killed', () => pool.metrics().deaths.signal === 1)
        log.open()
        assert.equal(await other, 'other')
        checkSums(pool)
      })
    })

    it('aborts many tasks at once without a listener for each', async () => {
      await withPool(one, async (pool) => {
        const stop = new AbortController()
        const results = Array.from({ length: 30_000 }, () => pool.run(tasks.add, [1, 2], { signal: stop.signal }))
        await Promise.all(results.slice(0, 20_000))
        stop.abort()
        await Promise.allSettled(results)
        checkSums(pool)
      })
    })
  })

  describe(`values that cannot travel to ${laneKind} lanes`, () => {
    it('fail their task only', async () => {
      await withPool({ ...one, messageBytes: 10_000 }, async (pool) => {
        const before = await pool.run(tasks.where, [])
        const argument = await failure(pool.run(tasks.same, [() => 1]), 'NOT_SERIALIZABLE')
        assert.match(argument.message, /arguments of same/)
        const result = await failure(pool.run(tasks.giveFunction, []), 'NOT_SERIALIZABLE')
        assert.match(result.message, /result of the task/)
        const long = await failure(pool.run(tasks.giveText, [20_000]), 'FRAME_TOO_LONG')
        assert.equal(long.detail.limitBytes, 10_000)
        await failure(pool.run(tasks.same, ['x'.repeat(20_000)]), 'FRAME_TOO_LONG')
        assert.equal(await pool.run(tasks.where, []), before)
        checkSums(pool)
      })
    })

    it('may be large, or many, and leave nothing open', async () => {
      await withPool(one, async (pool) => {
        await pool.run(tasks.add, [1, 2])
        const open = descriptors().length
        const large = new Uint8Array(100 << 20).fill(1)
        assert.equal(await pool.run(tasks.sumBytes, [large]), (100 << 20) + 1)
        const mib = Array.from({ length: 80 }, (_, index) => new Uint8Array(1 << 20).fill(index))
        const sums = await Promise.all([
          pool.run(tasks.sumBytes, mib),
          ...mib.map((bytes) => pool.run(tasks.sumBytes, [bytes])),
        ])
        assert.equal(sums[0], (80 << 20) + (79 * 80) / 2)
        assert.equal(sums[80], (1 << 20) + 79)
        const back = await Promise.all(mib.map((bytes) => pool.run(tasks.giveBytes, [bytes.length])))
        assert.ok(back.every((bytes) => bytes.length === 1 << 20 && bytes[5] === 7))
        await until('nothing more is open than before', () => descriptors().length <= open)
      })
    })
  })

  describe(`recycling of ${laneKind} lanes`, () => {
    it('after so many tasks, never more', async () => {
      await withPool({ ...one, recycle: { tasks: 5 } }, async (pool) => {
        const places = await Promise.all(Array.from({ length: 23 }, () => pool.run(tasks.where, [])))
        const counts = new Map<string, number>()
        for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1)
        assert.deepEqual([...counts.values()], [5, 5, 5, 5, 3])
        assert.equal(pool.metrics().recycled, 4)
        assert.deepEqual(pool.metrics().deaths, {})
      })
    })

    it('by age, also of a lane that has nothing to do', async () => {
      await withPool({ ...one, recycle: { ageMs: 30 } }, async (pool) => {
        const before = await pool.run(tasks.where, [])
        await until('it is replaced', () => pool.metrics().recycled > 0)
        assert.notEqual(await pool.run(tasks.where, []), before)
      })
    })

    it('keeps nothing waiting when a lane that is to end loses the tasks it has not begun', async () => {
      const pool = new Pool({ ...one, recycle: { tasks: 2 }, graceMs: 1 })
      const stop = new AbortController()
      const first = pool.run(tasks.add, [1, 2])
      const second = pool.run(tasks.spin, [], { signal: stop.signal })
      await first
      stop.abort()
      await failure(second, 'ABORTED')
      await pool.close()
    })
  })

  describe(`closing ${laneKind} lanes`, () => {
    it('ends one that is busy with nobody’s task', async () => {
      const pool = new Pool(one)
      await pool.run(tasks.spinLater, [])
      await pool.close()
    })

    it('ends one that never gets ready', async () => {
      const log = notes()
      const pool = new Pool({ ...one, initializer: tasks.hangInitialize, initialArgs: [log.path] })
      pool.start()
      await log.has('hangs')
      await pool.close()
    })
  })
}
