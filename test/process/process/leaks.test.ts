/** What a hundred processes leave behind in the one that started them: nothing. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { it } from 'node:test'
import { activeChildren } from '#lanework/process/index.js'
import { echo, refuse, waitForever } from '../../fixtures/process-tasks.js'
import { childrenOf } from '../../support/process-table.js'
import { until } from '../../support/until.js'
import { make, started } from './methods.js'

const large = new Float64Array(100_000)

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

function mappings(): number {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('lanework-')).length
}

/** Ends of every kind. */
async function four(): Promise<void> {
  const [done, failed, killed, refused] = [
    await started(echo, [large], { stdout: 'pipe' }),
    await started(refuse, [], { stderr: 'ignore' }),
    await started(waitForever, [], { stderr: 'pipe' }),
    make(echo, [() => 1]),
  ]
  assert.equal(((await done.result()) as Float64Array).length, large.length)
  await Promise.all([done.join(), failed.join(), killed.kill(), assert.rejects(refused.start())])
  await assert.rejects(make(echo, [1], { cwd: '/nowhere/at/all' }).start(), { code: 'SYSTEM_ERROR' })
}

it('a hundred processes leave no descriptor, no mapping, no zombie and no entry', async () => {
  await four()
  const before = await until('the first are closed', () => activeChildren().length === 0 && descriptors())
  for (let time = 0; time < 12; time++) await Promise.all([four(), four()])
  await until('all are closed', () => descriptors() <= before)
  assert.deepEqual(activeChildren(), [])
  assert.deepEqual(childrenOf(process.pid), [])
  const { gc } = globalThis as { gc?: () => void }
  await until('results are given back', () => {
    gc?.()
    return gc === undefined || mappings() <= 2
  })
})
