/** A row of the table of policies, and the options that several rows have. */
import { tieRules } from './ties.ts'

/** What an option takes. Lists are of numbers; weights are a number for each name; a policy is a name or `{ policy, ...options }`. */
export type PolicyOptionType = 'number' | 'integer' | 'boolean' | 'choice' | 'list' | 'weights' | 'policy' | 'queues'

export interface PolicyOption {
  readonly name: string
  readonly type: PolicyOptionType
  /** Undefined: none. */
  readonly default: number | string | boolean | undefined
  /** Numbers below are refused. */
  readonly min?: number
  /** Numbers up to this are refused: a slice of 0 would never end. */
  readonly above?: number
  readonly max?: number
  readonly choices?: readonly string[]
  /** A clause without a full stop. */
  readonly description: string
}

export interface PolicyRow {
  readonly name: string
  /** Other names by which it is found. */
  readonly aliases: readonly string[]
  readonly title: string
  /** One sentence. */
  readonly description: string
  /** What of a job it looks at. */
  readonly decidesBy: string
  /** Whether it takes a CPU away from a running job; 'slices': only when a slice is over. */
  readonly preemptive: 'no' | 'slices' | 'yes' | 'option'
  /** Whether a Pool has use for it, whose tasks keep their lane to the end. */
  readonly pool: boolean
  readonly whenToUse: string
  readonly source: string
  readonly options: readonly PolicyOption[]
}

export const quantum: PolicyOption = {
  name: 'quantum',
  type: 'number',
  default: 1,
  above: 0,
  description: 'length of a slice',
}

/** Of policies that go by the lengths of bursts. */
export const lengths: readonly PolicyOption[] = [
  {
    name: 'bursts',
    type: 'choice',
    default: 'declared',
    choices: ['declared', 'predicted'],
    description: 'believe what jobs declare, or predict from the bursts before',
  },
  {
    name: 'alpha',
    type: 'number',
    default: 0.5,
    min: 0,
    max: 1,
    description: 'weight of the newest burst in a prediction',
  },
  { name: 'initial', type: 'number', default: undefined, min: 0, description: 'prediction before the first burst' },
  { name: 'round', type: 'choice', default: 'none', choices: ['none', 'up'], description: 'round predictions up' },
  { name: 'keys', type: 'integer', default: 10_000, min: 1, description: 'keys whose bursts are remembered' },
  {
    name: 'unknown',
    type: 'choice',
    default: 'average',
    choices: ['average', 'first', 'last'],
    description: 'where a job goes of which nothing is known',
  },
]

export function ties(value: string): PolicyOption {
  return {
    name: 'ties',
    type: 'choice',
    default: value,
    choices: tieRules,
    description: 'which of two equal jobs is first',
  }
}

export function preemptive(value: boolean): PolicyOption {
  return {
    name: 'preemptive',
    type: 'boolean',
    default: value,
    description: 'take the CPU from a job that comes after',
  }
}
