/** The options of a multilevel feedback queue, checked and completed. */
import { checkChoice, checkInteger, checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, checkNumber, checkQuantum, invalid } from '../checks.ts'

export interface MlfqOptions {
  /** @default as many as `quanta` has, else 3 */
  readonly levels?: number
  /** Slice of the highest level. @default 10 */
  readonly quantum?: number
  /** Factor from each level to the one below; Stallings has 1 and 2. @default 1 */
  readonly growth?: number
  /** The slices of all levels, the highest first, instead of `quantum` and `growth`; Infinity has none. */
  readonly quanta?: readonly number[]
  /** How many slices a job has at each level before it sinks, the highest first. @default 1 at each */
  readonly allotments?: readonly number[]
  /** So often all jobs go to the highest level, at the multiples of it (OSTEP, rule 5). 0: never. @default 0 */
  readonly boost?: number
  /**
   * What waiting for I/O does. 'keep': the rest of the slice is kept, so nobody stays up by waiting just before its end
   * (OSTEP, rule 4). 'reset': a job that waits before the end of its slice has all slices of its level again
   * (the older rules 4a and 4b). 'raise': one level up. @default 'keep'
   */
  readonly io?: 'keep' | 'reset' | 'raise'
  /** Where a job that comes back from I/O stands in its level. @default 'tail' */
  readonly returns?: 'head' | 'tail'
  /** Where a preempted job stands; it keeps the rest of its slice. @default 'head' */
  readonly preempted?: 'head' | 'tail'
  /** Does a job sink even if nobody else is ready? Stallings says no. @default 'always' */
  readonly demote?: 'always' | 'contended'
  /** A job of a higher level takes the CPU at once, not when the slice ends. @default true */
  readonly preemptive?: boolean
}

export interface MlfqRules {
  readonly quanta: readonly number[]
  readonly allotments: readonly number[]
  /** Infinity: never. */
  readonly boost: number
  readonly io: 'keep' | 'reset' | 'raise'
  readonly returns: 'head' | 'tail'
  readonly preempted: 'head' | 'tail'
  readonly demote: 'always' | 'contended'
  readonly preemptive: boolean
}

const known = 'levels quantum growth quanta allotments boost io returns preempted demote preemptive'.split(' ')

/** Throws OPTION_INVALID. */
export function checkMlfq(options: MlfqOptions): MlfqRules {
  checkKnownKeys('mlfq', options, known)
  const quanta = checkQuanta(options)
  const { allotments = quanta.map(() => 1), boost = 0 } = options
  checkList('allotments', allotments, quanta.length)
  for (const slices of allotments) checkInteger('allotments', slices, 1, 1_000_000)
  return {
    quanta,
    allotments,
    boost: checkNumber('boost', boost, 0) === 0 ? Infinity : boost,
    io: checkChoice('io', options.io ?? 'keep', ['keep', 'reset', 'raise']),
    returns: checkChoice('returns', options.returns ?? 'tail', ['head', 'tail']),
    preempted: checkChoice('preempted', options.preempted ?? 'head', ['head', 'tail']),
    demote: checkChoice('demote', options.demote ?? 'always', ['always', 'contended']),
    preemptive: checkBoolean('preemptive', options.preemptive ?? true),
  }
}

function checkQuanta(options: MlfqOptions): readonly number[] {
  const { quanta, quantum = 10, growth = 1 } = options
  const levels = checkInteger('levels', options.levels ?? quanta?.length ?? 3, 1, 1_000)
  if (quanta === undefined) {
    checkQuantum('quantum', quantum)
    checkQuantum('growth', growth)
    return Array.from({ length: levels }, (_, level) => checkQuantum('quantum', quantum * growth ** level))
  }
  checkList('quanta', quanta, levels)
  // The lowest level may be first come, first served.
  for (const each of quanta) if (each !== Infinity) checkQuantum('quanta', each)
  return [...quanta]
}

function checkList(option: string, list: readonly number[], length: number): void {
  if (!Array.isArray(list) || list.length !== length)
    throw invalid(option, `a list of ${length} numbers, one for each level`, list)
}
