/** Commands of `lanework batch` to which things happen between two of their questions: a batch that only pretends makes them happen. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { serveBatch, type JobStatus } from '#lanework/batch/index.js'
import { PretendedBatch, statusOf } from '../batch/seen/pretended-batch.js'
import { batch } from '../support/batch-command.js'
import { folder } from '../support/folder.js'
import { gate } from '../support/until.js'

/** Waits for its turn when it is asked the first time, and has started and ended before it is asked again. */
class BriefJob extends PretendedBatch {
  readonly #asked = gate()
  readonly #ended: JobStatus

  constructor(logs: JobStatus['logs']) {
    super([])
    this.#ended = statusOf(1, 'brief', { state: 'ended', outcome: 'ok', exitCode: 0, attempt: 1, logs })
  }

  override async jobs(): Promise<readonly JobStatus[]> {
    this.#asked.open()
    return [statusOf(1, 'brief', { state: 'waiting', attempt: 0 })]
  }

  override async wait(): Promise<readonly JobStatus[]> {
    await this.#asked.opened
    return [this.#ended]
  }
}

describe('lanework batch, of a job that is faster than who asks for it', () => {
  it('shows what it wrote to who followed it from before its start', async () => {
    const state = join(folder, 'brief')
    mkdirSync(state, { mode: 0o700 })
    const logs = { stdout: join(state, '1.out'), stderr: join(state, '1.err') }
    writeFileSync(logs.stdout, 'all of it\n')
    writeFileSync(logs.stderr, 'and this\n')
    const served = await serveBatch(new BriefJob(logs), state)
    try {
      const { code, stdout, stderr } = await batch(['logs', '-f', 'brief', '--state', state])
      assert.deepEqual([code, stdout, stderr], [0, 'all of it\n', 'and this\n'])
    } finally {
      await served.stop(false)
    }
  })
})
