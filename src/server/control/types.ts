/** What a server's control socket offers, as its clients see it. */
import type { DrainReport, Limits, ServerStatus } from '../types.ts'

/** One program that serves, and all its servers. */
export interface ProgramStatus {
  /** What it is called in lists: the service's name, or that of the command. */
  readonly name: string
  readonly pid: number
  readonly servers: readonly ServerStatus[]
}

export interface PingAnswer {
  readonly name: string
  readonly pid: number
  readonly services: readonly string[]
  /** All its servers drain or have stopped, as after an upgrade. */
  readonly ends: boolean
}

/** What became of one server of the program. */
export interface DrainedServer {
  readonly service: string
  readonly report: DrainReport
}

export interface ReloadedServer {
  readonly service: string
  readonly generation: number
  readonly lanes: number
  readonly tookMs: number
}

export interface UpgradeReport {
  /** Of the program that goes on. */
  readonly pid: number
  readonly tookMs: number
}

/** The methods, for `ControlClient.connect<OperatorMethods>(path)`. All fail with OPTION_INVALID for wrong parameters. */
export type OperatorMethods = {
  readonly ping: (params: undefined) => PingAnswer
  readonly status: (params: undefined) => ProgramStatus
  /** A status at once and then every `intervalMs` (100 to 60,000; 1,000 unless given), until all servers have stopped. */
  readonly watch: (params: { readonly intervalMs?: number } | undefined) => AsyncIterable<ProgramStatus>
  /** All counters and gauges in the text format of Prometheus, version 0.0.4. */
  readonly metrics: (params: undefined) => string
  /** Resolves when all servers have stopped. */
  readonly drain: (params: { readonly deadlineMs?: number } | undefined) => Promise<readonly DrainedServer[]>
  /** Resolves when new lanes serve. RELOAD_NEEDS_LANES, RELOAD_FAILED, or what the service's own `reload` throws: then the old ones go on. */
  readonly reload: (params: { readonly limits?: Partial<Limits> } | undefined) => Promise<readonly ReloadedServer[]>
  /** Calls a method of what a service's `shared` made, of the first server where none is named. */
  readonly call: (params: {
    readonly method: string
    readonly args?: readonly unknown[]
    readonly service?: string
  }) => Promise<unknown>
  /** Stops at once; what is in flight is aborted. */
  readonly stop: (params: undefined) => Promise<undefined>
  /** Another process takes over: UPGRADE_FAILED, and then this one goes on; UNSUPPORTED where the program offers none. */
  readonly upgrade: (params: undefined) => Promise<UpgradeReport>
}
