/** What the parts of the engine share, and the one way in which a job changes its state. */
import { JobHeap, type Policy, type PolicyChoice } from '../../schedule/index.ts'
import type { JobState, Machine, StepCause } from '../types.ts'
import { admissionOf, type Admission } from './admission.ts'
import { cpusOf, type Cpus } from './cpus.ts'
import type { Fact } from './facts.ts'
import type { EngineJob } from './job.ts'
import type { EngineEvents, EngineSettings } from './settings.ts'

/** What is due at an instant that is known beforehand. */
export interface Alarm {
  place: number
  readonly at: number
  /** The job's delay or back-off is over, or its time limit. */
  readonly kind: 'release' | 'limit'
  readonly job: EngineJob
}

export interface EngineState {
  readonly settings: EngineSettings
  readonly machine: Machine
  readonly events: EngineEvents
  policy: Policy<EngineJob>
  choice: PolicyChoice
  now: number
  /** Milliseconds since 1970 at instant 0. */
  epoch: number | undefined
  readonly jobs: Map<number, EngineJob>
  readonly names: Map<string, number>
  readonly cpus: Cpus
  readonly admission: Admission
  readonly alarms: JobHeap<Alarm>
  /** Something became ready, or the policy changed its mind: a running job may have to give way. */
  recheck: boolean
  /** Running jobs that a change of the policy took off their CPUs, which they may get back. */
  readonly moving: Set<EngineJob>
  /** Jobs that the policy knows and that have not ended. */
  known: number
  /** Places in lines are given in this order, and so is readiness. */
  nextOrder: number
  /** Jobs of which the machine may have to be told something. */
  readonly touched: Set<EngineJob>
  /** The machine was told something since the last flush. */
  isDirty: boolean
  /** Jobs that ended, whose dependents have not been told. */
  readonly ended: EngineJob[]
  /** Facts that could not be written, in order; tried again at `retryAt`. */
  readonly unwritten: Fact[]
  retryAt: number
  readonly held: Set<EngineJob>
  /** What was heard may change who has which CPU. */
  decides: boolean
  /** How many calls into the engine are under way. */
  depth: number
  /** The policy is not woken before. */
  wakeFrom: number
}

export function stateOf(settings: EngineSettings, machine: Machine, events: EngineEvents): EngineState {
  return {
    settings,
    machine,
    events,
    policy: settings.policy,
    choice: settings.choice,
    now: 0,
    epoch: settings.startedAt,
    jobs: new Map(),
    names: new Map(),
    cpus: cpusOf(settings.cpus),
    admission: admissionOf(settings),
    alarms: new JobHeap(),
    recheck: false,
    moving: new Set(),
    known: 0,
    nextOrder: 0,
    touched: new Set(),
    isDirty: false,
    ended: [],
    unwritten: [],
    retryAt: Infinity,
    held: new Set(),
    decides: false,
    depth: 0,
    wakeFrom: 0,
  }
}

/** Milliseconds since 1970, now or at another instant. */
export function today({ epoch, now }: EngineState, at: number = now): number {
  return (epoch ?? 0) + at
}

/** Every change of a state goes through here, and is told. */
export function become(state: EngineState, job: EngineJob, to: JobState, cause: StepCause, why = ''): void {
  bookTime(state, job)
  job.state = to
  job.why = why
  const isRunning = to === 'running'
  const level = isRunning ? state.policy.level?.(job) : undefined
  state.events.step({
    at: state.now,
    job: job.id,
    to,
    cause,
    ...(isRunning ? { cpus: job.cpus, why } : {}),
    ...(level === undefined ? {} : { level }),
  })
}

/** Books the time that it spent in its state so far. */
export function bookTime({ now }: EngineState, job: EngineJob): void {
  if (job.state !== 'ended') job.times[job.state] += now - job.since
  job.since = now
}
