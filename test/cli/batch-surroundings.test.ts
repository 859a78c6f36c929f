/** What a job gets from the shell that hands it in: its umask, and its soft limit of open files, which Node raises for itself. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { connectBatch, startBatch, stopBatch } from '#lanework/batch/index.js'
import { batchFolder } from '../support/batch.js'
import { isNative } from '../support/capability.js'
import { folder as files } from '../support/folder.js'
import { file } from '../support/batch-command.js'

const command = join(import.meta.dirname, '../../../dist/cli/main.js')
const said = `sh -c 'umask; ulimit -Sn'`

/** With this umask and limit, as a user would. */
function inShell(setup: string, words: string): string {
  const { stdout, stderr, status } = spawnSync(
    'sh',
    ['-c', `${setup}; ${process.execPath} ${command} batch ${words}; exit $?`],
    {
      encoding: 'utf8',
      timeout: 60_000,
    },
  )
  assert.equal(status, 0, stderr)
  return stdout
}

describe('a job runs with the umask and the limit of open files', () => {
  const folder = batchFolder()
  before(async () => {
    const umask = process.umask(0o22)
    await startBatch(folder)
    process.umask(umask)
  })
  after(() => stopBatch(folder, { endJobs: true }))

  async function outputOf(job: string): Promise<string[]> {
    const batch = await connectBatch(folder)
    const [status] = await batch.wait({ jobs: [job] }, { signal: AbortSignal.timeout(30_000) })
    await batch.close()
    assert.equal(status?.outcome, 'ok', status?.why)
    return readFileSync(status?.logs?.stdout ?? '', 'utf8')
      .trim()
      .split('\n')
  }

  it('of the shell that hands it in, not of the batch', async () => {
    const job = inShell('umask 077; ulimit -Sn 300', `add --state ${folder} -- ${said}`).trim()
    const [umask, limit] = await outputOf(job)
    assert.equal(umask, '0077')
    if (isNative) assert.equal(limit, '300')
  })

  it('that it says itself', async () => {
    const toml = file(
      'own.toml',
      `[[job]]\nname = "own"\nargv = ["sh", "-c", "umask; ulimit -Sn"]\numask = "0137"\nopenFiles = 200\n`,
    )
    inShell('umask 077; ulimit -Sn 300', `add --state ${folder} --file ${toml}`)
    const [umask, limit] = await outputOf('own')
    assert.equal(umask, '0137')
    if (isNative) assert.equal(limit, '200')
  })

  it('of the shell that runs a file', () => {
    const jobs = file('shell.txt', `${said}\n`)
    const state = join(files, 'state-of-run')
    inShell('umask 027; ulimit -Sn 400', `run ${jobs} --state ${state}`)
    const [umask, limit] = readFileSync(join(state, 'logs', '1-sh.out'), 'utf8')
      .trim()
      .split('\n')
    assert.equal(umask, '0027')
    if (isNative) assert.equal(limit, '400')
  })
})
