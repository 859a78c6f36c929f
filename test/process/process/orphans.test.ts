/** When a parent is killed, nothing of lanework stays. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import { runFixture } from '../../support/fixture.js'
import { isNative } from '../../support/capability.js'
import { childrenOf, identify, lives } from '../../support/process-table.js'
import { until } from '../../support/until.js'

/** All below a process, as they are now. */
function descendantsOf(pid: number): number[] {
  const children = childrenOf(pid)
  return children.concat(...children.map(descendantsOf))
}

describe('no process outlives a parent that is killed', { concurrency: 2 }, () => {
  for (const where of ['spawn', 'worker'] as const) {
    // Without the addon and setpriv(1) nothing can end a busy loop.
    const busy = isNative || existsSync('/usr/bin/setpriv')
    it(`started from ${where === 'spawn' ? 'the main thread' : 'a worker thread'}, idle${busy ? ', busy' : ''} or loading`, async () => {
      const parent = runFixture('process-parent', [where, busy ? 'busy' : 'idle'])
      const booting = ((await parent.hear('children')) as number[]).at(-1)
      const saying = (field: string): number =>
        parent.said.filter((line) => field in line && line[field] !== booting).length
      // An idle child, that of a child; busy ones alike.
      await until('all but the last run', () => saying('idle') >= 2 && saying('spinning') >= (busy ? 2 : 0))
      const all = descendantsOf(parent.child.pid ?? 0)
        .map(identify)
        .filter((found) => found !== undefined)
      assert.ok(all.length >= (busy ? 7 : 4), `${all.length} processes`)
      await parent.stop()
      await until('all are gone', () => !all.some(lives))
    })
  }
})
