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
export { leastQuantumMs, policyFor, settledChoice, withQuantum, type SettledChoice } from './request/policy.ts'
export { readJobs, type ReadJobsOptions } from './request/file/read.ts'
export type { BatchFile } from './request/file/types.ts'
export { durationMs, sizeBytes } from './request/amounts.ts'
export { cpuList, usableCpus } from './request/usable-cpus.ts'
export { fieldNames, requestFrom } from './request/check.ts'
export { settingsFrom } from './request/file/settings.ts'
export { jobsToCsv, jobsToJsonLines, jobsToToml } from './request/file/write.ts'
export { complainAt, type Complain } from './request/complain.ts'
export { dependencyFrom } from './request/dependency-text.ts'

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
export { savedSwitchMs, saveSwitchCost } from './predict/switch-cost/saved.ts'
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
  type AccountedFact,
  type PolicyFact,
  type PriorityFact,
  type Restored,
  type RestoredJob,
  type StartedFact,
  type StartingFact,
  type SubmittedFact,
} from './engine/facts.ts'

// A run seen: in the terminal, as pictures, as a trace, on a page
export { timelines, type Stretch, type TimelineOptions } from './seen/timeline.ts'
export { liveFrame, type LiveOptions } from './seen/live-frame.ts'
export { endLine, eventLine, liveGantt, type LiveGanttOptions } from './seen/live-gantt.ts'
export { followRecord, type FollowOptions } from './seen/follow-record.ts'
export { recordSvg, type PictureOptions } from './seen/picture.ts'
export { recordTrace, type BatchTrace, type BatchTraceEvent } from './seen/trace.ts'
export { recordPage } from './seen/page/page-file.ts'
export { serveBatchPage, type PageServer, type PageServerOptions } from './seen/page/serve-page.ts'
export { batchPages, pageTemplate } from './page-folder.ts'

// A batch here, or in a process of its own
export { openBatch, runBatch, type OpenOptions } from './executive/open-batch.ts'
export { newRunFolder, removeRunFolder } from './executive/run-folder.ts'
export { checkFolderLength, folderBytes } from './executive/folder-length.ts'
export { serveBatch, type ServedBatch } from './executive/serve-batch.ts'
export { connectBatch, stopBatch } from './executive/connect-batch.ts'
export { runDaemon, startBatch } from './executive/start-batch.ts'
export { inSeconds } from './seen/picture.ts'
