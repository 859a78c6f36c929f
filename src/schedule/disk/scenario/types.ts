/** What `lanework disk` plays: a disk and what its users do with it, as data. */
import type { DiskOptions } from '../disk.ts'
import type { BlockEntry, DiskMethodName, DiskUsage, FileEntry, UserUsage } from '../types.ts'

export type DiskOp =
  | { readonly do: 'create'; readonly file: string; readonly owner: string; readonly bytes: number }
  | { readonly do: 'grow' | 'truncate'; readonly file: string; readonly bytes: number }
  | { readonly do: 'delete'; readonly file: string }
  | DiskReadOp

export type DiskReadOp =
  | { readonly do: 'read'; readonly file: string }
  | { readonly do: 'read-at'; readonly file: string; readonly bytes: number }

export interface DiskScenario {
  readonly name: string
  /** One line for the list of scenarios. */
  readonly title: string
  /** What to look at, for a student. */
  readonly text: string
  readonly disk: DiskOptions
  readonly ops: readonly DiskOp[]
  /** What it should come to, if the file says so: as in `DiskReport.results`. */
  readonly expected?: Readonly<Record<string, unknown>> | undefined
}

/** One thing that happened. */
export interface DiskStep {
  /** What was asked: `ada creates notes, 1000 bytes`. */
  readonly action: string
  readonly result: string
  readonly why: string
  /** False for what was refused. */
  readonly good: boolean
  /** Every block afterwards. */
  readonly ledger: readonly BlockEntry[]
}

export interface DiskReport {
  readonly scenario: string
  readonly title: string
  readonly text: string
  readonly method: DiskMethodName
  readonly methodTitle: string
  readonly blocks: number
  readonly blockSize: number
  readonly steps: readonly DiskStep[]
  readonly files: readonly FileEntry[]
  readonly users: readonly UserUsage[]
  readonly usage: DiskUsage
  /** What all reads together cost. */
  readonly reading: {
    readonly reads: number
    readonly blocks: number
    readonly seeks: number
    readonly lookups: number
  }
  readonly summary: readonly (readonly [label: string, value: string])[]
  readonly results: Readonly<Record<string, unknown>>
  /** Undefined where nothing was expected; else the names of the results that differ. */
  readonly differs: readonly string[] | undefined
}
