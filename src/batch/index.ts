/** `lanework/batch`: real programs on one machine, under the policies that the simulator knows. */
export type {
  Backoff,
  Batch,
  BatchEvent,
  BatchSettings,
  BatchStatus,
  Condition,
  Dependency,
  Forecast,
  JobAction,
  JobPlan,
  JobRequest,
  JobSelection,
  JobState,
  JobStatus,
  JobUse,
  LogLimits,
  Machine,
  MachineEnd,
  MachineEvents,
  Outcome,
  RunRecord,
  StateTimes,
  Step,
  StepCause,
} from './types.ts'

// The rules
export { Engine } from './engine/engine.ts'
export type { EngineJob } from './engine/job.ts'
export type { EngineEvents, EngineSettings, NewJob } from './engine/settings.ts'
export {
  restoredFrom,
  type Account,
  type AttemptEndedFact,
  type EndedFact,
  type EndingFact,
  type Fact,
  type Found,
  type PolicyFact,
  type PriorityFact,
  type Restored,
  type RestoredJob,
  type StartedFact,
  type StartingFact,
  type SubmittedFact,
} from './engine/facts.ts'
