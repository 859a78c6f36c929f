/**
 * The rules of a batch: which job is admitted, which runs, and what becomes of each. Pure: no clock, no process, no file. Time
 * is an argument, the machine is told what to do, and what must last is told as facts.
 *
 *      add, pause, cancel ... ──▶ ┌────────┐ ──▶ machine.start, go, stop, end, flush
 *      started, ended, blocked ─▶ │ Engine │ ──▶ events.fact   what must be written
 *      advance(nextAt())  ──────▶ └────────┘ ──▶ events.step   what is shown and drawn
 */
import { checkNumber, fail } from '../../core/index.ts'
import type { Policy, PolicyChoice } from '../../schedule/index.ts'
import type { JobState, JobStatus, JobUse, Machine, MachineEnd, MachineEvents } from '../types.ts'
import { memory, resourceOf } from './admission.ts'
import { beginSlice, changePolicy, leaveCpu, makeReady, reorder, setAside } from './dispatcher.ts'
import type { RestoredJob } from './facts.ts'
import { takeIn } from './intake.ts'
import { accountOf, hasProgram, noteUse, type EngineJob } from './job.ts'
import { tell } from './journal.ts'
import { attemptOver, beginEnd, endNow, pauseJob, resumeJob, setAlarm } from './life.ts'
import { outcomeOf, restoreJobs } from './restore.ts'
import type { EngineEvents, EngineSettings, NewJob } from './settings.ts'
import { become, bookTime, stateOf, today, type EngineState } from './state.ts'
import { statusOf } from './status.ts'
import { dueAt, open, settle } from './turn.ts'
import { takeBack, wasNotTried } from './untried.ts'
import { bytesText, endText } from './words.ts'

/**
 * Runs jobs on a machine under a policy. Instants (`at`) are milliseconds on a clock that never jumps; one that lies before
 * the last is taken for the last. What the machine tells of jobs that ended, of other attempts, or of what cannot be any more,
 * is passed over: no order of events is an error.
 *
 * After each call free CPUs are given away and the machine is told, so the one who calls asks `nextAt` afterwards, and calls
 * `advance` then. Several events of one instant that should be heard before a decision go into `together`.
 *
 * @example
 * const engine = new Engine(settings, machine, { step: draw, fact: (fact) => journal.write(fact) })
 * engine.add([{ id: 1, plan, submittedAt: Date.now() }], clock.now())
 */
export class Engine implements MachineEvents {
  readonly #state: EngineState

  constructor(settings: EngineSettings, machine: Machine, events: EngineEvents) {
    this.#state = stateOf(settings, machine, events)
  }

  /**
   * Takes all of these jobs, or none. Throws JOB_IMPOSSIBLE for what can never be met, DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE, what
   * the policy throws for a job that it cannot place (OPTION_INVALID), and what `fact` throws (JOURNAL_NOT_WRITTEN).
   */
  add(jobs: readonly NewJob[], at: number): void {
    this.together(at, () => {
      takeIn(this.#state, jobs)
      for (const { id, plan } of jobs) if (plan.held === true) pauseJob(this.#state, this.#known(id))
    })
  }

  /** Goes on with jobs of a batch that ended or was killed. Before any other call. */
  restore(jobs: readonly RestoredJob[], at: number): void {
    this.together(at, () => restoreJobs(this.#state, jobs))
  }

  /** Stops its program, or holds it back if it has none; what it holds it keeps. Nothing for a job that is paused, or ended. */
  pause(id: number, at: number): void {
    this.together(at, () => pauseJob(this.#state, this.#known(id)))
  }

  resume(id: number, at: number): void {
    this.together(at, () => resumeJob(this.#state, this.#known(id)))
  }

  /** Ends it in whatever state it is; one that is being ended already, without further grace. Nothing for one that has ended. */
  cancel(id: number, at: number): void {
    this.together(at, () => endNow(this.#state, this.#known(id), 'cancelled', 'cancelled'))
  }

  /** Takes effect at once. Throws OPTION_INVALID for what is no finite number. */
  setPriority(id: number, priority: number, at: number): void {
    checkNumber('priority', priority, -Number.MAX_VALUE, Number.MAX_VALUE)
    this.together(at, () => {
      const job = this.#known(id)
      if (job.stage === 'ended' || job.priority === priority) return
      tell(this.#state, { kind: 'priority', job: id, priority })
      job.plan = { ...job.plan, priority }
      job.priority = priority
      reorder(this.#state, job)
    })
  }

  /**
   * This policy, a fresh one, decides from now on: all jobs move over to it. Those that run are ready for it first, and go on
   * undisturbed if it picks them again; a step with the cause `yielded` says that one did not. Throws what the policy throws for
   * a job that it cannot place (OPTION_INVALID), and then nothing has changed.
   */
  setPolicy(policy: Policy<EngineJob>, choice: PolicyChoice, at: number): void {
    this.together(at, () => {
      const state = this.#state
      const known = [...state.jobs.values()].filter(({ stage }) => stage === 'queued' || stage === 'admitted')
      changePolicy(state, policy, known)
      state.choice = choice
      tell(state, { kind: 'policy', job: 0, choice })
    })
  }

  /** Tells what was counted of each job that has not ended: for when nobody will count any more. */
  account(at: number): void {
    this.#hear(at, () => {
      const state = this.#state
      for (const job of state.jobs.values()) {
        if (job.stage === 'ended') continue
        bookTime(state, job)
        tell(state, { kind: 'accounted', job: job.id, account: accountOf(job) })
      }
    })
  }

  /** What is due is done: delays, limits, slices, the policy's own changes, facts that could not be written. */
  advance(at: number): void {
    this.together(at, () => undefined)
  }

  /** When `advance` should be called next; Infinity when nothing will be due by itself. */
  nextAt(): number {
    return dueAt(this.#state)
  }

  /** Several calls at one instant, after which CPUs are given away once: as the simulator hears all events of an instant first. */
  together<Result>(at: number, work: () => Result): Result {
    this.#state.decides = true
    return this.#hear(at, work)
  }

  #hear<Result>(at: number, work: () => Result): Result {
    open(this.#state, at)
    try {
      return work()
    } finally {
      settle(this.#state)
    }
  }

  started(id: number, attempt: number, pid: number, at: number): void {
    // Nobody is ready or free for it, so nothing is decided.
    this.#hear(at, () => {
      const state = this.#state
      const job = state.jobs.get(id)
      if (job === undefined || job.program !== 'starting' || job.attempt !== attempt || !hasProgram(job)) return
      job.program = 'runs'
      job.pid = pid
      job.begun = state.now
      job.startedAt ??= today(state)
      bookTime(state, job)
      tell(state, { kind: 'started', job: id, attempt, pid, account: accountOf(job) })
      beginSlice(state, job)
      const { timeLimitMs } = job.plan
      if (timeLimitMs !== undefined) setAlarm(state, job, 'limit', state.now + timeLimitMs)
    })
  }

  notStarted(id: number, attempt: number, error: Error, at: number): void {
    this.together(at, () => {
      const job = this.#withProgram(id)
      if (job === undefined || job.attempt !== attempt || job.program !== 'starting') return
      const { ending } = job
      if (ending === undefined && wasNotTried(error)) return takeBack(this.#state, job, error.message)
      attemptOver(this.#state, job, ending?.outcome ?? 'not-started', { why: ending?.why ?? error.message })
    })
  }

  ended(id: number, attempt: number, end: MachineEnd, at: number): void {
    this.together(at, () => {
      const job = this.#withProgram(id)
      if (job === undefined || job.attempt !== attempt) return
      attemptOver(this.#state, job, job.ending?.outcome ?? outcomeOf(end), { end, why: job.ending?.why })
    })
  }

  blocked(id: number, since: number, at: number): void {
    this.together(at, () => {
      const state = this.#state
      const job = this.#withProgram(id)
      if (job === undefined || job.program !== 'runs' || job.ending !== undefined) return
      if (job.cpu === undefined) return this.#sleeps(job)
      const ran = leaveCpu(state, job, Math.min(since, state.now))
      state.policy.block?.(job, ran, state.now)
      become(state, job, 'blocked', 'blocks', 'none of its processes wants a CPU')
    })
  }

  unblocked(id: number, at: number): void {
    this.together(at, () => {
      const job = this.#withProgram(id)
      if (job?.state === 'blocked' && job.ending === undefined) makeReady(this.#state, job, 'unblocked')
    })
  }

  used(id: number, use: JobUse, at: number): void {
    this.together(at, () => {
      const job = this.#withProgram(id)
      if (job !== undefined) noteUse(job, use)
    })
  }

  overMemory(id: number, rssBytes: number, at: number): void {
    this.together(at, () => {
      const job = this.#withProgram(id)
      if (job === undefined) return
      // Where the kernel keeps the limit nobody has more than it, and how much was wanted is not known.
      const had = rssBytes > (job.plan.memoryLimitBytes ?? 0) ? `: it had ${bytesText(rssBytes)}` : ''
      beginEnd(this.#state, job, 'memory-limit', `${endText(job, 'memory-limit')}${had}`)
    })
  }

  /** Undefined for a job that is not known, or forgotten. */
  status(id: number): JobStatus | undefined {
    const job = this.#state.jobs.get(id)
    return job && statusOf(this.#state, job)
  }

  /** All that are known, in the order of submission. */
  statuses(): JobStatus[] {
    return Array.from(this.#state.jobs.values(), (job) => statusOf(this.#state, job))
  }

  /** The number of the job of that name, or number. */
  idOf(nameOrId: string | number): number | undefined {
    const { names, jobs } = this.#state
    const id = names.get(String(nameOrId)) ?? Number(nameOrId)
    return jobs.has(id) ? id : undefined
  }

  /** False for a job that has not ended, or that one which has not ended waits for: it stays. */
  forget(id: number): boolean {
    const { jobs, names } = this.#state
    const job = jobs.get(id)
    if (job?.stage !== 'ended' || job.neededBy > 0) return false
    jobs.delete(id)
    if (names.get(job.name) === id) names.delete(job.name)
    tell(this.#state, { kind: 'forgotten', job: id })
    return true
  }

  /** The policy that decides now. */
  get choice(): PolicyChoice {
    return this.#state.choice
  }

  /** What no job has claimed. */
  free(): { readonly memoryBytes: number; readonly resources: Readonly<Record<string, number>> } {
    const { admission, settings } = this.#state
    const freeOf = (what: string): number => Math.max(0, admission.free.get(what) ?? 0)
    const names = Object.keys(settings.resources)
    return {
      memoryBytes: freeOf(memory),
      resources: Object.fromEntries(names.map((name) => [name, freeOf(resourceOf(name))])),
    }
  }

  /** How many jobs are in each state. */
  counts(): Record<JobState, number> {
    const counts = { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0, ended: 0 }
    for (const { state } of this.#state.jobs.values()) counts[state]++
    return counts
  }

  /** Throws JOB_UNKNOWN. */
  #known(id: number): EngineJob {
    const { jobs } = this.#state
    const job = jobs.get(id)
    if (job !== undefined) return job
    throw fail('JOB_UNKNOWN', { job: String(id), known: jobs.size === 0 ? 'none' : `${jobs.size} others` })
  }

  /** It was not stopped while it waited for a CPU, and wants none any more. */
  #sleeps(job: EngineJob): void {
    if (job.state !== 'ready' || job.told !== 'go') return
    setAside(this.#state, job)
    become(this.#state, job, 'blocked', 'blocks', 'none of its processes wants a CPU')
  }

  #withProgram(id: number): EngineJob | undefined {
    const job = this.#state.jobs.get(id)
    return job !== undefined && hasProgram(job) ? job : undefined
  }
}
