/** Those who wait for jobs to end. */
import { fail } from '../../core/index.ts'
import type { JobStatus } from '../types.ts'

interface Wait {
  readonly missing: Set<number>
  readonly ended: Map<number, JobStatus>
  readonly resolve: (statuses: readonly JobStatus[]) => void
  readonly reject: (error: Error) => void
}

export class Waits {
  readonly #waits = new Set<Wait>()
  #isClosed = false

  /** Resolves when all of these have ended, with how. Rejects with ABORTED, and with CLOSED when the batch is closed before. */
  wait(statuses: readonly JobStatus[], signal: AbortSignal | undefined): Promise<readonly JobStatus[]> {
    const ended = statuses.filter(hasEnded)
    if (ended.length === statuses.length) return Promise.resolve(statuses)
    if (this.#isClosed) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      const aborted = (): Error => fail('ABORTED', { what: 'Waiting for jobs' }, { cause: signal?.reason })
      if (signal?.aborted === true) return reject(aborted())
      const missing = new Set(statuses.filter((status) => !hasEnded(status)).map(({ id }) => id))
      const over = (): void => {
        this.#waits.delete(wait)
        signal?.removeEventListener('abort', onAbort)
      }
      const wait: Wait = {
        missing,
        ended: new Map(ended.map((status) => [status.id, status])),
        resolve: (all) => (over(), resolve(all)),
        reject: (error) => (over(), reject(error)),
      }
      const onAbort = (): void => wait.reject(aborted())
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waits.add(wait)
    })
  }

  ended(status: JobStatus): void {
    for (const wait of this.#waits) {
      if (!wait.missing.delete(status.id)) continue
      wait.ended.set(status.id, status)
      if (wait.missing.size === 0) wait.resolve([...wait.ended.values()].toSorted((a, b) => a.id - b.id))
    }
  }

  close(): void {
    this.#isClosed = true
    for (const wait of this.#waits) wait.reject(closed())
  }
}

/** For good: a job that is to be tried again has no outcome yet. */
export function hasEnded({ state, outcome }: JobStatus): boolean {
  return state === 'ended' && outcome !== undefined
}

function closed(): Error {
  return fail('CLOSED', { what: 'batch' })
}
