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
