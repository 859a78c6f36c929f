/** How a child finds its task, and what is said when it does not. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { taskFrom } from '#lanework/process/index.js'
import { nothing, watch } from '../../fixtures/process-starts-at-import.js'
import { make, sign, started, startMethods } from './methods.js'

const fixture = (name: string): URL => new URL(`../../fixtures/${name}.js`, import.meta.url)

for (const startMethod of startMethods) {
  describe(`a process started by ${startMethod}`, { concurrency: 4 }, () => {
    const options = { startMethod, stderr: 'ignore' } as const

    it('runs any function that a module exports', async () => {
      const process = await started(taskFrom<[number], number>(fixture('process-plain'), 'triple'), [4], options)
      assert.equal(await process.result(), 12)
    })

    for (const [what, name, wanted, reason] of [
      ['a module that is not there', 'process-nowhere', 'x', /its module does not load.*process-nowhere/],
      ['a module that throws', 'process-broken', 'x', /its module does not load: this module is broken/],
      ['a name that is not there', 'process-plain', 'quadruple', /makes no task of that name/],
      ['what is no function', 'process-plain', 'notAFunction', /makes no task of that name/],
    ] as const) {
      it(`says that it cannot find ${what}`, async () => {
        const process = await started(taskFrom(fixture(name), wanted), [], options)
        await assert.rejects(process.result(), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'TASK_NOT_FOUND')
          assert.match(error.message, reason)
          return true
        })
        assert.equal(await process.join(), 1)
      })
    }

    it('is refused the start of others while its module loads, so that no bomb goes off', async () => {
      const journal = sign()
      const env = { ...process.env, LANEWORK_TEST_JOURNAL: journal }
      const child = await started(nothing, [], { ...options, env })
      await assert.rejects(child.result(), { code: 'START_DURING_IMPORT' })
      await child.join()
      assert.equal(readFileSync(journal, 'utf8'), 'x', 'it was imported once')
    })

    it('is refused it as well when the module puts it off until the function runs', async () => {
      const env = { ...process.env, LANEWORK_TEST_JOURNAL: sign(), LANEWORK_TEST_WHEN: 'later' }
      const child = await started(watch, [], { ...options, env })
      assert.equal(await child.result(), 'x START_DURING_IMPORT')
    })
  })
}

it('what is no task is refused before anything starts', async () => {
  for (const target of [(): number => 1, async (): Promise<void> => {}, 'add', {}]) {
    await assert.rejects(make(target as never, []).start(), { code: 'TASK_INVALID' })
  }
})
