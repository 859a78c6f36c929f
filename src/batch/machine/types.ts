/** What the machine is opened with, what it holds of each job, and what it finds after a restart. */
import type { EndRecord, LimitedGroup, ProcessHandle, ProcessIdentity } from '../../process/index.ts'
import type { JobPlan, JobUse, MachineEnd } from '../types.ts'

/** How the machine runs programs. */
export interface MachineOptions {
  /** For the keeper's socket and journal, the marks and the logs; nobody else may enter it. */
  readonly folder: string
  /** Milliseconds since the start of the run, on a clock that never jumps. */
  clock(): number
  /** Keeps each job on the CPUs that it was given; ignored without the addon. */
  readonly pin: boolean
  /** When this process is killed the keeper lets jobs go on, else it ends them with their grace. @default true */
  readonly jobsSurvive?: boolean | undefined
  /** How often a job that may run is looked at, in ms; a quarter of the quantum is a good choice. @default 25, from 10 to 50 */
  readonly watchMs?: number | undefined
  /** How often `used` is told while it changes, in ms. @default 1_000 */
  readonly useMs?: number | undefined
  /** `measured` makes no control groups: memory is looked at and the job killed. @default 'group' where this user may make one */
  readonly memoryLimits?: 'group' | 'measured' | undefined
}

/** A program that a keeper, its journal, the marks or the system know of, after a restart. */
export interface FoundProgram {
  readonly job: number
  readonly attempt: number
  readonly pid: number
  /** With the pid it names one process for ever; 0 when it is not known, as the process is gone. */
  readonly startTicks: number
  readonly alive: boolean
  /** In the keeper's list, if the keeper that started it lives. */
  readonly keeperId: number | undefined
  /** How it ended, if somebody saw it. */
  readonly end: EndRecord | undefined
}

/** Who is the parent that signals and reaps a program: the keeper, this process after the keeper was killed, or nobody of ours. */
export type Parent = 'keeper' | 'self' | 'nobody'

/** Where the output of a job goes. */
export interface LogPaths {
  readonly stdout: string
  readonly stderr: string
}

/** An attempt of a job, from `start` to `ended`. */
export interface Held {
  readonly job: number
  readonly attempt: number
  readonly plan: JobPlan
  readonly logs: LogPaths
  /** 0 while it is being started. */
  pid: number
  startTicks: number
  /** In the keeper's list. */
  keeperId: number
  /** For signals past the keeper, where the kernel makes that safe. */
  handle: ProcessHandle | undefined
  parent: Parent
  wanted: 'go' | 'stop'
  /** What was sent last. */
  sent: 'go' | 'stop'
  cpus: readonly number[]
  sentCpus: readonly number[]
  /** It is being ended, with this grace: nothing stops it any more. */
  graceMs: number | undefined
  /** Its processes outside its group: they are signalled one by one. */
  strays: readonly ProcessIdentity[]
  /** Those that the keeper was told of. */
  sentStrays: readonly ProcessIdentity[]
  /** Those that do not stay stopped if we and the keeper are killed: no others are stopped. */
  guardedStrays: readonly ProcessIdentity[]
  /** Where the kernel limits its memory. */
  group: LimitedGroup | undefined
  /** Its main process has ended; what it left behind is being ended. */
  end: ProgramEnding | undefined
  isOverMemory: boolean
  use: JobUse | undefined
}

/** How a main process ended, as far as somebody saw it. */
export type ProgramEnding = Pick<MachineEnd, 'exitCode' | 'signal' | 'resources'>

/** Names an attempt in marks, in the keeper's list and in the environment. */
export function attemptName(job: number, attempt: number): string {
  return `${job}.${attempt}`
}

/** The attempt of a name; undefined when it is none. */
export function attemptOf(name: string): { readonly job: number; readonly attempt: number } | undefined {
  const [, job, attempt] = /^(\d+)\.(\d+)$/.exec(name) ?? []
  return job === undefined ? undefined : { job: Number(job), attempt: Number(attempt) }
}
