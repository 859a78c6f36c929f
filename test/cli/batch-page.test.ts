/** `lanework batch page` ends with its batch, however that ends. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import type { BatchStatus } from '#lanework/batch/index.js'
import { WebSocket } from 'ws'
import { batch, startBatchCommand, stopAtExit, well } from '../support/batch-command.js'
import type { Running } from '../support/command.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'

describe('lanework batch page', () => {
  const state = join(folder, 'page')
  const on = (command: string, ...words: string[]): string[] => [command, '--state', state, ...words]
  after(async () => {
    await batch(on('start'))
    await batch(on('stop', '--end-jobs'))
  })

  /** A batch, and its page with a browser that looks at it. */
  async function looked(): Promise<{ pid: number; page: Running; last: () => string | undefined }> {
    const { pid } = JSON.parse(await well(...on('start', '--json'))) as BatchStatus
    stopAtExit(pid)
    const page = startBatchCommand(on('page'))
    const url = new URL(await until('it says where', () => /^(http:\S+)$/m.exec(page.stdout())?.[1]))
    const words = new URLSearchParams(url.hash.slice(1))
    const socket = new WebSocket(`ws://${url.host}${words.get('at')}`)
    const kinds: string[] = []
    socket.on('message', (data: Buffer) => kinds.push((JSON.parse(data.toString()) as { kind: string }).kind))
    socket.on('open', () => socket.send(JSON.stringify({ do: 'enter', token: words.get('token') })))
    await until('the browser has the record', () => kinds.includes('whole'))
    return { pid, page, last: () => kinds.at(-1) }
  }

  for (const [how, end] of [
    ['is stopped', (): Promise<unknown> => well(...on('stop'))],
    ['is killed', (pid: number): boolean => process.kill(pid, 'SIGKILL')],
  ] as const)
    it(`says so and ends with 0 when the batch ${how}, and browsers hear of it`, async () => {
      const { pid, page, last } = await looked()
      await end(pid)
      const { code, stderr } = await page.finished
      assert.equal(code, 0, stderr)
      assert.match(stderr, /^The batch has ended, and so does its page/m)
      // The command may be gone before its last words have been read.
      await until('the browser has heard it', () => last() === 'over')
    })
})
