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
