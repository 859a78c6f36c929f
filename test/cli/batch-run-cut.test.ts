/** `lanework batch run` whose terminal is closed, whose reader goes, and whom somebody interrupts before it has begun. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Batch } from '#lanework/batch/index.js'
import { Interruption } from '#lanework/cli/batch/interruption.js'
import { file } from '../support/batch-command.js'
import { start } from '../support/command.js'
import { folder } from '../support/folder.js'
import { untilThere } from '../support/machine.js'
import { until } from '../support/until.js'

const main = 'dist/cli/main.js'
const skip = spawnSync('python3', ['--version']).status === 0 ? false : 'python3 is not here'

/** Folders of runs are made in one of their own, and gone when all is cleaned up. */
function place(name: string): { readonly path: string; readonly environment: Record<string, string> } {
  const path = join(folder, name)
  mkdirSync(path)
  return { path, environment: { TMPDIR: path, XDG_STATE_HOME: join(folder, 'state') } }
}

/** A job that says who it is, and goes on for half a minute. */
const long = (name: string): string => `echo $$ > ${join(folder, name)}; exec sleep 30\n`

function isThere(name: string): boolean {
  return spawnSync('sh', ['-c', `kill -0 $(cat ${join(folder, name)})`]).status === 0
}

describe('a run that is cut off', { concurrency: 2 }, () => {
  for (const view of [[], ['--no-view']])
    it(`cancels its jobs when its terminal is closed ${view.join('')}`, { skip, timeout: 60_000 }, async () => {
      const name = `terminal${view.length}`
      const { path, environment } = place(name)
      const jobs = file(`${name}.txt`, long(`${name}-a`) + long(`${name}-b`))
      const words = [
        'test/fixtures/in-terminal.py',
        process.execPath,
        main,
        'batch',
        'run',
        jobs,
        '--cpus',
        '2',
        ...view,
      ]
      const terminal = spawn('python3', words, { env: { ...process.env, ...environment } })
      let shown = ''
      terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
      try {
        await until('both run', () => isThere(`${name}-a`) && isThere(`${name}-b`))
        terminal.stdin.end()
        await until('it has ended', () => /ended\s*$/.test(shown))
        assert.ok(!isThere(`${name}-a`) && !isThere(`${name}-b`), 'its jobs run on')
        assert.deepEqual(readdirSync(path), [])
      } finally {
        terminal.kill('SIGKILL')
      }
    })

  it('cancels its jobs when nobody reads stdout any more, and fails', { timeout: 60_000 }, async () => {
    const { path, environment } = place('pipe')
    const unread = join(folder, 'unread')
    const jobs = file('pipe.txt', `${untilThere(unread)}\n${long('pipe-b')}`)
    const running = start(['batch', 'run', jobs, '--cpus', '1', '--policy', 'fcfs'], environment)
    await until('it says something', () => running.stdout().includes('starts'))
    running.child.stdout?.destroy()
    // If it has not said yet that the second one starts, it says that the first one ends.
    writeFileSync(unread, '')
    const { code, stderr } = await running.finished
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^cancelling what is left/m)
    assert.ok(!existsSync(join(folder, 'pipe-b')) || !isThere('pipe-b'), 'a job runs on')
    assert.deepEqual(readdirSync(path), [])
  })

  it('starts nothing when it is interrupted while it opens', { timeout: 60_000 }, async () => {
    const { path, environment } = place('early')
    const done = join(folder, 'early-done')
    const running = start(['batch', 'run', file('early.txt', `sleep 20; touch ${done}\n`)], environment)
    const made = watch(path, () => {
      made.close()
      running.child.kill('SIGINT')
    })
    const { code, stderr } = await running.finished
    made.close()
    assert.equal(code, 1, stderr)
    assert.match(stderr, /^(ending; nothing more starts|cancelling what is left; once more kills it)$/m)
    assert.ok(!existsSync(done), 'the job ran to its end')
    assert.deepEqual(readdirSync(path), [])
  })

  it('cancels first and kills second, however early the first press was, and never kills for a hang-up', () => {
    const said: string[] = []
    let cancels = 0
    const batch = { act: async () => (cancels++, []) } as unknown as Batch
    const interruption = new Interruption()
    interruption.say = (text) => said.push(text)
    try {
      interruption.interrupt()
      interruption.takes(batch)
      interruption.hangUp()
      interruption.interrupt()
    } finally {
      interruption.end()
    }
    const cancelling = 'cancelling what is left; once more kills it'
    assert.deepEqual(said, ['ending; nothing more starts', cancelling, 'killing'])
    assert.equal(cancels, 2)
  })
})
