/** What `lanework memory` plays: a memory and what happens to it, as data. */
import type { Fit } from '../fit.ts'
import type { FreeListOrder } from '../free-list.ts'
import type { PartitionFit, PartitionQueues } from '../fixed.ts'
import type { PageTable } from '../page-table.ts'
import type { BaseLimit } from '../base-limit.ts'
import type { Page, ReplacementPolicy } from '../replacement.ts'
import type { SegmentRequest, SegmentTable } from '../segmentation.ts'
import type { SwapVictim } from '../swapping.ts'
import type { Access } from '../translation.ts'
import type { MemoryUsage, Region } from '../types.ts'

interface Described {
  readonly name: string
  /** One line for the list of scenarios. */
  readonly title: string
  /** What to look at, for a student. */
  readonly text: string
  /** What it should come to, if the file says so: as in `MemoryReport.results`. */
  readonly expected?: Readonly<Record<string, unknown>> | undefined
}

/** Who divides memory. */
export type AllocatorSpec =
  | {
      readonly policy: 'variable'
      readonly fit: Fit
      readonly size?: number | undefined
      readonly areas?: readonly number[] | undefined
      readonly base?: number | undefined
      readonly order?: FreeListOrder | undefined
      readonly coalesce?: boolean | undefined
      readonly header?: number | undefined
      readonly align?: number | undefined
      readonly compaction?: 'never' | 'when-needed' | undefined
      readonly moveCost?: number | undefined
    }
  | {
      readonly policy: 'fixed'
      readonly partitions: readonly number[]
      readonly queues?: PartitionQueues | undefined
      readonly fit?: PartitionFit | undefined
    }
  | { readonly policy: 'buddy'; readonly size: number; readonly smallest?: number | undefined }
  | { readonly policy: 'paged'; readonly frames: number; readonly pageSize: number }

export type AllocationOp =
  | { readonly do: 'alloc'; readonly job: string; readonly size: number }
  | { readonly do: 'free'; readonly job: string }
  | { readonly do: 'compact' }

export interface AllocationScenario extends Described {
  readonly kind: 'allocation'
  readonly allocator: AllocatorSpec
  /** Whether who finds no place waits and is tried again, in order, whenever memory becomes free. */
  readonly waits: boolean
  readonly ops: readonly AllocationOp[]
}

export type TranslationMethod =
  | { readonly by: 'base-limit'; readonly registers: BaseLimit }
  | { readonly by: 'segments'; readonly table: SegmentTable }
  | { readonly by: 'pages'; readonly table: PageTable }
  /** Segments without a place: they get theirs in such a memory. */
  | {
      readonly by: 'placed-segments'
      /** Pieces of memory that are free. */
      readonly areas: readonly number[]
      readonly addressSpace: number
      readonly requests: readonly SegmentRequest[]
    }

export interface TranslationScenario extends Described {
  readonly kind: 'translation'
  readonly method: TranslationMethod
  readonly addresses: readonly { readonly address: number; readonly access: Access }[]
}

export interface PagingScenario extends Described {
  readonly kind: 'paging'
  /** The first is shown step by step, the others are compared with it. */
  readonly policies: readonly ReplacementPolicy[]
  readonly frames: number
  readonly references: readonly Page[]
  /** OSTEP's program has a clock of its own: two bits, and a hand that jumps. */
  readonly like: 'textbook' | 'ostep'
  /** Seed of what is drawn. */
  readonly seed: number
  /** Faults are shown with 1 to so many frames; 0 shows none. */
  readonly curve: number
  /** Window of the working set; 0 shows none. */
  readonly window: number
}

export type ProtectionOp =
  | { readonly do: 'load'; readonly job: string; readonly size: number }
  | { readonly do: Access; readonly job: string; readonly address: number }

export interface ProtectionScenario extends Described {
  readonly kind: 'protection'
  readonly protection: boolean
  readonly size: number
  readonly systemSize: number
  readonly ops: readonly ProtectionOp[]
}

export interface SwapOp {
  readonly do: 'start' | 'run' | 'end'
  readonly job: string
  /** Of a job that starts. */
  readonly size: number
}

export interface SwapScenario extends Described {
  readonly kind: 'swap'
  readonly size: number
  readonly swapSize: number
  readonly victim: SwapVictim
  readonly latency: number
  readonly copyCost: number
  readonly ops: readonly SwapOp[]
}

export type MemoryScenario =
  | AllocationScenario
  | TranslationScenario
  | PagingScenario
  | ProtectionScenario
  | SwapScenario

/** One thing that happened. */
export interface MemoryStep {
  /** What was asked: `A asks for 100`. */
  readonly action: string
  /** What came of it: `at 0`. */
  readonly result: string
  readonly why: string
  /** Whether it went well; what did not is drawn in another colour. */
  readonly good: boolean
  /** Memory afterwards. */
  readonly map?: readonly Region[] | undefined
  /** Pages in frames afterwards. */
  readonly frames?: readonly (Page | undefined)[] | undefined
}

export interface MemoryReport {
  readonly scenario: string
  readonly title: string
  readonly text: string
  /** The rule that was at work. */
  readonly method: string
  readonly steps: readonly MemoryStep[]
  /** What it came to, as label and value. */
  readonly summary: readonly (readonly [label: string, value: string])[]
  readonly usage: MemoryUsage | undefined
  /** In the shapes of the known answers. */
  readonly results: Readonly<Record<string, unknown>>
  /** Undefined where nothing was expected; else the names of the results that differ. */
  readonly differs: readonly string[] | undefined
}
