/** What a pool does, the same whatever its lanes are. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { Pool, taskFrom, type PoolOptions } from '#lanework/process/index.js'
import { sjf } from '#lanework/schedule/index.js'
import * as tasks from '../../fixtures/pool-tasks.ts'
import { bad } from '../../fixtures/pool-bad-modules.ts'
import { until } from '../../support/until.ts'
import { checkSums, failure, kinds, notes, withPool } from './laboratory.ts'

for (const laneKind of kinds) {
  const options: PoolOptions = { laneKind, lanes: 2 }

  describe(`a pool of ${laneKind} lanes`, () => {
    it('runs tasks and gives what they return, typed', async () => {
      await withPool(options, async (pool) => {
        const sum: number = await pool.run(tasks.add, [1, 2])
        assert.equal(sum, 3)
        const doubled: number = await pool.run(tasks.slowDouble, [4])
        assert.equal(doubled, 8)
        const value = { when: new Date(5), map: new Map([[1, new Uint8Array([1, 2])]]), text: 'ä' }
        assert.deepEqual(await pool.run(tasks.same, [value]), value)
        checkSums(pool)
      })
    })

    it('keeps class, code, cause, errors, fields and stack of an error', async () => {
      await withPool(options, async (pool) => {
        const error = (await pool.run(tasks.failWell, []).catch((thrown: unknown) => thrown)) as RangeError
        assert.ok(error instanceof RangeError)
        assert.equal((error as { code?: string }).code, 'E_FAR')
        assert.ok(error.cause instanceof TypeError)
        assert.equal(error.cause.message, 'the cause')
        assert.match(error.stack ?? '', /pool-tasks/)
        const several = (await pool.run(tasks.failTogether, []).catch((thrown: unknown) => thrown)) as AggregateError
        assert.ok(several instanceof AggregateError)
        assert.deepEqual(several.errors.map(String), ['TypeError: one', 'RangeError: two'])
        assert.deepEqual((several as { extra?: unknown }).extra, { tries: 2, hosts: ['a', 'b'] })
        const ours = await failure(pool.run(tasks.failOurs, []), 'CLOSED')
        assert.equal(ours.detail.what, 'socket')
        for (const kind of ['string', 'undefined', 'functions']) await assert.rejects(pool.run(tasks.failOddly, [kind]))
        assert.equal(await pool.run(tasks.add, [1, 1]), 2)
        checkSums(pool)
      })
    })

    it('maps in order, whatever the size of the chunks', async () => {
      await withPool(options, async (pool) => {
        const items = Array.from({ length: 25 }, (_, index) => index)
        const expected = items.map((item) => item * 2)
        for (const chunkSize of [1, 7, 25, 100]) {
          assert.deepEqual(await pool.map(tasks.slowDouble, items, { chunkSize }), expected)
        }
        assert.deepEqual(await pool.map(tasks.double, new Set(items)), expected)
        assert.deepEqual(await pool.map(tasks.double, []), [])
        assert.deepEqual(
          await pool.starmap(
            tasks.add,
            items.map((item) => [item, item] as [number, number]),
            { chunkSize: 4 },
          ),
          expected,
        )
        await assert.rejects(pool.map(tasks.oddFails, items, { chunkSize: 2 }), RangeError)
        await assert.rejects(pool.map(tasks.double, items, { chunkSize: 0 }), { code: 'OPTION_INVALID' })
        checkSums(pool)
      })
    })

    it('gives results one by one in order, of an endless input too, and closes it', async () => {
      await withPool(options, async (pool) => {
        let taken = 0
        let closed = false
        function* numbers(): Generator<number> {
          try {
            for (;;) yield taken++
          } finally {
            closed = true
          }
        }
        const lookAhead = 3
        const seen: number[] = []
        for await (const result of pool.imap(tasks.slowDouble, numbers(), { lookAhead })) {
          seen.push(result)
          assert.ok(taken <= seen.length + lookAhead, `${taken} taken when ${seen.length} were read`)
          if (seen.length === 4) {
            // A slow reader: everything that may be taken is, and no more.
            await until('it has looked as far ahead as it may', () => taken === seen.length + lookAhead)
            await pool.join()
            assert.equal(taken, seen.length + lookAhead)
          }
          if (seen.length === 10) break
        }
        assert.deepEqual(seen, [0, 2, 4, 6, 8, 10, 12, 14, 16, 18])
        assert.ok(closed)
        await pool.join()
        checkSums(pool)
      })
    })

    it('gives every result when the order does not matter', async () => {
      await withPool(options, async (pool) => {
        const items = Array.from({ length: 40 }, (_, index) => index)
        const seen: number[] = []
        for await (const result of pool.imapUnordered(tasks.slowDouble, items, { chunkSize: 3 })) seen.push(result)
        assert.deepEqual(
          seen.sort((one, other) => one - other),
          items.map((item) => item * 2),
        )
      })
    })

    it('gives results while its input is silent', async () => {
      await withPool(options, async (pool) => {
        let more: () => void = () => {}
        async function* live(): AsyncGenerator<number> {
          yield 1
          await new Promise<void>((resolve) => (more = resolve))
          yield 2
        }
        for (const results of [pool.imap(tasks.double, live()), pool.imapUnordered(tasks.double, live())]) {
          assert.deepEqual(await results.next(), { done: false, value: 2 })
          more()
          assert.deepEqual(await results.next(), { done: false, value: 4 })
          assert.equal((await results.next()).done, true)
        }
      })
    })

    it('stops a stream at an error in its midst, of a task or of the input', async () => {
      await withPool(options, async (pool) => {
        const seen: number[] = []
        const read = async (results: AsyncIterable<number>): Promise<void> => {
          for await (const result of results) seen.push(result)
        }
        await assert.rejects(read(pool.imap(tasks.oddFails, [0, 2, 4, 5, 6])), /odd: 5/)
        assert.deepEqual(seen, [0, 2, 4])
        function* broken(): Generator<number> {
          yield 8
          throw new RangeError('no more input')
        }
        await assert.rejects(read(pool.imap(tasks.double, broken())), /no more input/)
        assert.deepEqual(seen, [0, 2, 4, 16])
        await pool.join()
        checkSums(pool)
      })
    })

    it('aborts what is left of a map when one of it fails, or its signal is aborted', async () => {
      await withPool({ laneKind, lanes: 1 }, async (pool) => {
        const log = notes()
        const abort = new AbortController()
        const mapped = pool.starmap(
          tasks.gated,
          ['a', 'b', 'c'].map((name) => [log.path, name] as [string, string]),
          { chunkSize: 1, signal: abort.signal },
        )
        await log.has('a')
        abort.abort(new Error('enough'))
        const error = await failure(mapped, 'ABORTED')
        assert.match(String(error.cause), /enough/)
        log.open()
        await pool.run(tasks.note, [log.path, 'last'])
        assert.deepEqual(log.lines(), ['a', 'last'])
      })
    })

    it('initialises each lane before its first task', async () => {
      await withPool({ laneKind, lanes: 1, initializer: tasks.initialize, initialArgs: [5] }, async (pool) => {
        assert.ok((await pool.run(tasks.initialized, [])) >= 5)
      })
    })

    it('is broken, and says why, when lanes cannot be initialised', async () => {
      await withPool({ laneKind, lanes: 2, initializer: tasks.failToInitialize }, async (pool) => {
        const error = await failure(pool.run(tasks.add, [1, 2]), 'POOL_BROKEN')
        assert.ok(error.cause instanceof RangeError)
        assert.equal((error.cause as { code?: string }).code, 'E_DB')
        assert.equal(error.detail.failures, 5)
        await failure(pool.run(tasks.add, [1, 2]), 'POOL_BROKEN')
        checkSums(pool)
      })
    })

    it('finishes what it has when it is closed, and takes no more', async () => {
      const pool = new Pool(options)
      const results = [1, 2, 3, 4].map((value) => pool.run(tasks.slowDouble, [value]))
      const closing = pool.close()
      await failure(pool.run(tasks.add, [1, 2]), 'CLOSED')
      assert.deepEqual(await Promise.all(results), [2, 4, 6, 8])
      await closing
      await pool.close()
      assert.deepEqual(pool.lanes, [])
      checkSums(pool)
    })

    it('is closed at the end of its block', async () => {
      let used: Pool
      {
        await using pool = new Pool(options)
        used = pool
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      }
      await failure(used.run(tasks.add, [1, 2]), 'CLOSED')
    })

    it('rejects what waits and runs when it is terminated', async () => {
      const log = notes()
      const pool = new Pool({ laneKind, lanes: 1 })
      const running = pool.run(tasks.gated, [log.path, 'runs'])
      const waiting = pool.run(tasks.gated, [log.path, 'waits'])
      await log.has('runs')
      const ended = pool.terminate()
      await failure(running, 'CLOSED')
      await failure(waiting, 'CLOSED')
      await ended
      assert.deepEqual(pool.lanes, [])
      assert.deepEqual(log.lines(), ['runs'])
      log.open()
      checkSums(pool)
    })

    it('waits with join until nothing is left to do', async () => {
      await withPool(options, async (pool) => {
        let done = 0
        for (const value of [1, 2, 3]) void pool.run(tasks.slowDouble, [value]).then(() => (done += 1))
        await pool.join()
        await Promise.resolve()
        assert.equal(done, 3)
        await pool.join()
      })
    })

    it('refuses more waiting tasks than it may hold', async () => {
      await withPool({ laneKind, lanes: 1, pending: 2 }, async (pool) => {
        const log = notes()
        const first = pool.run(tasks.gated, [log.path, 'a'])
        await log.has('a')
        const others = ['b', 'c'].map((name) => pool.run(tasks.gated, [log.path, name]))
        const error = await failure(pool.run(tasks.gated, [log.path, 'd']), 'QUEUE_FULL')
        assert.equal(error.detail.limit, 2)
        log.open()
        assert.deepEqual(await Promise.all([first, ...others]), ['a', 'b', 'c'])
        checkSums(pool)
      })
    })

    it('runs the shortest expected task first, once it knows them', async () => {
      await withPool({ laneKind, lanes: 1, policy: sjf() }, async (pool) => {
        const log = notes()
        await pool.run(tasks.noteSlowly, [log.path, 'teach', 20])
        await pool.run(tasks.note, [log.path, 'teach'])
        const gate = pool.run(tasks.gated, [log.path, 'gate'])
        await log.has('gate')
        const slow = pool.run(tasks.noteSlowly, [log.path, 'slow', 0])
        const fast = pool.run(tasks.note, [log.path, 'fast'])
        log.open()
        await Promise.all([gate, slow, fast])
        assert.deepEqual(log.lines().slice(-2), ['fast', 'slow'])
      })
    })

    it('tells a task which attempt it is and where it runs', async () => {
      await withPool({ laneKind, lanes: 1, name: 'Kitchen' }, async (pool) => {
        assert.deepEqual(await pool.run(tasks.context, []), { attempt: 1, lane: 'Kitchen-1', aborted: false })
      })
    })

    it('finds tasks and plain functions by the address of their module', async () => {
      await withPool(options, async (pool) => {
        const url = new URL('../../fixtures/pool-tasks.js', import.meta.url)
        assert.equal(await pool.run(taskFrom<[number, number], number>(url, 'add'), [2, 3]), 5)
        assert.equal(await pool.run(taskFrom<[string], string>(url, 'plain'), ['loud']), 'LOUD')
        const unknown = await failure(pool.run(taskFrom<[], void>(url, 'nothing'), []), 'TASK_NOT_FOUND')
        assert.equal(unknown.detail.name, 'nothing')
        const broken = await failure(pool.run(taskFrom<[], void>(String(bad['throws']), 'any'), []), 'TASK_NOT_FOUND')
        assert.match(String(broken.cause), /this module does not load/)
        assert.equal(await pool.run(tasks.add, [1, 1]), 2)
      })
    })

    it('refuses what is no task', async () => {
      await withPool(options, async (pool) => {
        assert.throws(() => pool.run(((value: number) => value) as never, [1] as never), { code: 'TASK_INVALID' })
        assert.throws(() => new Pool({ initializer: (() => {}) as never }), { code: 'TASK_INVALID' })
      })
    })

    it('ends a task whose time is over without harm to others', async () => {
      await withPool({ laneKind, lanes: 2, graceMs: 0 }, async (pool) => {
        const log = notes()
        const error = await failure(pool.run(tasks.gated, [log.path, 'a'], { timeoutMs: 20 }), 'TIMED_OUT')
        assert.equal(error.detail.timeoutMs, 20)
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
        log.open()
        checkSums(pool)
      })
    })
  })
}

describe('the options of a pool', () => {
  const wrong: Record<string, unknown>[] = [
    { lanes: 0 },
    { lanes: 1.5 },
    { laneKind: 'fork' },
    { onWorkerLost: 'ignore' },
    { attempts: 0 },
    { pending: 0 },
    { graceMs: -1 },
    { messageBytes: 0 },
    { heapMiB: 0 },
    { recycle: { tasks: 0 } },
    { recycle: { task: 1 } },
    { recycle: { ageMs: Number.NaN } },
    { stdout: 'pipe' },
    { stderr: 'pipe' },
    { lane: 2 },
  ]
  for (const options of wrong) {
    it(`are refused: ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => new Pool(options as PoolOptions),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
      )
    })
  }

  it('of a run are refused too', async () => {
    await withPool({ laneKind: 'inline' }, async (pool) => {
      for (const options of [{ timeoutMs: 0 }, { attempts: 0 }, { onWorkerLost: 'no' as never }]) {
        await failure(pool.run(tasks.add, [1, 2], options), 'OPTION_INVALID')
      }
      checkSums(pool)
    })
  })
})
