/** The end of a process with all that it has started. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { foreignTree, waitForever } from '../../fixtures/process-tasks.js'
import { childrenOf, identify, lives, type Identity } from '../../support/process-table.js'
import { until } from '../../support/until.js'
import { sign, started } from './methods.js'

/** A process, a shell that it started, and what that started. */
async function grow(deaf: boolean): Promise<{ process: Awaited<ReturnType<typeof started>>; foreign: Identity[] }> {
  const path = sign()
  const process = await started(foreignTree, [path, deaf])
  await until('the tree stands', () => existsSync(path))
  const leaf = Number(readFileSync(path, 'utf8'))
  const shells = childrenOf(process.pid)
  const foreign = [...shells, leaf].map(identify).filter((found) => found !== undefined)
  assert.equal(foreign.length, 2)
  return { process: process as never, foreign }
}

describe('terminate', { concurrency: 2 }, () => {
  it('of a tree ends programs that know nothing of their grandparent', async () => {
    const { process, foreign } = await grow(false)
    const death = await process.terminate({ tree: true })
    assert.equal(death.exitCode, -15)
    assert.deepEqual(foreign.filter(lives), [])
  })

  it('of a tree kills those that ignore SIGTERM after the time of grace', async () => {
    const { process, foreign } = await grow(true)
    const death = await process.terminate({ tree: true, graceMs: 100 })
    assert.equal(death.exitCode, -15)
    assert.deepEqual(foreign.filter(lives), [])
  })

  it('of a process alone leaves what it started to itself', async () => {
    const { process, foreign } = await grow(false)
    await process.terminate()
    assert.deepEqual(foreign.filter(lives), foreign)
    for (const { pid } of foreign) globalThis.process.kill(pid, 'SIGKILL')
  })

  it('of a tree that has already ended changes nothing', async () => {
    const process = await started(waitForever, [])
    await process.kill()
    assert.equal((await process.terminate({ tree: true })).exitCode, -9)
  })

  it('of the tree of a thread is impossible', async () => {
    const process = await started(waitForever, [], { startMethod: 'thread' })
    await assert.rejects(process.terminate({ tree: true }), { code: 'UNSUPPORTED' })
    await process.kill()
  })
})
