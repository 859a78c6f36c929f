/** Commands of `lanework batch` to which things happen between two of their questions: a batch that only pretends makes them happen. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  serveBatch,
  type Batch,
  type JobAction,
  type JobSelection,
  type JobStatus,
  type ServedBatch,
} from '#lanework/batch/index.js'
import { fail } from '#lanework/core/index.js'
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

/** Forgets jobs as soon as it does something else than what it was just asked for, as one that is full does. */
class FullBatch extends PretendedBatch {
  #isForgotten = false

  override async add(): Promise<readonly JobStatus[]> {
    setImmediate(() => (this.#isForgotten = true))
    return [statusOf(1, 'brief')]
  }

  override async jobs(): Promise<readonly JobStatus[]> {
    if (this.#isForgotten) throw fail('JOB_UNKNOWN', { job: '1', known: 'none' })
    setImmediate(() => (this.#isForgotten = true))
    return [statusOf(1, 'brief', { state: 'ended', outcome: 'ok', exitCode: 0 })]
  }

  override async wait(): Promise<readonly JobStatus[]> {
    if (!this.#isForgotten) throw new Error('There were no turns between two questions.')
    this.jobs = async () => []
    this.wait = async () => []
    throw fail('JOB_UNKNOWN', { job: '1', known: 'none' })
  }

  override async act(_: JobAction, selection: JobSelection): Promise<readonly JobStatus[]> {
    return 'all' in selection ? [] : this.jobs()
  }
}

async function servedIn(name: string, make: (state: string) => Batch): Promise<[state: string, served: ServedBatch]> {
  const state = join(folder, name)
  mkdirSync(state, { mode: 0o700 })
  return [state, await serveBatch(make(state), state)]
}

describe('lanework batch, of a job that is faster than who asks for it', () => {
  it('shows what it wrote to who followed it from before its start', async () => {
    const [state, served] = await servedIn('brief', (home) => {
      const logs = { stdout: join(home, '1.out'), stderr: join(home, '1.err') }
      writeFileSync(logs.stdout, 'all of it\n')
      writeFileSync(logs.stderr, 'and this\n')
      return new BriefJob(logs)
    })
    try {
      const { code, stdout, stderr } = await batch(['logs', '-f', 'brief', '--state', state])
      assert.deepEqual([code, stdout, stderr], [0, 'all of it\n', 'and this\n'])
    } finally {
      await served.stop(false)
    }
  })

  for (const [words, expected] of [
    [['add', '--', 'true'], '1\n'],
    [['forget', '--all'], 'no jobs\n'],
    [['wait'], ''],
  ] as const)
    it(`does ${words[0]}, though the batch forgets the job at once`, async () => {
      const [state, served] = await servedIn(words[0], () => new FullBatch([]))
      try {
        const { code, stdout, stderr } = await batch([words[0], '--state', state, ...words.slice(1)])
        assert.deepEqual([code, stdout, stderr], [0, expected, ''])
      } finally {
        await served.stop(false)
      }
    })
})
