/** A pool and the program it belongs to: when the program ends, and what is left of the lanes when it is killed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runFixture } from '../../support/fixture.ts'
import { isRunning } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { childKinds, notes } from './laboratory.ts'

for (const laneKind of childKinds) {
  describe(`a program with a pool of ${laneKind} lanes`, () => {
    it('ends by itself when the pool has nothing to do', async () => {
      const program = runFixture('pool-program', ['idle', '', laneKind])
      assert.equal(await program.hear('sum'), 3)
      assert.equal(await program.ended, 0, program.stderr())
    })

    it('runs on while a task does', async () => {
      const log = notes()
      const program = runFixture('pool-program', ['busy', log.path, laneKind])
      await log.has('busy')
      log.open()
      assert.equal(await program.hear('done'), 'busy')
      assert.equal(await program.ended, 0, program.stderr())
    })

    it('runs on until the pool is closed', async () => {
      const program = runFixture('pool-program', ['close', '', laneKind])
      assert.equal(await program.hear('closed'), true)
      assert.equal(await program.ended, 0, program.stderr())
    })

    it('runs on until the pool is terminated', async () => {
      const program = runFixture('pool-program', ['terminate', '', laneKind])
      assert.equal(await program.hear('terminated'), true)
      assert.equal(await program.hear('code'), 'CLOSED')
      assert.equal(await program.ended, 0, program.stderr())
    })
  })
}

describe('a program that is killed', () => {
  it('takes its lanes along, though they are in a busy loop', async () => {
    const log = notes()
    const program = runFixture('pool-program', ['lanes', log.path])
    const pids = await until('both lanes spin', () => {
      const spinning = log.lines().map((line) => Number(line.split(' ')[1]))
      return spinning.length === 2 && spinning
    })
    assert.ok(pids.every(isRunning))
    await program.stop()
    await until('they are gone', () => !pids.some(isRunning), 5_000)
  })
})

describe('a lane that floods stderr', () => {
  it('waits for whoever reads it, and fills no memory', async () => {
    const program = runFixture('pool-program', ['flood'])
    const grown = Number(await program.hear('grownMiB'))
    assert.ok(grown < 150, `${grown} MiB`)
    assert.equal(await program.ended, 0)
  })
})
