/** What the engine is made with, what it is given, and what it tells. */
import type { Policy, PolicyChoice } from '../../schedule/index.ts'
import type { Forecast, JobPlan, Step } from '../types.ts'
import type { Fact } from './facts.ts'
import type { EngineJob } from './job.ts'

export interface EngineSettings {
  /** A fresh one. */
  readonly policy: Policy<EngineJob>
  readonly choice: PolicyChoice
  /** The machine's numbers; policies see them as 0, 1, ... in this order. */
  readonly cpus: readonly number[]
  /** Memory that jobs may claim together. */
  readonly memoryBytes: number
  /** How much there is of each named resource. */
  readonly resources: Readonly<Record<string, number>>
  /** Jobs of a group that are admitted at the same time; a group that is not named has no limit. */
  readonly slots: Readonly<Record<string, number>>
  /** Jobs that are admitted at the same time. */
  readonly degree: number
  /** Milliseconds since 1970 at instant 0. @default as the first jobs that are added say */
  readonly startedAt?: number | undefined
  /** CPU time in ms that jobs of this key are expected to take. */
  expected?(key: string): number | undefined
  /** When the job will end; goes into its status. */
  forecast?(job: number): Forecast | undefined
}

/** A job that comes in. */
export interface NewJob {
  /** A number that no other job ever had. */
  readonly id: number
  readonly plan: JobPlan
  /** Milliseconds since 1970. */
  readonly submittedAt: number
}

/** Both are called while the engine is at work: they must not call it back. */
export interface EngineEvents {
  step(step: Step): void
  /**
   * Returns when the fact is written. If it throws, `add` throws the same and takes no job, a program is not started, and what
   * just happens goes on and is told again, in order, from a second later on.
   */
  fact(fact: Fact): void
}
