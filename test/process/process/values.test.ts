/** What goes into a process and what comes out of it. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { activeChildren, keepWarm } from '#lanework/process/index.js'
import { echo, returnFunction } from '../../fixtures/process-tasks.js'
import { childrenOf } from '../../support/process-table.js'
import { make, started, startMethods } from './methods.js'

const samples: Record<string, unknown> = {
  undefined: undefined,
  'a large typed array': Float64Array.from({ length: 300_000 }, (_, index) => index / 3),
  'a Buffer': Buffer.from('bytes'),
  'a Map of a Set': new Map([['a', new Set([1, 2n])]]),
  'a Date in an object': { at: new Date(0), list: [1, 'two', null], nested: { deep: -0 } },
  'a large string': 'é'.repeat(500_000),
  'an Error': new RangeError('too far'),
}

before(() => keepWarm(2))

for (const startMethod of startMethods) {
  describe(`arguments and results of a process started by ${startMethod}`, { concurrency: 4 }, () => {
    for (const [what, value] of Object.entries(samples)) {
      it(`${what} goes there and back`, async () => {
        const process = await started(echo, [value], { startMethod })
        assert.deepEqual(await process.result(), value)
        assert.equal(await process.join(), 0)
      })
    }

    it('an argument that cannot travel is told by start(), which leaves nothing running', async () => {
      const process = make(echo, [() => 1], { startMethod, name: 'never' })
      await assert.rejects(process.start(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'NOT_SERIALIZABLE')
        assert.match(error.message, /arguments of never/)
        return true
      })
      assert.equal(process.isAlive(), false)
      assert.ok(!activeChildren().includes(process as never))
      assert.deepEqual(childrenOf(globalThis.process.pid, 'never'), [])
    })

    it('a result that cannot travel is told by result()', async () => {
      const process = await started(returnFunction, [], { startMethod, stderr: 'ignore' })
      await assert.rejects(process.result(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'NOT_SERIALIZABLE')
        assert.match(error.message, /result of returnFunction/)
        return true
      })
      assert.equal(await process.join(), 1)
      assert.equal(process.death?.reason, 'error')
    })
  })
}
