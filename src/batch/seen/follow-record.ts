/**
 * A record that is kept up to date from what a batch tells: taken once, then changed by each event. Whoever reads it slowly gets the
 * newest one and skips those in between; nothing is queued for him.
 */
import type { Batch, BatchEvent, JobStatus, RunRecord, Step } from '../types.ts'

export interface FollowOptions {
  /** Ends it. */
  readonly signal?: AbortSignal | undefined
  /** Steps that are kept; the oldest are dropped. @default 50_000 */
  readonly steps?: number | undefined
  /** Jobs that are kept; of those that ended the first go. @default 10_000 */
  readonly jobs?: number | undefined
  /** Records come no faster than this. @default 100 */
  readonly leastMs?: number | undefined
  /** And no slower, while a job goes on: time passes though nothing happens. @default 1_000 */
  readonly mostMs?: number | undefined
}

/**
 * The record of a batch as it grows: the first at once, the next when something happened and the reader asks for it. Ends with the
 * signal, and when the batch ends. Throws what `batch.record` and `batch.watch` throw.
 *
 * @example
 * for await (const record of followRecord(batch, { signal })) screen.draw(liveFrame(record, { width, height }))
 */
export async function* followRecord(batch: Batch, options: FollowOptions = {}): AsyncGenerator<RunRecord, void, void> {
  const { leastMs = 100, mostMs = 1_000, signal } = options
  const ending = new AbortController()
  const end = (): void => ending.abort()
  signal?.addEventListener('abort', end, { once: true })
  if (signal?.aborted === true) end()
  const news = new News()
  // Watching begins before the record is taken, so that nothing falls between.
  const early: BatchEvent[] = []
  let growing: GrowingRecord | undefined
  const watching = (async () => {
    try {
      for await (const event of batch.watch({ signal: ending.signal })) {
        if (growing === undefined) early.push(event)
        else growing.take(event)
        news.tell()
      }
    } finally {
      news.end()
    }
  })()
  watching.catch(() => undefined)
  try {
    growing = new GrowingRecord(await batch.record(), options)
    for (const event of early.splice(0)) growing.take(event)
    while (!ending.signal.aborted) {
      yield growing.now()
      if (news.isOver) break
      await pause(leastMs, ending.signal)
      await news.wait(growing.isBusy ? mostMs - leastMs : undefined, ending.signal)
    }
    if (!ending.signal.aborted) await watching
  } finally {
    signal?.removeEventListener('abort', end)
    end()
    await watching.catch(() => undefined)
  }
}

/** Wakes one who waits; what is told meanwhile is told once. */
class News {
  isOver = false
  #told = false
  #wake: (() => void) | undefined

  tell(): void {
    this.#told = true
    this.#wake?.()
  }

  end(): void {
    this.isOver = true
    this.#wake?.()
  }

  async wait(mostMs: number | undefined, signal: AbortSignal): Promise<void> {
    if (!this.#told && !this.isOver && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const timer = mostMs === undefined ? undefined : setTimeout(wake, Math.max(0, mostMs))
        this.#wake = wake
        signal.addEventListener('abort', wake, { once: true })
      })
      this.#wake = undefined
    }
    this.#told = false
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}

/** A record to which events are added. */
export class GrowingRecord {
  readonly #start: RunRecord
  readonly #taken: number
  readonly #limits: { readonly steps: number; readonly jobs: number }
  readonly #jobs: Map<number, JobStatus>
  #steps: Step[]
  #policies: RunRecord['policies']
  #dropped: number
  #until: number
  #isStopped = false

  constructor(start: RunRecord, { steps = 50_000, jobs = 10_000 }: Pick<FollowOptions, 'steps' | 'jobs'> = {}) {
    this.#start = start
    this.#taken = performance.now()
    this.#limits = { steps, jobs }
    this.#jobs = new Map(start.jobs.map((job) => [job.id, job]))
    this.#steps = [...start.steps]
    this.#policies = start.policies
    this.#dropped = start.dropped
    this.#until = start.until
    this.#bound()
  }

  /** Adds what is news; what the record knew already changes nothing. */
  take(event: BatchEvent): void {
    if (event.kind === 'step') this.#addStep(event.step)
    else if (event.kind === 'job') this.#addJob(event.job)
    else this.#addPolicy(event)
    this.#bound()
  }

  /** Nothing more is known of it from now on: its time stands still. */
  stop(): void {
    this.now()
    this.#isStopped = true
  }

  /** A job that has not ended is known. */
  get isBusy(): boolean {
    if (this.#isStopped) return false
    for (const { state } of this.#jobs.values()) if (state !== 'ended') return true
    return false
  }

  /** As it stands, up to this very moment as far as a job goes on; nobody changes it any more. */
  now(): RunRecord {
    if (this.isBusy) this.#until = Math.max(this.#until, this.#start.until + performance.now() - this.#taken)
    return {
      startedAt: this.#start.startedAt,
      until: this.#until,
      cpus: this.#start.cpus,
      policies: this.#policies,
      jobs: [...this.#jobs.values()],
      steps: [...this.#steps],
      dropped: this.#dropped,
    }
  }

  #addStep(step: Step): void {
    const last = this.#steps.at(-1)
    if (last !== undefined && step.at <= last.at && this.#knows(step)) return
    // Steps come in order; one that was told late is put where it belongs.
    let place = this.#steps.length
    while (place > 0 && (this.#steps[place - 1]?.at ?? 0) > step.at) place--
    if (place === this.#steps.length) this.#steps.push(step)
    else this.#steps.splice(place, 0, step)
    this.#until = Math.max(this.#until, step.at)
  }

  #knows(step: Step): boolean {
    for (let index = this.#steps.length - 1; index >= 0; index--) {
      const one = this.#steps[index]
      if (one === undefined || one.at < step.at) return false
      if (one.at === step.at && one.job === step.job && one.to === step.to && one.cause === step.cause) return true
    }
    return false
  }

  #addJob(job: JobStatus): void {
    const known = this.#jobs.get(job.id)
    if (known === undefined || !isOlder(job, known)) this.#jobs.set(job.id, job)
  }

  #addPolicy({ at, choice }: Extract<BatchEvent, { kind: 'policy' }>): void {
    if (this.#policies.some((one) => one.at === at && one.choice.name === choice.name)) return
    this.#policies = [...this.#policies, { at, choice }].toSorted((a, b) => a.at - b.at).slice(-policiesMost)
    this.#until = Math.max(this.#until, at)
  }

  /** A tenth at a time, so that it costs little for each. */
  #bound(): void {
    const { steps, jobs } = this.#limits
    if (this.#steps.length > steps + steps / 10) {
      const extra = this.#steps.length - steps
      this.#steps = this.#steps.slice(extra)
      this.#dropped += extra
    }
    if (this.#jobs.size <= jobs + jobs / 10) return
    for (const { id, state } of this.#jobs.values()) {
      if (this.#jobs.size <= jobs) break
      if (state === 'ended') this.#jobs.delete(id)
    }
  }
}

const policiesMost = 1_000

/** What is told about a job only grows, so the one with less is the older one. */
function isOlder(job: JobStatus, known: JobStatus): boolean {
  if (job.attempt !== known.attempt) return job.attempt < known.attempt
  if (known.state === 'ended' && job.state !== 'ended' && known.outcome !== undefined) return true
  return lifeOf(job) < lifeOf(known)
}

function lifeOf({ times }: JobStatus): number {
  return Object.values(times).reduce((sum, time) => sum + time, 0)
}
