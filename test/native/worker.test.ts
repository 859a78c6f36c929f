/** A worker thread that ends with open sockets must not take the process with it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runFixture } from '../support/fixture.ts'

describe('a worker with open sockets', () => {
  for (const end of ['finish', 'exit', 'throw', 'terminate']) {
    it(`may ${end}; the process lives on and leaves cleanly`, async () => {
      const fixture = runFixture('worker-ends', [end])
      assert.equal(await fixture.hear('alive'), 'still here')
      assert.equal(await fixture.ended, 0, fixture.stderr())
    })
  }
})
