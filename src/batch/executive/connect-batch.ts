/** The other side of a batch's control socket: the same interface, in another process. */
import { join, resolve } from 'node:path'

import { fail, isLaneworkError } from '../../core/index.ts'
import { ControlClient } from '../../process/index.ts'
import type { PolicyChoice } from '../../schedule/index.ts'
import type {
  Batch,
  BatchEvent,
  BatchStatus,
  JobAction,
  JobRequest,
  JobSelection,
  JobStatus,
  RunRecord,
  Step,
} from '../types.ts'
import { surroundings } from './environment.ts'
import { checkFolderLength } from './folder-length.ts'
import { socketName, type BatchMethods } from './methods.ts'
import { frameBytes } from './serve-batch.ts'

/**
 * Connects to the batch that runs in a folder. Closing lets go of the connection; with `endJobs` the batch ends its jobs and stops.
 * Throws BATCH_NOT_FOUND when none runs there, OPTION_INVALID for a folder with too long a path, PERMISSION_DENIED, CONTROL_BUSY.
 *
 * @example
 * const batch = await connectBatch('/var/lib/batch')
 * const [job] = await batch.add([{ argv: ['make'] }])
 * await batch.wait({ jobs: [job.id] })
 * await batch.close()
 */
export async function connectBatch(folder: string): Promise<Batch> {
  checkFolderLength(folder)
  const home = resolve(folder)
  try {
    return new RemoteBatch(await ControlClient.connect<BatchMethods>(join(home, socketName), { frameBytes }))
  } catch (error) {
    if (!isLaneworkError(error, 'CONNECTION_REFUSED')) throw error
    throw fail('BATCH_NOT_FOUND', { folder: home }, { cause: error })
  }
}

/** Stops the batch of a folder: its jobs go on under their keeper, or are ended first. Resolves when it has stopped. Throws BATCH_NOT_FOUND. */
export async function stopBatch(folder: string, options: { readonly endJobs?: boolean } = {}): Promise<void> {
  const batch = (await connectBatch(folder)) as RemoteBatch
  await batch.stop(options.endJobs ?? false)
}

class RemoteBatch implements Batch {
  readonly #client: ControlClient<BatchMethods>

  constructor(client: ControlClient<BatchMethods>) {
    this.#client = client
  }

  async add(requests: readonly JobRequest[]): Promise<readonly JobStatus[]> {
    // Whoever hands them in lends them its folder, its environment, its umask and its limit, not the executive.
    const { cwd, env, umask, openFiles } = surroundings()
    const whole = requests.map((request) =>
      typeof request === 'object' && request !== null
        ? {
            ...request,
            cwd: resolve(cwd, request.cwd ?? '.'),
            env: request.env ?? env,
            umask: request.umask ?? umask,
            openFiles: request.openFiles ?? openFiles,
          }
        : request,
    )
    return all(this.#client.stream('add', whole))
  }

  jobs(selection?: JobSelection): Promise<readonly JobStatus[]> {
    return all(this.#client.stream('jobs', selection))
  }

  act(action: JobAction, selection: JobSelection): Promise<readonly JobStatus[]> {
    return all(this.#client.stream('act', { action, selection }))
  }

  setPolicy(choice: PolicyChoice): Promise<void> {
    return this.#client.call('setPolicy', choice)
  }

  wait(selection: JobSelection, options: { readonly signal?: AbortSignal } = {}): Promise<readonly JobStatus[]> {
    return all(this.#client.stream('wait', selection, options))
  }

  status(): Promise<BatchStatus> {
    return this.#client.call('status')
  }

  async record(): Promise<RunRecord> {
    let head: Omit<RunRecord, 'jobs' | 'steps'> | undefined
    const jobs: JobStatus[] = []
    const steps: Step[] = []
    for await (const piece of this.#client.stream('record')) {
      if ('head' in piece) head = piece.head
      else if ('jobs' in piece) for (const job of piece.jobs) jobs.push(job)
      else for (const step of piece.steps) steps.push(step)
    }
    if (head === undefined) throw fail('CLOSED', { what: 'batch' })
    return { ...head, jobs, steps }
  }

  async *watch(options: { readonly signal?: AbortSignal } = {}): AsyncGenerator<BatchEvent, void> {
    try {
      yield* this.#client.stream('watch', undefined, { ...options, windowItems: 1_024 })
    } catch (error) {
      if (!isLaneworkError(error, 'ABORTED')) throw error
    }
  }

  /** Resolves when the batch has let go of everybody. */
  async stop(endJobs: boolean): Promise<void> {
    await this.#client.call('stop', { endJobs })
    await this.#client.closed
  }

  async close({ endJobs = false }: { readonly endJobs?: boolean } = {}): Promise<void> {
    await (endJobs ? this.stop(true) : this.#client.close())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function all(pieces: AsyncIterable<readonly JobStatus[]>): Promise<readonly JobStatus[]> {
  const statuses: JobStatus[] = []
  for await (const piece of pieces) for (const status of piece) statuses.push(status)
  return statuses
}
