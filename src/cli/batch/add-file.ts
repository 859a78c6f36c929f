/** Hands in the jobs of a file: what is wrong with them is said with its place in the file, also where only the batch can know. */
import { checkDependencies, plansOf, type Batch, type BatchFile, type JobStatus } from '../../batch/index.ts'
import { fail, isLaneworkError } from '../../core/index.ts'

/** All of them or none. Throws what `batch.add` throws, with places. */
export async function addFile(batch: Batch, file: Pick<BatchFile, 'jobs' | 'place'>): Promise<readonly JobStatus[]> {
  try {
    return await batch.add(file.jobs)
  } catch (error) {
    if (isLaneworkError(error)) await complainAtPlace(error, batch, file)
    throw error
  }
}

/** Checks them once more, beside the jobs that the batch knows; returns if it finds nothing. */
async function complainAtPlace(
  error: Error,
  batch: Batch,
  { jobs, place }: Pick<BatchFile, 'jobs' | 'place'>,
): Promise<void> {
  const known = await batch.jobs()
  const names = known.map(({ name }) => name)
  const taken = new Set([...names, ...known.map(({ id }) => `${id}`)])
  const plans = plansOf(jobs, { cwd: process.cwd(), env: {}, taken: (name) => taken.has(name) }, place)
  checkDependencies(
    plans,
    (job) => taken.has(job),
    place,
    () => names,
  )
  if (!isLaneworkError(error, 'JOB_IMPOSSIBLE')) return
  const index = plans.findIndex(({ name }) => name === error.detail.job)
  if (index >= 0) throw fail('JOB_IMPOSSIBLE', { ...error.detail, place: place(index) })
}
