/**
 * What a batch's control socket can be asked: the methods of `Batch`. Long answers come in pieces, so that the executive has its
 * slices to look after between any two.
 */
import type { CallContext } from '../../process/index.ts'
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
import { withoutEnvironment } from './without-environment.ts'

/** The name of the socket in a batch's folder. */
export const socketName = 'control.sock'

/** A piece of a record: first all but its lists, then these. */
export type RecordPiece =
  | { readonly head: Omit<RunRecord, 'jobs' | 'steps'> }
  | { readonly jobs: readonly JobStatus[] }
  | { readonly steps: readonly Step[] }

export type BatchMethods = {
  readonly add: (requests: readonly JobRequest[]) => AsyncIterable<readonly JobStatus[]>
  readonly jobs: (selection: JobSelection | undefined) => AsyncIterable<readonly JobStatus[]>
  readonly act: (request: {
    readonly action: JobAction
    readonly selection: JobSelection
  }) => AsyncIterable<readonly JobStatus[]>
  readonly setPolicy: (choice: PolicyChoice) => Promise<void>
  readonly wait: (selection: JobSelection, context: CallContext) => AsyncIterable<readonly JobStatus[]>
  readonly status: () => Promise<BatchStatus>
  readonly record: () => AsyncIterable<RecordPiece>
  readonly watch: (_: undefined, context: CallContext) => AsyncIterable<BatchEvent>
  readonly stop: (options: { readonly endJobs: boolean }) => void
}

const [jobsAtOnce, stepsAtOnce] = [200, 5_000]

/** `stop` is called when somebody wants the batch to end. */
export function batchMethods(batch: Batch, stop: (endJobs: boolean) => void): BatchMethods {
  return {
    add: (requests) => jobPieces(() => addTo(batch, requests)),
    jobs: (selection) => jobPieces(() => batch.jobs(selection ?? undefined)),
    act: ({ action, selection }) => jobPieces(() => batch.act(action, selection)),
    setPolicy: (choice) => batch.setPolicy(choice),
    wait: (selection, { signal }) => jobPieces(() => batch.wait(selection, { signal })),
    status: () => batch.status(),
    record: () => recordPieces(batch),
    watch: (_, { signal }) => batch.watch({ signal }),
    stop: ({ endJobs }) => stop(endJobs),
  }
}

/** With all that is told of jobs; in this turn none of them can have been forgotten. */
async function addTo(batch: Batch, requests: readonly JobRequest[]): Promise<readonly JobStatus[]> {
  const added = await batch.add(requests)
  return added.length === 0 ? [] : batch.jobs({ jobs: added.map(({ id }) => id) })
}

/** Asked only when somebody takes the answer: one that fails before would be nobody's to catch. */
async function* pieces<Item>(
  ask: () => Promise<readonly Item[]>,
  atOnce: number,
): AsyncGenerator<readonly Item[], void> {
  const items = await ask()
  for (let from = 0; from < items.length; from += atOnce) {
    yield items.slice(from, from + atOnce)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function* jobPieces(ask: () => Promise<readonly JobStatus[]>): AsyncGenerator<readonly JobStatus[], void> {
  for await (const piece of pieces(ask, jobsAtOnce)) yield piece.map(withoutEnvironment)
}

async function* recordPieces(batch: Batch): AsyncGenerator<RecordPiece, void> {
  const { jobs, steps, ...head } = await batch.record()
  yield { head }
  for await (const piece of jobPieces(() => Promise.resolve(jobs))) yield { jobs: piece }
  for await (const piece of pieces(() => Promise.resolve(steps), stepsAtOnce)) yield { steps: piece }
}
