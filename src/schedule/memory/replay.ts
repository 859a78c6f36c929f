/** Replays a list of page references against frames: which are hits, which faults, and who leaves. */
import { checkChoice, checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { replacementPolicies, replacements, type Page, type ReplacementPolicy } from './replacement.ts'

export interface ReplayOptions {
  /** Frames of memory, 1 to 1,000,000. */
  readonly frames: number
  /** @default 'lru' */
  readonly policy?: ReplacementPolicy | undefined
  /** Width of the clock's counters, 1 to 16. @default 1, the mark of the textbooks */
  readonly clockBits?: number | undefined
  /** Whether the clock's hand goes round, or jumps to frames drawn at random as in OSTEP's program. @default 'round' */
  readonly clockHand?: 'round' | 'random' | undefined
  /** Numbers in [0, 1), for the policy `random` and for a hand that jumps. */
  readonly random?: (() => number) | undefined
  /** 'full' keeps every step, 'summary' only the counts. @default 'full' */
  readonly record?: 'full' | 'summary' | undefined
}

export interface ReplayStep {
  readonly page: Page
  readonly hit: boolean
  /** Frame where the page lies now. */
  readonly frame: number
  /** The page that had to leave. */
  readonly evicted: Page | undefined
  /** What is in the frames afterwards; undefined in one that is free. */
  readonly frames: readonly (Page | undefined)[]
  readonly why: string
}

export interface Replay {
  readonly policy: ReplacementPolicy
  readonly references: number
  readonly hits: number
  readonly faults: number
  /** hits / references, 0 to 1. */
  readonly hitRatio: number
  /** Only with `record: 'full'`. */
  readonly steps: readonly ReplayStep[] | undefined
}

/**
 * Replays references (OSTEP, chapter 22). The frames are empty at first; a page goes into the lowest free frame. Throws
 * OPTION_INVALID.
 *
 * @example
 * replay([1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5], { frames: 3, policy: 'fifo' }).faults  // 9
 */
export function replay(references: readonly Page[], options: ReplayOptions): Replay {
  const frames = checkInteger('frames', options.frames, 1, 1_000_000)
  const policy = checkChoice('policy', options.policy ?? 'lru', replacementPolicies)
  const clockHand = checkChoice('clockHand', options.clockHand ?? 'round', ['round', 'random'])
  const clockBits = checkInteger('clockBits', options.clockBits ?? 1, 1, 16)
  if (options.random === undefined && (policy === 'random' || (policy === 'clock' && clockHand === 'random')))
    throw invalid('random', 'a function, for a policy that draws', options.random)
  const random = options.random ?? (() => 0)
  const rule = replacements[policy]({ frames, references, clockBits, clockHand, random })
  const steps: ReplayStep[] | undefined = options.record === 'summary' ? undefined : []
  const frameOf = new Map<Page, number>()
  const pageIn: Page[] = []
  let hits = 0

  for (const [at, page] of references.entries()) {
    const { hit, frame, evicted, why } = refer(page, at)
    if (hit) hits++
    if (steps !== undefined) {
      const contents = Array.from({ length: Math.min(frames, maxDrawnFrames) }, (_, index) => pageIn[index])
      steps.push({ page, hit, frame, evicted, frames: contents, why })
    }
  }
  const faults = references.length - hits
  const hitRatio = references.length === 0 ? 0 : hits / references.length
  return { policy, references: references.length, hits, faults, hitRatio, steps }

  function refer(page: Page, at: number): Omit<ReplayStep, 'page' | 'frames'> {
    const found = frameOf.get(page)
    if (found !== undefined) {
      rule.used(found, at)
      return { hit: true, frame: found, evicted: undefined, why: `${page} is in frame ${found}` }
    }
    const isFree = pageIn.length < frames
    const victim = isFree ? { frame: pageIn.length, why: '' } : rule.victim(at)
    const evicted = isFree ? undefined : (pageIn[victim.frame] as Page)
    if (evicted !== undefined) frameOf.delete(evicted)
    pageIn[victim.frame] = page
    frameOf.set(page, victim.frame)
    rule.loaded(victim.frame, at)
    const why = isFree ? `${page} comes into a free frame` : `${evicted} leaves: it ${victim.why}`
    return { hit: false, frame: victim.frame, evicted, why }
  }
}

/** Steps show so many frames; more would make a long list of references quadratic. */
const maxDrawnFrames = 64
