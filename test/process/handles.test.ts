/** Handles that are given to lanes again and again. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'

import { Lock, Pool, Queue, SharedArray } from '#lanework/process/index.js'
import { closeIt, useAll } from '../fixtures/handle-tasks.js'
import { isNative } from '../support/capability.js'

const skip = isNative ? false : 'shared memory needs the addon'

describe('handles as arguments of many tasks', { skip }, () => {
  for (const laneKind of ['process', 'thread'] as const) {
    it(`take no more descriptors than one (${laneKind})`, async () => {
      await using pool = new Pool({ lanes: 1, laneKind })
      using lock = new Lock()
      using queue = new Queue<number>({ capacity: 2_000 })
      using array = new SharedArray(Float64Array, 16)
      const atFirst = await pool.run(useAll, [lock, queue, array])
      const here = readdirSync('/proc/self/fd').length
      let last = 0
      for (let round = 0; round < 1_000; round++) last = await pool.run(useAll, [lock, queue, array])
      assert.ok(last <= atFirst + 8, `${atFirst} descriptors at first, ${last} at last`)
      assert.ok(readdirSync('/proc/self/fd').length <= here + 8)
      assert.equal(array.array[0], 1_001)
      assert.equal(queue.qsize(), 1_001)
    })
  }

  it('are opened anew after a task closed its own', async () => {
    await using pool = new Pool({ lanes: 1 })
    using lock = new Lock()
    using queue = new Queue<number>()
    using array = new SharedArray(Float64Array, 16)
    await pool.run(closeIt, [array])
    await pool.run(useAll, [lock, queue, array])
    assert.equal(array.array[0], 1)
  })
})
