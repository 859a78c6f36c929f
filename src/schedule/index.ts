/** `lanework/schedule`: jobs and the policies that order them. Pure. */

// The contract
export type { Job, Offer, Policy, ReadyCause, Running } from './types.ts'

// Policies
export { fcfs } from './policies/fcfs.ts'
export { sjf, type SjfOptions } from './policies/sjf.ts'
export { srtf, type SrtfOptions } from './policies/srtf.ts'
export { rr, type RrOptions } from './policies/rr.ts'
export { priority, type PriorityOptions } from './policies/priority.ts'
export { mlfq } from './policies/mlfq.ts'
export type { MlfqOptions } from './policies/mlfq-rules.ts'
export { lottery, type LotteryOptions } from './policies/lottery.ts'
export { stride, type StrideOptions, type StridePolicy } from './policies/stride.ts'
export { hrrn, type HrrnOptions } from './policies/hrrn.ts'
export { fair, type FairOptions, type FairPolicy } from './policies/fair.ts'
export { fairSlice, niceWeights, weightOfNice, type FairSliceOptions } from './policies/weights.ts'
export { eevdf, type EevdfOptions, type EevdfPolicy } from './policies/eevdf.ts'
export { edf, type EdfOptions } from './policies/edf.ts'
export { rm, rmBound, type RmOptions } from './policies/rm.ts'
export { easy, type EasyOptions } from './policies/easy.ts'
export { mlq, type MlqOptions, type MlqQueue } from './policies/mlq.ts'
export { fairShare, type FairShareOptions } from './policies/fair-share.ts'
export type { LengthOptions } from './policies/lengths.ts'
export type { TieRule } from './policies/ties.ts'
export { policyByName, policyFromJson, policyRow, type PolicyOptions } from './policies/by-name.ts'
export { policyTable } from './policies/table.ts'
export type { PolicyOption, PolicyOptionType, PolicyRow } from './policies/table-row.ts'
export { optionsLike, presetLike, presets, type Book, type Preset } from './policies/presets.ts'

// Random numbers
export { mersenne, type Mersenne } from './random/mersenne.ts'

// Learning
export { Expectation, type ExpectationOptions } from './expectation.ts'

// The machine
export type {
  AccessBurst,
  AdmissionMemory,
  AwaitBurst,
  Burst,
  CacheSpec,
  CpuBurst,
  DeviceSpec,
  IoBurst,
  JobSpec,
  MachineSpec,
  Rules,
  SimulatedJob,
  SwitchCost,
  ThreadSpec,
} from './machine/spec.ts'
export type {
  AccountLine,
  Averages,
  ControlBlock,
  CpuSpan,
  Decision,
  DeviceSpan,
  JobResult,
  JobState,
  MemorySpan,
  Simulation,
  SimulationRecord,
  StrayAccess,
  SystemResult,
  Transition,
  TransitionCause,
} from './machine/simulation.ts'

// The simulator
export { simulate } from './machine/simulate.ts'
export { processorSharing, type SharingOptions } from './machine/processor-sharing.ts'
export { queuePerCpu, type QueuePerCpuOptions } from './machine/queue-per-cpu.ts'
export { answer, type Answer, type GanttBar, type JobAnswer } from './machine/answer.ts'
export { jobsFromJson } from './workload/job-file.ts'
export { burstsOfPattern, type PatternProblem } from './workload/io-pattern.ts'
