/** What a method of allocation decides; names, owners, quotas and the ledger are the disk's. */
import type { Bitmap } from './bitmap.ts'
import type { DiskMethodName } from './types.ts'

/** A file's blocks. */
export interface Layout {
  readonly data: readonly number[]
  readonly index: readonly number[]
}

/** How a file is to lie; nothing has been taken or given back yet. */
export interface Plan {
  readonly layout: Layout
  /** Blocks that were copied to lie elsewhere. */
  readonly moved: number
  readonly why: string
}

/** Why there is no plan. */
export interface NoPlan {
  readonly layout: undefined
  /** Blocks that the file would have needed besides those it has. */
  readonly needed: number
  readonly why: string
}

/** Blocks to read, in order, for the block of data numbered `position`. */
export interface Path {
  readonly blocks: readonly number[]
  /** Entries of the table in memory that were followed. */
  readonly lookups: number
}

export interface DiskMethod {
  readonly name: DiskMethodName
  readonly title: string
  /** Blocks at the start of the disk that hold the method's table. */
  readonly tableBlocks: number
  /** Bytes of data in a data block. */
  readonly payloadBytes: number
  /** Most data blocks of a file. */
  readonly mostBlocks: number
  /** How the file lies with `count` data blocks. The bitmap is only read. */
  plan(layout: Layout, count: number, bitmap: Bitmap): Plan | NoPlan
  path(layout: Layout, position: number): Path
  /** Blocks to read for the whole file, in order. */
  whole(layout: Layout): Path
}

/** A file without blocks. */
export const noLayout: Layout = { data: [], index: [] }
