/** Lanes that are killed at every step of their life: what had not begun runs elsewhere, what had begun is lost or run again. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Pool, PoolOptions } from '#lanework/process/index.js'
import * as tasks from '../../fixtures/pool-tasks.ts'
import { isNative } from '../../support/capability.ts'
import { descriptors, isRunning, mappings, stateOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { checkSums, failure, notes, withPool } from './laboratory.ts'

const one: PoolOptions = { laneKind: 'process', lanes: 1 }

function pidOf(pool: Pool, lane = 0): number {
  return pool.lanes[lane]?.pid ?? assert.fail('there is no lane')
}

/** One lane, the first to get there, dies at this point. */
function dyingAt(point: string, passes = 1): NodeJS.ProcessEnv {
  return { ...process.env, LANEWORK_FAILPOINTS: `${point}@${passes}=${join(notes().path, 'mark')}` }
}

describe('a process lane that is killed', () => {
  it('while it has nothing to do: it is replaced', async () => {
    await withPool(one, async (pool) => {
      const before = await pool.run(tasks.where, [])
      process.kill(pidOf(pool), 'SIGKILL')
      await until('its death is counted', () => pool.metrics().deaths.signal === 1)
      assert.notEqual(await pool.run(tasks.where, []), before)
    })
  })

  it('unnoticed, just before it is given a task: the task runs elsewhere', async () => {
    await withPool(one, async (pool) => {
      await pool.run(tasks.add, [1, 2])
      for (let round = 0; round < 5; round++) {
        process.kill(pidOf(pool), 'SIGKILL')
        const log = notes()
        const run = pool.run(tasks.note, [log.path, 'ran'], { onWorkerLost: isNative ? 'reject' : 'retry' })
        assert.equal(await run, 'ran')
        assert.deepEqual(log.lines(), ['ran'])
      }
    })
  })

  it('while it starts: another one is started, and the pool is not broken by it', async () => {
    await withPool({ ...one, env: dyingAt('starting') }, async (pool) => {
      assert.equal(await pool.run(tasks.add, [1, 2]), 3)
      assert.equal(pool.metrics().deaths.signal, 1)
    })
    await withPool(one, async (pool) => {
      pool.start()
      for (let kills = 0; kills < 8; kills++) {
        const lane = await until('a lane starts', () => pool.lanes.find(({ state }) => state === 'starting'))
        process.kill(lane.pid, 'SIGKILL')
        await until('it is gone', () => !pool.lanes.some(({ pid }) => pid === lane.pid))
      }
      assert.equal(await pool.run(tasks.add, [1, 2]), 3)
    })
  })

  it('in the midst of a task: the error says all that is known', async () => {
    await withPool({ ...one, name: 'Mine' }, async (pool) => {
      const log = notes()
      const running = pool.run(tasks.gated, [log.path, 'runs'])
      await log.has('runs')
      const pid = pidOf(pool)
      process.kill(pid, 'SIGKILL')
      const { detail } = await failure(running, 'WORKER_LOST')
      assert.deepEqual(
        { task: detail.task, lane: detail.lane, pid: detail.pid, reason: detail.reason, exitCode: detail.exitCode },
        { task: 'gated', lane: 'Mine-1', pid, reason: 'signal', exitCode: -9 },
      )
      await failure(pool.run(tasks.killSelf, ['SIGSEGV']), 'WORKER_LOST')
      checkSums(pool)
    })
  })

  const points: [point: string, first: 'lost' | 'done'][] = [
    ['import', 'lost'],
    ['begun', 'lost'],
    ['result.half', 'lost'],
    ['result', 'done'],
  ]
  for (const [point, first] of points) {
    it(`at "${point}" with tasks behind: those run exactly once, elsewhere`, async () => {
      await withPool({ ...one, env: dyingAt(point) }, async (pool) => {
        const log = notes()
        const names = Array.from({ length: 20 }, (_, index) => `t${index}`)
        const results = await Promise.allSettled(names.map((name) => pool.run(tasks.note, [log.path, name])))
        const lost = results.flatMap((result, index) => (result.status === 'rejected' ? [names[index]] : []))
        // Without shared memory nobody knows whether the lane began the next one, which it was given at once.
        if (isNative || first === 'lost') assert.deepEqual(lost, first === 'lost' ? ['t0'] : [])
        else assert.ok(lost.length <= 1)
        const ran = log.lines().sort()
        const didRun = (name: string): boolean => !lost.includes(name) || point === 'result.half'
        assert.deepEqual(ran, names.filter(didRun).sort())
        assert.equal(pool.metrics().deaths.signal, 1)
        checkSums(pool)
      })
    })

    it(`at "${point}" while the others are given ahead: each settles, and runs once`, async () => {
      await withPool({ ...one, env: dyingAt(point, point === 'import' ? 1 : 400) }, async (pool) => {
        const log = notes()
        const names = Array.from({ length: 1500 }, (_, index) => `t${index}`)
        const results = await Promise.allSettled(names.map((name) => pool.run(tasks.note, [log.path, name])))
        const lost = results.flatMap((result, index) => (result.status === 'rejected' ? [names[index] as string] : []))
        // What was done, but whose result had not left with the others, is lost too; nothing runs twice.
        assert.ok(lost.length <= 130, `${lost.length} lost`)
        const ran = log.lines()
        assert.equal(new Set(ran).size, ran.length)
        for (const name of names) assert.ok(ran.includes(name) || lost.includes(name), name)
        checkSums(pool)
      })
    })

    it(`at "${point}" of a task that may run twice: it does`, async () => {
      await withPool({ ...one, env: dyingAt(point), onWorkerLost: 'retry' }, async (pool) => {
        assert.equal((await pool.run(tasks.context, [])).attempt, first === 'lost' ? 2 : 1)
        assert.equal(pool.metrics().retried, first === 'lost' ? 1 : 0)
      })
    })
  }

  it('by its task each time: the task is quarantined after its attempts', async () => {
    await withPool({ ...one, onWorkerLost: 'retry' }, async (pool) => {
      assert.equal(await pool.run(tasks.dieOnce, [3]), 3)
      const error = await failure(pool.run(tasks.dieOnce, [9], { attempts: 2 }), 'TASK_QUARANTINED')
      assert.equal(error.detail.attempts, 2)
      assert.match(error.detail.deaths, /SIGKILL.*SIGKILL/)
      const [entry] = pool.quarantined
      assert.deepEqual([entry?.task, entry?.args, entry?.deaths.length], ['dieOnce', [9], 2])
      await failure(pool.run(tasks.dieOnce, [2], { onWorkerLost: 'reject' }), 'WORKER_LOST')
      checkSums(pool)
    })
  })

  it(
    'by arguments that it has no room for: the task fails and is not tried for ever',
    { timeout: 60_000 },
    async () => {
      await withPool({ ...one, heapMiB: 16, stderr: 'ignore' }, async (pool) => {
        const objects = Array.from({ length: 400_000 }, (_, index) => ({ index, text: `text ${index}` }))
        await failure(pool.run(tasks.same, [objects]), 'WORKER_LOST')
        assert.equal(await pool.run(tasks.add, [1, 2]), 3)
        checkSums(pool)
      })
    },
  )
})

describe('a process lane that is stopped', () => {
  it('in its task: the time limit ends it', async () => {
    await withPool({ ...one, graceMs: 10 }, async (pool) => {
      const stopped = pool.run(tasks.stopSelf, [], { timeoutMs: 50 })
      await failure(stopped, 'TIMED_OUT')
      assert.equal(await pool.run(tasks.add, [1, 2]), 3)
    })
  })

  it(
    'before its task: a task with a time limit runs elsewhere',
    { skip: !isNative && 'needs shared memory' },
    async () => {
      await withPool(one, async (pool) => {
        await pool.run(tasks.add, [1, 2])
        const pid = pidOf(pool)
        process.kill(pid, 'SIGSTOP')
        await until('it is stopped', () => stateOf(pid) === 'T')
        assert.equal(await pool.run(tasks.add, [1, 2], { timeoutMs: 2_000 }), 3)
        assert.ok(!isRunning(pid))
      })
    },
  )
})

describe('a time limit', () => {
  it('counts from the call of the task, not from its submission', async () => {
    await withPool(one, async (pool) => {
      const log = notes()
      const long = pool.run(tasks.noteSlowly, [log.path, 'long', 3_000])
      const short = pool.run(tasks.note, [log.path, 'short'], { timeoutMs: 2_000 })
      assert.deepEqual(await Promise.all([long, short]), ['long', 'short'])
    })
  })
})

describe('the memory of a lane', () => {
  it('is looked at, and a lane that has too much is replaced', async () => {
    await withPool({ ...one, recycle: { rssBytes: 200 << 20 } }, async (pool) => {
      const fat = await pool.run(tasks.eatRss, [250])
      await until('it is replaced', () => pool.metrics().recycled === 1)
      await until('it is gone', () => !isRunning(fat))
      assert.notEqual(await pool.run(tasks.eatRss, [1]), fat)
    })
  })
})

describe('what a pool leaves behind', () => {
  it('is nothing: no descriptor, no mapping, no zombie', async () => {
    await withPool(one, (pool) => pool.run(tasks.add, [1, 2]))
    const before = { open: descriptors().length, maps: mappings() }
    const pids: number[] = []
    await withPool({ ...one, lanes: 3 }, async (pool) => {
      for (let round = 0; round < 4; round++) {
        await pool.map(tasks.double, [1, 2, 3, 4, 5, 6], { chunkSize: 1 })
        for (const { pid } of pool.lanes) pids.push(pid)
        await failure(pool.run(tasks.killSelf, []), 'WORKER_LOST')
      }
    })
    await until('all are gone', () => pids.every((pid) => stateOf(pid) === undefined))
    await until('descriptors are closed', () => descriptors().length <= before.open)
    if (isNative) assert.ok(mappings() <= before.maps + 8, 'mappings are given back')
  })
})
