/** What jobs leave behind when many end together. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { Endings } from '#lanework/batch/machine/endings.js'
import type { Held } from '#lanework/batch/machine/types.js'
import { folder } from '../../support/folder.ts'
import { programJob } from '../../support/machine.ts'
import { until } from '../../support/until.ts'

describe('jobs that end together', () => {
  it('are looked at together, after the last of them, and each is over once', async () => {
    const over: number[] = []
    let looks = 0
    const endings = new Endings(folder, {
      terminate: () => assert.fail('nothing is left'),
      trouble: (_, text) => assert.fail(text),
      over: ({ job }) => void over.push(job),
      adopter: () => process.pid,
      mains: () => {
        looks++
        return new Set()
      },
    })
    const jobs = Array.from({ length: 50 }, (_, at) => at + 1)
    // Numbers above all that a system gives.
    for (const job of jobs) endings.begin(ended(job, 2_000_000_000 + job))
    assert.deepEqual(over, [])
    await until('all are over', () => over.length >= jobs.length)
    assert.deepEqual(over, jobs)
    assert.equal(looks, 1)
    endings.close()
  })
})

function ended(job: number, pid: number): Held {
  return { job, attempt: 1, pid, startTicks: 1, strays: [], plan: programJob(['true']) } as never
}
