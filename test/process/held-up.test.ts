/** A program that gets no CPU for a while: when it goes on, what came meanwhile is read before anything is given up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import type { PoolOptions } from '#lanework/process/index.js'
import * as tasks from '../fixtures/pool-tasks.ts'
import { turns } from '../support/until.ts'
import { childKinds, failure, notes, withPool } from './pool/laboratory.ts'

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Nothing runs in this thread for so long. */
function holdUp(ms: number): void {
  Atomics.wait(cell, 0, 0, ms)
}

for (const laneKind of childKinds) {
  const one: PoolOptions = { laneKind, lanes: 1, stderr: 'ignore', stdout: 'ignore' }

  describe(`a pool with a ${laneKind} lane that is held up`, () => {
    it('takes results that came in time', async () => {
      await withPool(one, async (pool) => {
        await pool.run(tasks.add, [1, 2])
        const sum = pool.run(tasks.add, [3, 4], { timeoutMs: 1_000 })
        await turns(2)
        holdUp(1_500)
        assert.equal(await sum, 7)
      })
    })

    it('leaves a lane alone whose task ended when it was asked to', async () => {
      await withPool({ ...one, graceMs: 1_000 }, async (pool) => {
        const before = await pool.run(tasks.where, [])
        const { path, has } = notes()
        const stop = new AbortController()
        const stopped = pool.run(tasks.untilAborted, [path], { signal: stop.signal })
        await has('waits')
        stop.abort()
        await failure(stopped, 'ABORTED')
        await turns(2)
        holdUp(1_500)
        assert.equal(await pool.run(tasks.where, []), before)
        assert.deepEqual(pool.metrics().deaths, {})
      })
    })
  })
}
