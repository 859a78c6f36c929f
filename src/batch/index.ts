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

// Requests: checked, filled in, read from files
export { checkDependencies } from './request/dependencies.ts'
export { planOf, plansOf, type PlanContext } from './request/plan.ts'
export { leastQuantumMs, policyFor, settledChoice, type SettledChoice } from './request/policy.ts'
export { readJobs, type ReadJobsOptions } from './request/file/read.ts'
export type { BatchFile } from './request/file/types.ts'
export { durationMs, sizeBytes } from './request/amounts.ts'
export { cpuList, usableCpus } from './request/usable-cpus.ts'

// A real run and the simulator
export { simulationOf } from './predict/simulation-of.ts'
export { History, type HistoryOptions, type PastRuns } from './predict/history.ts'
export type { PastRun } from './predict/history-file.ts'
export { forecast, type ForecastSettings } from './predict/forecast.ts'
export {
  replay,
  type Beside,
  type Prediction,
  type Replay,
  type ReplayedJob,
  type ReplayOptions,
} from './predict/replay.ts'
export { drawReport, reportJson, type ReportJson } from './predict/report.ts'
export { measureSwitch, type SwitchMeasure, type SwitchOptions } from './predict/switch-cost/measure.ts'

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

// A batch here, or in a process of its own
export { openBatch, runBatch, type OpenOptions } from './executive/open-batch.ts'
export { serveBatch, type ServedBatch } from './executive/serve-batch.ts'
export { connectBatch, stopBatch } from './executive/connect-batch.ts'
export { runDaemon, startBatch } from './executive/start-batch.ts'
