/** `lanework/schedule`: jobs and the policies that order them. Pure. */

// The contract
export type { Job, Offer, Policy, ReadyCause, Running } from './types.ts'

// Policies
export { fcfs } from './policies/fcfs.ts'
export { sjf, type SjfOptions } from './policies/sjf.ts'

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
export { answer, type Answer, type GanttBar, type JobAnswer } from './machine/answer.ts'
