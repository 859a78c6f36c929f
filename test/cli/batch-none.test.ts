/** The command `lanework batch` where no batch runs, and its help. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { batch, refused, well } from '../support/batch-command.js'
import { folder } from '../support/folder.js'

describe('lanework batch, without a batch', () => {
  it('says which command starts one', async () => {
    const none = ['--state', join(folder, 'nobody')]
    for (const words of [['add', '--', 'true'], ['logs', 'a'], ['pause', 'a'], ['stop'], ['page']])
      await refused(4, /No batch runs in .*nobody[^]*lanework batch start/, ...words.toSpliced(1, 0, ...none))
    const { stderr } = await batch(['ps', ...none, '--json'])
    assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'BATCH_NOT_FOUND')
  })

  it('starts under one policy', async () => {
    await refused(
      2,
      /--policy must be one policy.*; got fcfs,rr/,
      'start',
      '--policy',
      'fcfs,rr',
      '--state',
      join(folder, 'none'),
    )
  })

  it('has help that begins with an example, for each command', async () => {
    const help = await well('--help')
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]+)[ |]/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
    for (const name of [
      'run',
      'start',
      'stop',
      'add',
      'ps',
      'show',
      'logs',
      'pause',
      'resume',
      'cancel',
      'priority',
      'policy',
      'wait',
      'gantt',
      'report',
      'trace',
      'page',
      'forget',
    ])
      assert.ok(commands.includes(name), name)
    await Promise.all(
      commands
        .filter((name) => name !== 'lanework')
        .map(async (name) =>
          assert.match(await well(name, '--help'), new RegExp(`^Example:\n  .*lanework batch ${name}`), name),
        ),
    )
  })
})
