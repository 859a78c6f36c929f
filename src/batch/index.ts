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

// The machine
export { KeeperMachine } from './machine/keeper-machine.ts'
export type { FoundProgram, LogPaths, MachineOptions } from './machine/types.ts'
