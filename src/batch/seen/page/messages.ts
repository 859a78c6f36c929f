/**
 * What the page of a batch and its server say to each other: JSON in WebSocket text frames. Both ends compile against these types.
 *
 *   page ─▶ { do: 'enter', token }                     server ─▶ begin, news (the record in pieces), whole, news, news, ...
 *   page ─▶ { do: 'policy', ref: 1, choice }           server ─▶ { kind: 'answer', ref: 1 } | { kind: 'answer', ref: 1, fault }
 *   page ─▶ { do: 'act', ref: 2, action, jobs: [3] }   server ─▶ { kind: 'answer', ref: 2 }
 */
import type { PolicyChoice } from '../../../schedule/index.ts'
import type { BatchStatus, JobAction, JobStatus, RunRecord, Step } from '../../types.ts'

export const pageVersion = 1

/** What is told of the batch itself. */
export type PageStatus = Pick<
  BatchStatus,
  'startedAt' | 'policy' | 'cpus' | 'memory' | 'counts' | 'overheadMs' | 'troubles'
>

export type ToPage =
  /** A record begins; what the page knew before is void. */
  | { readonly kind: 'begin'; readonly version: number; readonly record: RunRecord }
  /** Steps that happened, jobs as they are now, all policies if they changed. */
  | {
      readonly kind: 'news'
      readonly until: number
      readonly steps?: readonly Step[]
      readonly jobs?: readonly JobStatus[]
      readonly policies?: RunRecord['policies']
    }
  /** The page has the whole record now. */
  | { readonly kind: 'whole' }
  | { readonly kind: 'status'; readonly status: PageStatus }
  | { readonly kind: 'answer'; readonly ref: number; readonly fault?: PageFault }
  /** The token is not the one of this server; the connection ends. */
  | { readonly kind: 'refused' }
  /** The batch has ended; what the page has is all of it. */
  | { readonly kind: 'over' }

export interface PageFault {
  readonly code: string
  readonly message: string
}

/** What a page may ask for. It can start nothing. */
export type PageAction = Extract<JobAction, { readonly kind: 'pause' | 'resume' | 'cancel' | 'priority' }>

export type FromPage =
  | { readonly do: 'enter'; readonly token: string }
  | { readonly do: 'policy'; readonly ref: number; readonly choice: PolicyChoice }
  | { readonly do: 'act'; readonly ref: number; readonly action: PageAction; readonly jobs: readonly number[] }

/** Of one question. */
const jobsMost = 1_000

/** Reads what came from a page; undefined for what is none of these. */
export function readFromPage(text: string): FromPage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { ref } = value
  if (value['do'] === 'enter') {
    const { token } = value
    return typeof token === 'string' ? { do: 'enter', token } : undefined
  }
  if (typeof ref !== 'number' || !Number.isSafeInteger(ref)) return undefined
  if (value['do'] === 'policy') {
    const choice = readChoice(value['choice'])
    return choice === undefined ? undefined : { do: 'policy', ref, choice }
  }
  if (value['do'] !== 'act') return undefined
  const action = readAction(value['action'])
  const jobs = value['jobs']
  const isList = Array.isArray(jobs) && jobs.length <= jobsMost && jobs.every((job) => Number.isSafeInteger(job))
  return action === undefined || !isList ? undefined : { do: 'act', ref, action, jobs: jobs as number[] }
}

function readChoice(value: unknown): PolicyChoice | undefined {
  if (!isObject(value)) return undefined
  const { name, options } = value
  if (typeof name !== 'string' || (options !== undefined && !isObject(options))) return undefined
  return { name, options }
}

function readAction(value: unknown): PageAction | undefined {
  if (!isObject(value)) return undefined
  const { kind, priority } = value
  if (kind === 'pause' || kind === 'resume' || kind === 'cancel') return { kind }
  const isPriority = kind === 'priority' && typeof priority === 'number' && Number.isFinite(priority)
  return isPriority ? { kind, priority } : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
