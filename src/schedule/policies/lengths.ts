/**
 * How long a job's CPU burst is: declared, or predicted from those before, or a rule's guess. For SJF, SRTF and HRRN.
 */
import { checkChoice } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { Expectation, type ExpectationOptions } from '../expectation.ts'
import type { Job } from '../types.ts'

export interface LengthOptions extends ExpectationOptions {
  /**
   * How long a job is taken to be that declares no burst and whose key has not been seen: the average over all keys (0
   * as long as nothing was learned, so these jobs come in order), before all others, after all others, or so long.
   * @default 'average'
   */
  readonly unknown?: 'average' | 'first' | 'last' | number
  /**
   * 'declared': what a job declares is believed, and only other jobs are predicted. 'predicted': nothing is believed,
   * as in an operating system; jobs without a `key` are told apart by their names.
   * @default 'declared'
   */
  readonly bursts?: 'declared' | 'predicted'
}

export const lengthOptions: readonly string[] = ['alpha', 'initial', 'keys', 'round', 'unknown', 'bursts']

export class Lengths {
  readonly #expectation: Expectation
  readonly #unknown: 'average' | number
  readonly #predicted: boolean

  /** Throws OPTION_INVALID. */
  constructor(options: LengthOptions) {
    this.#expectation = new Expectation(options)
    this.#unknown = unknownLength(options.unknown ?? 'average')
    this.#predicted = checkChoice('bursts', options.bursts ?? 'declared', ['declared', 'predicted']) === 'predicted'
  }

  /** Length of the whole burst. Throws OPTION_INVALID for a declared one that is no length of time. */
  of(job: Job): number {
    return this.declared(job) ?? this.learned(job) ?? this.#guess()
  }

  /** What the job declares, where that counts. */
  declared(job: Job): number | undefined {
    if (this.#predicted || job.burst === undefined) return undefined
    if (typeof job.burst === 'number' && job.burst >= 0) return job.burst
    throw invalid('job.burst', 'a number, 0 or more', job.burst)
  }

  /** What bursts of its key took. */
  learned(job: Job): number | undefined {
    const key = this.#keyOf(job)
    return key === undefined ? undefined : this.#expectation.of(key)
  }

  /** A burst of the job took `length`. */
  learn(job: Job, length: number): void {
    const key = this.#keyOf(job)
    if (key !== undefined) this.#expectation.learn(key, length)
  }

  #keyOf(job: Job): string | undefined {
    return this.#predicted ? (job.key ?? job.name) : job.key
  }

  #guess(): number {
    return this.#unknown === 'average' ? (this.#expectation.average ?? 0) : this.#unknown
  }
}

function unknownLength(rule: 'average' | 'first' | 'last' | number): 'average' | number {
  if (rule === 'average') return rule
  if (rule === 'first') return -1
  if (rule === 'last') return Infinity
  if (typeof rule !== 'number' || !(rule >= 0))
    throw invalid('unknown', "'average', 'first', 'last', or a number, 0 or more", rule)
  return rule
}
