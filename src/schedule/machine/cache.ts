/**
 * The cache of one CPU: a job that has run there for some time has its working set in it, and runs faster from then on.
 * The model of OSTEP's chapter on multiprocessor scheduling, with working sets thrown out by least recent use.
 */
import type { CacheSpec } from './spec.ts'
import type { JobRun } from './thread.ts'

export class Cache {
  readonly spec: CacheSpec
  /** The one used last comes last. */
  readonly #sets = new Map<JobRun, number>()
  #filled = 0
  /** How long each still has to run here until its set is in. */
  readonly #warming = new Map<JobRun, number>()

  constructor(spec: CacheSpec) {
    this.spec = spec
  }

  /** How long the job has to run here until it is warm: 0 if it is, Infinity if its set is larger than the cache. */
  coldTime(job: JobRun): number {
    const size = this.#sets.get(job)
    if (size !== undefined) {
      this.#sets.delete(job)
      this.#sets.set(job, size)
      return 0
    }
    if ((job.spec.workingSet ?? 0) > this.spec.size) return Infinity
    return this.#warming.get(job) ?? this.spec.warmUp
  }

  /** The job ran here for so long with a cold cache. */
  warm(job: JobRun, time: number): void {
    const left = this.coldTime(job) - time
    if (left > 0) this.#warming.set(job, left)
  }

  /** Its working set is in. */
  fill(job: JobRun): void {
    const size = job.spec.workingSet ?? 0
    this.forget(job)
    this.#sets.set(job, size)
    this.#filled += size
    for (const [oldest, itsSize] of this.#sets) {
      if (this.#filled <= this.spec.size) return
      this.#sets.delete(oldest)
      this.#filled -= itsSize
    }
  }

  /** As if the job had never run here. */
  forget(job: JobRun): void {
    this.#filled -= this.#sets.get(job) ?? 0
    this.#sets.delete(job)
    this.#warming.delete(job)
  }
}
