/** `lanework batch start` where a batch was before: it goes on with its policy, its settings and its jobs. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { BatchStatus } from '#lanework/batch/index.js'
import { batch, refused, stopAtExit, well } from '../support/batch-command.js'
import { folder } from '../support/folder.js'

describe('lanework batch start, again', () => {
  const state = join(folder, 'again')
  const on = (command: string, ...words: string[]): string[] => [command, '--state', state, ...words]
  const start = async (...words: string[]): Promise<BatchStatus & { readonly said: string }> => {
    const { code, stdout, stderr } = await batch(on('start', '--json', ...words))
    assert.equal(code, 0, stderr)
    const status = JSON.parse(stdout) as BatchStatus
    stopAtExit(status.pid)
    return { ...status, said: stderr }
  }
  const gib = 2 ** 30
  after(async () => {
    await batch(on('stop', '--end-jobs'))
  })

  it('goes on with the policy and the settings that the last one had', async () => {
    const { policy, cpus } = await start(
      ...'--policy mlfq --cpus 1 --memory 4GiB --resource gpu=1 --slots dl=2 --no-pin'.split(' '),
    )
    assert.deepEqual([policy.name, cpus.length], ['mlfq', 1])
    await well(...on('policy', 'sjf'))
    await well(...on('add', '--hold', '--name', 'draw', '--resource', 'gpu=1', '--', 'true'))
    await well(...on('stop'))
    const next = await start()
    assert.deepEqual(
      [next.policy.name, next.cpus, next.memory.totalBytes, next.resources['gpu']?.total],
      ['sjf', cpus, 4 * gib, 1],
    )
    assert.equal(next.said, '')
    const kept = JSON.parse(readFileSync(join(state, 'settings.json'), 'utf8')) as object
    assert.deepEqual(kept, { cpus, memoryBytes: 4 * gib, resources: { gpu: 1 }, slots: { dl: 2 }, pin: false })
    await well(...on('stop'))
  })

  it('puts what is given in its place, and says which jobs can never run then', async () => {
    const { said, resources, memory, policy } = await start('--resource', 'licence=1', '--policy', 'fcfs')
    assert.deepEqual([Object.keys(resources), memory.totalBytes, policy.name], [['licence'], 4 * gib, 'fcfs'])
    assert.match(said, /^Note: job 1 \(draw\) can never run here: it needs 1 gpu of 0$/m)
    await well(...on('stop'))
  })

  it('keeps nothing of a start that was refused', async () => {
    const before = readFileSync(join(state, 'settings.json'), 'utf8')
    await refused(2, /--memory/, ...on('start', '--memory', 'much'))
    assert.equal(readFileSync(join(state, 'settings.json'), 'utf8'), before)
  })

  it('starts with what makes no sense there too, and says so', async () => {
    writeFileSync(join(state, 'settings.json'), '{"memoryBytes": "much"')
    const { troubles, memory } = await start('--memory', '1GiB')
    assert.equal(memory.totalBytes, gib)
    assert.match(troubles.join('\n'), /settings\.json is left out: /)
    assert.deepEqual(JSON.parse(readFileSync(join(state, 'settings.json'), 'utf8')), { memoryBytes: gib })
    await well(...on('stop'))
    assert.ok(existsSync(join(state, 'batch.journal')))
  })
})
