/**
 * A batch without programs: jobs that take CPU time and wait, under round robin on its CPUs, as its test turns the clock. What it
 * tells has the form of a real one.
 */
import type {
  Batch,
  BatchEvent,
  BatchStatus,
  JobAction,
  JobPlan,
  JobSelection,
  JobState,
  JobStatus,
  RunRecord,
  Step,
  StepCause,
} from '#lanework/batch/index.js'
import type { PolicyChoice } from '#lanework/schedule/index.js'
import { jobPlan } from '../../support/job-plan.ts'

export interface PretendedJob {
  readonly name: string
  /** CPU time and waiting by turns, in ms: `[300, 200, 100]` computes, waits and computes. */
  readonly bursts: readonly number[]
  /** @default 0 */
  readonly arrival?: number
  readonly outcome?: JobStatus['outcome']
}

type Life = { -readonly [Key in keyof JobStatus]: JobStatus[Key] } & {
  bursts: number[]
  since: number
  wakeAt: number
  ran: number
  arrival: number
  wanted: JobStatus['outcome']
}

export const secret = 'PRETENDED_SECRET_VALUE'

export function planOf(name: string): JobPlan {
  return jobPlan({ argv: ['/bin/true', name], name, env: { PASSWORD: secret } })
}

export const noTimes = { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0 }

export function statusOf(id: number, name: string, part: Partial<JobStatus> = {}): JobStatus {
  return {
    id,
    name,
    request: planOf(name),
    state: 'ready',
    why: '',
    outcome: undefined,
    exitCode: undefined,
    signal: undefined,
    attempt: 1,
    pid: 1_000 + id,
    cpus: [],
    submittedAt: 0,
    startedAt: undefined,
    endedAt: undefined,
    times: noTimes,
    dispatches: 0,
    preemptions: 0,
    use: undefined,
    forecast: undefined,
    logs: undefined,
    ...part,
  }
}

export const startedAt = Date.UTC(2026, 0, 1)

export class PretendedBatch implements Batch {
  readonly acted: { readonly action: JobAction; readonly jobs: readonly (string | number)[] }[] = []
  readonly steps: Step[] = []
  readonly policies: { at: number; choice: PolicyChoice }[]
  readonly #cpus: readonly number[]
  readonly #watchers = new Set<(event: BatchEvent | undefined) => void>()
  readonly #lives: Life[]
  #queue: Life[] = []
  #slices = new Map<number, { life: Life; since: number }>()
  #now = 0

  constructor(jobs: readonly PretendedJob[], { cpus = [0, 1], quantum = 100 } = {}) {
    this.#cpus = cpus
    this.policies = [{ at: 0, choice: { name: 'rr', options: { quantum } } }]
    this.#lives = jobs.map(({ name, bursts, arrival = 0, outcome = 'ok' }, index) => ({
      ...statusOf(index + 1, name, { state: 'waiting', submittedAt: startedAt + arrival, attempt: 0 }),
      bursts: [...bursts],
      since: 0,
      wakeAt: Infinity,
      ran: 0,
      arrival,
      wanted: outcome,
    }))
  }

  get now(): number {
    return this.#now
  }

  get isOver(): boolean {
    return this.#lives.every(({ state }) => state === 'ended')
  }

  /** Turns the clock on, in steps of 10 ms. */
  advance(ms: number): void {
    for (const end = this.#now + ms; this.#now < end; this.#now += 10) this.#tick()
  }

  /** Ends what watches it, as a batch does that ends. */
  end(): void {
    for (const tell of this.#watchers) tell(undefined)
  }

  get watchers(): number {
    return this.#watchers.size
  }

  #tick(): void {
    const quantum = Number(this.policies.at(-1)?.choice.options?.['quantum'] ?? Infinity)
    for (const life of this.#lives) {
      if (life.state === 'waiting' && life.attempt === 0 && life.arrival <= this.#now) this.#queueUp(life, 'submitted')
      if (life.state === 'blocked' && life.wakeAt <= this.#now) this.#queueUp(life, 'unblocked')
    }
    for (const [cpu, { life, since }] of this.#slices) {
      if (life.state !== 'running') {
        this.#slices.delete(cpu)
        continue
      }
      const left = life.bursts[0] ?? 0
      life.ran += 10
      if (left <= 10) {
        this.#slices.delete(cpu)
        life.bursts.shift()
        const wait = life.bursts.shift()
        if (wait === undefined) this.#finish(life)
        else {
          life.wakeAt = this.#now + wait
          this.#to(life, 'blocked', 'blocks', { why: 'waits' })
        }
      } else {
        life.bursts[0] = left - 10
        if (this.#now - since < quantum || this.#queue.length === 0) continue
        this.#slices.delete(cpu)
        life.preemptions++
        this.#queueUp(life, 'expired')
      }
    }
    for (const cpu of this.#cpus) {
      if (this.#slices.has(cpu)) continue
      const life = this.#queue.shift()
      if (life === undefined) break
      life.dispatches++
      life.attempt = 1
      life.startedAt ??= startedAt + this.#now
      this.#slices.set(cpu, { life, since: this.#now })
      this.#to(life, 'running', 'dispatched', { cpus: [cpu], why: `${life.name} was next` })
    }
  }

  #queueUp(life: Life, cause: StepCause): void {
    life.attempt = 1
    this.#queue.push(life)
    this.#to(life, 'ready', cause)
  }

  #finish(life: Life): void {
    life.outcome = life.wanted
    life.exitCode = life.wanted === 'ok' ? 0 : 3
    life.endedAt = startedAt + this.#now
    this.#to(life, 'ended', 'ended', { why: `exit code ${life.exitCode}` })
  }

  #to(life: Life, to: JobState, cause: StepCause, more: { cpus?: number[]; why?: string } = {}): void {
    const spent = this.#now - life.since
    if (life.state !== 'ended') life.times = { ...life.times, [life.state]: life.times[life.state] + spent }
    life.since = this.#now
    life.state = to
    life.why = more.why ?? ''
    life.cpus = more.cpus ?? life.cpus
    life.use = {
      userMs: life.ran,
      systemMs: 0,
      rssBytes: 5_000_000,
      peakRssBytes: 6_000_000,
      readBytes: 0,
      writtenBytes: 0,
      voluntarySwitches: 0,
      involuntarySwitches: 0,
      processes: 1,
    }
    const step: Step = { at: this.#now, job: life.id, to, cause, ...more }
    this.steps.push(step)
    this.#tell({ kind: 'step', step })
    this.#tell({ kind: 'job', job: this.#status(life) })
  }

  #tell(event: BatchEvent): void {
    for (const tell of this.#watchers) tell(event)
  }

  #status(life: Life): JobStatus {
    const { bursts: _1, since: _2, wakeAt: _3, ran: _4, arrival: _5, wanted: _6, ...status } = life
    return { ...status }
  }

  add(): Promise<readonly JobStatus[]> {
    return Promise.reject(new Error('This batch only pretends.'))
  }

  jobs(): Promise<readonly JobStatus[]> {
    return Promise.resolve(this.#lives.map((life) => this.#status(life)))
  }

  act(action: JobAction, selection: JobSelection): Promise<readonly JobStatus[]> {
    const jobs = 'jobs' in selection ? selection.jobs : []
    this.acted.push({ action, jobs })
    const chosen = this.#lives.filter(({ id }) => jobs.includes(id))
    if (chosen.length === 0) return Promise.reject(Object.assign(new Error('No job 99.'), { code: 'JOB_UNKNOWN' }))
    for (const life of chosen) {
      if (action.kind === 'pause' && life.state !== 'ended') {
        this.#queue = this.#queue.filter((one) => one !== life)
        this.#to(life, 'paused', 'paused')
      }
      if (action.kind === 'resume' && life.state === 'paused') this.#queueUp(life, 'resumed')
      if (action.kind === 'priority' && life.state !== 'ended') {
        life.request = { ...life.request, priority: action.priority }
        this.#tell({ kind: 'job', job: this.#status(life) })
      }
      if (action.kind === 'cancel' && life.state !== 'ended') {
        this.#queue = this.#queue.filter((one) => one !== life)
        life.outcome = 'cancelled'
        life.endedAt = startedAt + this.#now
        this.#to(life, 'ended', 'ended', { why: 'cancelled' })
      }
    }
    return Promise.resolve(chosen.map((life) => this.#status(life)))
  }

  setPolicy(choice: PolicyChoice): Promise<void> {
    const quantum = choice.options?.['quantum']
    if (typeof quantum === 'number' && quantum < 10)
      return Promise.reject(Object.assign(new Error('A quantum below 10 ms.'), { code: 'OPTION_INVALID' }))
    this.policies.push({ at: this.#now, choice })
    this.#tell({ kind: 'policy', at: this.#now, choice })
    return Promise.resolve()
  }

  async wait(): Promise<readonly JobStatus[]> {
    return this.jobs()
  }

  status(): Promise<BatchStatus> {
    const counts = { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0, ended: 0 }
    for (const { state } of this.#lives) counts[state]++
    return Promise.resolve({
      pid: process.pid,
      keeperPid: undefined,
      startedAt,
      folder: '/tmp/pretended',
      policy: this.policies.at(-1)?.choice ?? { name: 'rr' },
      cpus: this.#cpus,
      memory: { totalBytes: 1e9, freeBytes: 5e8 },
      resources: {},
      counts,
      overheadMs: 1,
      troubles: [],
    })
  }

  record(): Promise<RunRecord> {
    return Promise.resolve(this.recordNow())
  }

  recordNow(): RunRecord {
    return {
      startedAt,
      until: this.#now,
      cpus: this.#cpus,
      policies: [...this.policies],
      jobs: this.#lives.filter(({ attempt }) => attempt > 0).map((life) => this.#status(life)),
      steps: [...this.steps],
      dropped: 0,
    }
  }

  async *watch({ signal = new AbortController().signal } = {}): AsyncGenerator<BatchEvent> {
    const events: (BatchEvent | undefined)[] = []
    let wake = (): void => {}
    const tell = (event: BatchEvent | undefined): void => {
      events.push(event)
      wake()
    }
    const onAbort = (): void => tell(undefined)
    this.#watchers.add(tell)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    try {
      for (;;) {
        for (const event of events.splice(0)) {
          if (event === undefined || signal.aborted) return
          yield event
        }
        if (events.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.#watchers.delete(tell)
      signal.removeEventListener('abort', onAbort)
    }
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Four jobs that compute and wait, on two CPUs. */
export const mixedJobs: readonly PretendedJob[] = [
  { name: 'compress', bursts: [1_500] },
  { name: 'build', arrival: 100, bursts: [400, 300, 500, 200, 300] },
  { name: 'tests', arrival: 200, bursts: [900], outcome: 'failed' },
  { name: 'mirror', arrival: 300, bursts: [50, 600, 50, 600, 50] },
]

/** A run of these jobs, until all have ended or for so long. */
export function pretendedRun(jobs: readonly PretendedJob[] = mixedJobs, ms = Infinity, options = {}): PretendedBatch {
  const batch = new PretendedBatch(jobs, options)
  for (let spent = 0; spent < ms && !batch.isOver && spent < 600_000; spent += 10) batch.advance(10)
  return batch
}
