/** Which processes keep the program that started them, and which end with it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runFixture } from '../../support/fixture.js'
import { identify } from '../../support/process-table.js'
import { until } from '../../support/until.js'

describe('a program', { concurrency: 3 }, () => {
  for (const startMethod of ['spawn', 'thread']) {
    it(`is not kept by a daemon (${startMethod}), which ends with it`, async () => {
      const program = runFixture('process-ends', ['daemon', startMethod])
      assert.equal(await program.ended, 0)
      const [{ pid } = {}] = program.said
      await until('the daemon is gone', () => identify(pid as number) === undefined)
    })

    it(`is kept by a child that is none (${startMethod})`, async () => {
      const program = runFixture('process-ends', ['child', startMethod])
      assert.equal(await program.ended, 0)
      assert.deepEqual(
        program.said.map((line) => Object.keys(line)[0]),
        ['left', 'later'],
      )
    })

    it(`that waits for a daemon (${startMethod}) is kept by the waiting`, async () => {
      const program = runFixture('process-ends', ['waits', startMethod])
      assert.equal(await program.ended, 0, program.stderr())
      const said = program.said.filter((line) => !('later' in line))
      assert.deepEqual(said, [{ code: 0 }, { result: true }, { terminated: -15 }, { left: true }])
    })
  }

  it('is not kept by a daemon in a busy loop', async () => {
    const program = runFixture('process-ends', ['busyDaemon'])
    assert.equal(await program.ended, 0)
    await until('the daemon is gone', () => identify(program.said[0]?.['pid'] as number) === undefined)
  })

  it('is not kept by spares', async () => {
    const program = runFixture('process-ends', ['warm'])
    assert.equal(await program.ended, 0)
  })
})
