/** A lane closes the handles that its tasks were given and did not keep. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Lock, Pipe, Pool } from '#lanework/process/index.js'
import { keepLock, leaveConnection, useKeptLock, useLock } from '../../fixtures/lane-handle-tasks.js'
import { isNative } from '../../support/capability.js'

const skip = !isNative && 'handles have no descriptors without the addon'
/** Each of two descriptors; lanes look after 256, and have some of their own. */
const given = 700
const mostDescriptors = 500

for (const laneKind of ['process', 'thread'] as const) {
  describe(`a lane in a ${laneKind}`, { skip }, () => {
    it('closes hundreds of locks, and not the one that a task kept', async () => {
      await using pool = new Pool({ lanes: 1, laneKind })
      using kept = new Lock()
      await pool.run(keepLock, [kept])
      for (let time = 0; time < given; time++) {
        using lock = new Lock()
        const open = await pool.run(useLock, [lock])
        assert.ok(open < mostDescriptors, `${open} descriptors after ${time} locks`)
      }
      assert.equal(await pool.run(useKeptLock, []), true)
    })

    it('closes hundreds of ends of pipes that no task has used', async () => {
      await using pool = new Pool({ lanes: 1, laneKind })
      for (let time = 0; time < given; time++) {
        const [here, there] = Pipe()
        const [open] = await pool.run(leaveConnection, [there])
        assert.ok(open < mostDescriptors, `${open} descriptors after ${time} pipes`)
        here.close()
      }
    })
  })
}
