/** Batches of tests: opened in this process, or killed in one of their own. */
import { join } from 'node:path'

import {
  openBatch,
  planOf,
  type Batch,
  type Fact,
  type JobPlan,
  type JobRequest,
  type JobStatus,
  type OpenOptions,
} from '#lanework/batch/index.js'
import { nothingCounted } from '#lanework/batch/engine/facts.js'
import { Journal } from '#lanework/batch/journal/index.js'
import { batchFolder } from './batch.ts'

const open = new Set<Batch>()

/** A batch in a folder of its own; closed, and its jobs ended, by `endBatches`. */
export async function testBatch(options: Partial<OpenOptions> = {}): Promise<Batch> {
  const batch = await openBatch({ folder: batchFolder(), policy: { name: 'rr', options: { quantum: 20 } }, ...options })
  open.add(batch)
  return batch
}

/** For `afterEach`. */
export async function endBatches(): Promise<void> {
  for (const batch of open) await batch.close({ endJobs: true })
  open.clear()
}

/** All of them, in 30 seconds at most. */
export async function endOf(batch: Batch, jobs: readonly JobStatus[]): Promise<readonly JobStatus[]> {
  return batch.wait({ jobs: jobs.map(({ id }) => id) }, { signal: AbortSignal.timeout(30_000) })
}

export async function runAll(batch: Batch, requests: readonly JobRequest[]): Promise<readonly JobStatus[]> {
  return endOf(batch, await batch.add(requests))
}

export function shell(script: string, more: Partial<JobRequest> = {}): JobRequest {
  return { argv: ['sh', '-c', script], ...more }
}

/** A plan as a journal has it. */
export function planFor(request: JobRequest): JobPlan {
  const env = { PATH: process.env['PATH'] ?? '' }
  return planOf(request, { cwd: '/', env, taken: () => false, place: 'job 1' })
}

type WithoutAt<Kind> = Kind extends Fact ? Omit<Kind, 'at'> & { readonly at?: number } : never
export type LooseFact = WithoutAt<Fact>

/** The folder of a batch that left these facts when it was killed. */
export function leftFolder(facts: readonly LooseFact[]): string {
  const folder = batchFolder()
  const { journal } = Journal.open(join(folder, 'batch.journal'))
  for (const fact of facts) journal.put({ at: Date.now() - 1_000, ...fact })
  journal.close()
  return folder
}

export const noAccount = nothingCounted
