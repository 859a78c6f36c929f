/** What reading a file of jobs gives, and how its readers speak of places. */
import type { BatchSettings, JobRequest } from '../../types.ts'
import type { Complain } from '../complain.ts'

export interface BatchFile {
  readonly jobs: readonly JobRequest[]
  /** Where a job stands, by its place in the list: `jobs.toml:4`. */
  place(index: number): string
  /** What it says of the batch. */
  readonly settings: BatchSettings
  /** What was left out or assumed, in sentences. */
  readonly notes: readonly string[]
}

/** A job as it stands in a file, before its fields are read. */
export interface FileRecord {
  readonly value: unknown
  readonly place: string
  /** Says where a field of it stands. */
  readonly complain: Complain
}

export interface FileContent {
  readonly records: readonly FileRecord[]
  /** The table of the batch, if there is one. */
  readonly batch?: FileRecord | undefined
  readonly notes?: readonly string[]
}

/** Of one file. */
export const mostJobs = 10_000
/** Of one file, read as a whole. */
export const mostCharacters: number = 2 ** 26
