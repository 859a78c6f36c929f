/** What a workload is: jobs, and the machine and policies with which they show what they are for. */
import type { Generation } from './generate.ts'
import type { CacheSpec, DeviceSpec, JobSpec, Rules, SwitchCost } from '../machine/spec.ts'

/** A machine as plain data, so that files can say it; policies and memory allocators are made from names elsewhere. */
export interface MachineHints {
  readonly cpus?: number | undefined
  readonly contextSwitch?: number | SwitchCost | undefined
  readonly devices?: Readonly<Record<string, DeviceSpec>> | undefined
  readonly cache?: CacheSpec | undefined
  readonly rules?: Rules | undefined
  readonly degree?: number | undefined
  readonly horizon?: number | undefined
  /** How much memory it has. @default enough */
  readonly memory?: number | undefined
}

/** A policy by its name, with its options. */
export interface PolicyChoice {
  readonly name: string
  readonly options?: Readonly<Record<string, unknown>> | undefined
}

export interface Workload {
  readonly name: string
  readonly jobs: readonly JobSpec[]
  readonly machine: MachineHints
  /** How its jobs were drawn, where all of them were: others can be drawn from it. */
  readonly generation?: Generation | undefined
  /** Policies worth putting side by side; none where a file names none. */
  readonly policies: readonly PolicyChoice[]
  /** What was left out or assumed, in sentences. */
  readonly notes: readonly string[]
}

/** One row of the table of built-in workloads. */
export interface BuiltInWorkload {
  readonly name: string
  readonly title: string
  /** What to look at, in a sentence or two. */
  readonly shows: string
  readonly policies: readonly PolicyChoice[]
  readonly machine: MachineHints
  readonly jobs: readonly JobSpec[]
}
