/** A supervisor on the machine's clock, whose timers do not keep a process. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runFixture } from '../../support/fixture.js'

it('a process in which a child backs off lasts until its restart, and no longer than the children', async () => {
  const fixture = runFixture('back-off-alone')
  assert.equal(await fixture.ended, 0)
  assert.deepEqual(fixture.said, [{ restarted: true }])
})
