/**
 * A batch in this process: the engine decides, the machine runs, the journal remembers, the clock drives.
 *
 *   add, act ... ──▶ engine ──▶ facts ──▶ journal
 *   alarm      ──▶          ──▶ steps ──▶ record, watchers
 *   machine    ──▶          ──▶ machine
 */
import { fail } from '../../core/index.ts'
import type { Policy, PolicyChoice } from '../../schedule/index.ts'
import type { Engine } from '../engine/engine.ts'
import type { Fact } from '../engine/facts.ts'
import type { EngineJob } from '../engine/job.ts'
import type { EngineEvents } from '../engine/settings.ts'
import type { AliveFacts, Journal } from '../journal/index.ts'
import { checkDependencies } from '../request/dependencies.ts'
import { plansOf } from '../request/plan.ts'
import { policyFor, settledChoice } from '../request/policy.ts'
import type {
  Batch,
  BatchEvent,
  BatchStatus,
  JobAction,
  JobRequest,
  JobSelection,
  JobStatus,
  Machine,
  MachineEvents,
  RunRecord,
  Step,
} from '../types.ts'
import { Alarm } from './alarm.ts'
import { surroundings } from './environment.ts'
import type { Learning } from './learning.ts'
import type { Logs } from './logs.ts'
import type { RunClock } from './run-clock.ts'
import { idsOf } from './selection.ts'
import type { SettledSettings } from './settings.ts'
import { StepRecord } from './step-record.ts'
import { hasEnded, Waits } from './waits.ts'
import { Watchers } from './watchers.ts'
import { withoutEnvironment } from './without-environment.ts'

/** What the executive needs of the machine beside the engine's orders. */
export interface ExecutiveMachine extends Machine {
  readonly keeperPid: number | undefined
  describe(job: number): { readonly startTicks: number } | undefined
  overheadMs(): number
  troubles(): readonly string[]
  close(options: { readonly endJobs: boolean }): Promise<void>
}

export interface ExecutiveParts {
  readonly folder: string
  readonly settings: SettledSettings
  readonly clock: RunClock
  readonly journal: Journal
  readonly alive: AliveFacts
  readonly nextId: number
  readonly machine: ExecutiveMachine
  readonly choice: PolicyChoice
  readonly learning: Learning
  /** Where the output of a job goes. */
  readonly logs: Logs
  readonly onEvent: ((event: BatchEvent) => void) | undefined
  /** Called at the end: lets go of the folder. */
  readonly onClose: () => void
  readonly makeEngine: (
    machine: Machine,
    events: EngineEvents,
    policy: Policy<EngineJob>,
    choice: PolicyChoice,
  ) => Engine
}

export class Executive implements Batch {
  readonly #parts: ExecutiveParts
  readonly #engine: Engine
  readonly #alarm: Alarm
  readonly #record: StepRecord
  readonly #watchers = new Watchers()
  readonly #waits = new Waits()
  readonly #policies: { readonly at: number; readonly choice: PolicyChoice }[]
  /** Jobs whose programs ran while nobody was there: how long they took on CPUs is not known. */
  readonly #unseen = new Set<number>()
  /** What happened while nobody was there. */
  readonly #reports: string[] = []
  /** Steps that nobody was told yet, and jobs that changed: told when the engine is done, as listeners may call. */
  #steps: Step[] = []
  readonly #changed = new Set<number>()
  /** In the order of their ends: the first is forgotten first. */
  readonly #ended = new Set<number>()
  /** Facts of jobs that come in together, written together. */
  #incoming: { readonly count: number; readonly facts: Fact[] } | undefined
  #nextId: number
  #known = 0
  #closing: Promise<void> | undefined
  #isOver = false

  constructor(parts: ExecutiveParts) {
    const { settings, clock, choice, machine, makeEngine } = parts
    this.#parts = parts
    this.#nextId = parts.nextId
    this.#record = new StepRecord(settings.steps)
    this.#policies = [{ at: 0, choice }]
    const events = { step: (step: Step) => this.#onStep(step), fact: (fact: Fact) => this.#onFact(fact) }
    this.#engine = makeEngine(machine, events, policyFor<EngineJob>(choice), choice)
    this.#alarm = new Alarm(clock, () => this.#enter((engine, at) => engine.advance(at)))
  }

  /** For the machine: what it tells is heard like any other call. */
  get machineEvents(): MachineEvents {
    // What happens while it closes is found, and told, by the next one here.
    const hear = (call: (engine: Engine) => void): void => (this.#isOver ? undefined : this.#enter(call))
    return {
      started: (...told) => hear((engine) => engine.started(...told)),
      notStarted: (...told) => hear((engine) => engine.notStarted(...told)),
      ended: (...told) => hear((engine) => engine.ended(...told)),
      blocked: (...told) => hear((engine) => engine.blocked(...told)),
      unblocked: (...told) => hear((engine) => engine.unblocked(...told)),
      used: (...told) => hear((engine) => engine.used(...told)),
      overMemory: (...told) => hear((engine) => engine.overMemory(...told)),
    }
  }

  /** Goes on with the jobs of a batch that was here before. */
  restore(jobs: Parameters<Engine['restore']>[0], reports: readonly string[]): void {
    this.#reports.push(...reports)
    this.#known = jobs.length
    for (const { id, ended } of jobs) if (ended !== undefined) this.#ended.add(id)
    for (const { id, found } of jobs) if (found !== undefined && found.kind !== 'never') this.#unseen.add(id)
    this.#enter((engine, at) => engine.restore(jobs, at))
  }

  async add(requests: readonly JobRequest[]): Promise<readonly JobStatus[]> {
    this.#checkOpen()
    const engine = this.#engine
    const plans = plansOf(requests, {
      ...surroundings(),
      taken: (name) => engine.idOf(name) !== undefined,
    })
    checkDependencies(
      plans,
      (job) => engine.idOf(job) !== undefined,
      undefined,
      () => engine.statuses().map(({ name }) => name),
    )
    const { jobs: limit } = this.#parts.settings
    const unended = this.#known - this.#ended.size
    if (unended + plans.length > limit) throw fail('BATCH_FULL', { jobs: unended, limit })
    const { clock } = this.#parts
    const submittedAt = clock.startedAt + clock.now()
    const jobs = plans.map((plan, index) => ({ id: this.#nextId + index, plan, submittedAt }))
    if (jobs.length === 0) return []
    this.#incoming = { count: jobs.length, facts: [] }
    try {
      this.#enter((_, at) => engine.add(jobs, at))
    } finally {
      this.#incoming = undefined
    }
    return this.#statusesOf(jobs.map(({ id }) => id))
  }

  async jobs(selection?: JobSelection): Promise<readonly JobStatus[]> {
    const ids = selection === undefined ? undefined : idsOf(selection, this.#engine)
    const { learning, clock } = this.#parts
    const forecasts = learning.forecasts(this.#engine, clock.startedAt + clock.now())
    return this.#statusesOf(ids).map((status) => Object.assign(status, { forecast: forecasts.get(status.id) }))
  }

  async act(action: JobAction, selection: JobSelection): Promise<readonly JobStatus[]> {
    this.#checkOpen()
    // Those that are to be forgotten have ended, which `all` elsewhere leaves out.
    const isForAll = 'all' in selection && action.kind === 'forget'
    const ids = isForAll ? [...this.#ended] : idsOf(selection, this.#engine)
    const before = action.kind === 'forget' ? this.#statusesOf(ids) : []
    this.#enter((engine, at) => engine.together(at, () => ids.forEach((id) => this.#actOn(action, id, at))))
    return action.kind === 'forget' ? before : this.#statusesOf(ids)
  }

  async setPolicy(choice: PolicyChoice): Promise<void> {
    this.#checkOpen()
    const settled = settledChoice(choice)
    const policy = policyFor<EngineJob>(settled)
    const at = this.#enter((engine, now) => (engine.setPolicy(policy, settled, now), now))
    this.#policies.push({ at, choice: settled })
    this.#tell({ kind: 'policy', at, choice: settled })
  }

  async wait(
    selection: JobSelection,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<readonly JobStatus[]> {
    return this.#waits.wait(this.#statusesOf(idsOf(selection, this.#engine)), signal)
  }

  async status(): Promise<BatchStatus> {
    const { folder, clock, settings, machine, journal, learning } = this.#parts
    const { memoryBytes, resources } = this.#engine.free()
    const { failure } = journal
    const troubles = [...this.#reports, ...machine.troubles(), ...learning.troubles()]
    return {
      pid: process.pid,
      keeperPid: machine.keeperPid,
      startedAt: clock.startedAt,
      folder,
      policy: this.#engine.choice,
      cpus: settings.cpus,
      memory: { totalBytes: settings.memoryBytes, freeBytes: memoryBytes },
      resources: Object.fromEntries(
        Object.entries(settings.resources).map(([name, total]) => [name, { total, free: resources[name] ?? 0 }]),
      ),
      counts: this.#engine.counts(),
      overheadMs: machine.overheadMs(),
      troubles: failure === undefined ? troubles : [...troubles, failure.message],
    }
  }

  async record(): Promise<RunRecord> {
    const { clock, settings } = this.#parts
    return {
      startedAt: clock.startedAt,
      until: clock.now(),
      cpus: settings.cpus,
      policies: [...this.#policies],
      jobs: this.#statusesOf(undefined),
      steps: this.#record.steps(),
      dropped: this.#record.dropped,
    }
  }

  watch({ signal }: { readonly signal?: AbortSignal } = {}): AsyncIterable<BatchEvent> {
    return this.#watchers.watch(signal)
  }

  close({ endJobs = false }: { readonly endJobs?: boolean } = {}): Promise<void> {
    this.#closing ??= this.#close(endJobs)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(endJobs: boolean): Promise<void> {
    const { machine, journal, learning, onClose } = this.#parts
    try {
      if (endJobs) await this.#endAll()
      this.#enter((engine, at) => engine.account(at))
      this.#isOver = true
      this.#alarm.set(Infinity)
      this.#waits.close()
      await machine.close({ endJobs })
    } finally {
      await learning.close()
      this.#watchers.close()
      journal.close()
      onClose()
    }
  }

  async #endAll(): Promise<void> {
    const all = this.#statusesOf(idsOf({ all: true }, this.#engine))
    const ended = this.#waits.wait(all, undefined)
    this.#enter((engine, at) => engine.together(at, () => all.forEach(({ id }) => engine.cancel(id, at))))
    await ended
  }

  /** Every call into the engine: what comes of it is told afterwards, and the alarm is set anew. */
  #enter<Result>(call: (engine: Engine, at: number) => Result): Result {
    try {
      return call(this.#engine, this.#parts.clock.now())
    } finally {
      this.#tellChanges()
      this.#alarm.set(this.#engine.nextAt())
      this.#keepShort()
    }
  }

  #actOn(action: JobAction, id: number, at: number): void {
    const engine = this.#engine
    if (action.kind === 'forget') this.#forget(id)
    else if (action.kind === 'priority') engine.setPriority(id, action.priority, at)
    else engine[action.kind](id, at)
  }

  #forget(id: number): boolean {
    const status = this.#engine.status(id)
    if (status === undefined || !this.#ended.has(id) || !this.#engine.forget(id)) return false
    this.#parts.logs.forget(status)
    this.#ended.delete(id)
    this.#known--
    return true
  }

  /** Of jobs that ended the oldest are forgotten, and the journal is rewritten when most of it is of such. */
  #keepShort(): void {
    const { settings, journal, alive } = this.#parts
    if (this.#known > settings.jobs) {
      for (const id of this.#ended) {
        if (this.#known <= settings.jobs) break
        this.#forget(id)
      }
    }
    if (journal.isLong) void journal.rewrite(alive, this.#nextId)
  }

  #onStep(step: Step): void {
    this.#record.add(step)
    if (step.cause === 'submitted') this.#known++
    this.#changed.add(step.job)
    if (this.#isWatched) this.#steps.push(step)
  }

  #onFact(fact: Fact): void {
    // No step tells of it.
    if (fact.kind === 'priority') this.#changed.add(fact.job)
    const { journal, alive, machine } = this.#parts
    const told = fact.kind === 'started' ? { ...fact, startTicks: machine.describe(fact.job)?.startTicks } : fact
    if (this.#incoming === undefined || told.kind !== 'submitted') {
      journal.put(told)
      alive.add(told)
    } else this.#gather(this.#incoming, told)
  }

  /** All that are handed in together are written together: with the last of them. */
  #gather({ count, facts }: { readonly count: number; readonly facts: Fact[] }, fact: Fact): void {
    facts.push(fact)
    if (facts.length < count) return
    const { journal, alive } = this.#parts
    journal.write(facts)
    for (const each of facts) alive.add(each)
    this.#nextId += count
  }

  #tellChanges(): void {
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const step of this.#steps.splice(0)) this.#tell({ kind: 'step', step })
    for (const id of changed) {
      const status = this.#engine.status(id)
      if (status === undefined) continue
      if (hasEnded(status)) this.#onEnded(this.#shown(status))
      if (this.#isWatched) this.#tell({ kind: 'job', job: withoutEnvironment(this.#shown(status)) })
    }
  }

  #onEnded(status: JobStatus): void {
    if (this.#ended.has(status.id)) return
    this.#ended.add(status.id)
    if (!this.#unseen.delete(status.id)) this.#parts.learning.learn(status)
    this.#waits.ended(status)
  }

  get #isWatched(): boolean {
    return this.#watchers.any || this.#parts.onEvent !== undefined
  }

  #tell(event: BatchEvent): void {
    this.#watchers.tell(event)
    try {
      this.#parts.onEvent?.(event)
    } catch (error) {
      // It belongs to whoever listens; jobs and other listeners have nothing to do with it.
      queueMicrotask(() => {
        throw error
      })
    }
  }

  /** Those that are not known any more are left out. */
  #statusesOf(ids: readonly number[] | undefined): readonly JobStatus[] {
    const engine = this.#engine
    const found =
      ids === undefined ? engine.statuses() : ids.map((id) => engine.status(id)).filter((each) => each !== undefined)
    return found.map((status) => this.#shown(status))
  }

  #shown(status: JobStatus): JobStatus {
    return { ...status, logs: status.attempt === 0 ? undefined : this.#parts.logs.of(status) }
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw fail('CLOSED', { what: 'batch' })
  }
}
