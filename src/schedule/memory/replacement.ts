/**
 * Which page leaves when a new one comes and all frames are taken. Each rule is told of every load and every use, and names
 * a frame when it is asked.
 *
 * Sources: OSTEP, chapter 22; Belady, "A study of replacement algorithms for a virtual-storage computer" (1966).
 */

/** A page, by number or by name. */
export type Page = number | string

export const replacementPolicies = ['fifo', 'lru', 'mru', 'lfu', 'opt', 'clock', 'second-chance', 'random'] as const

export type ReplacementPolicy = (typeof replacementPolicies)[number]

export interface Victim {
  readonly frame: number
  readonly why: string
}

/** Frames are numbered from 0; `at` is the index of the reference. */
export interface Replacement {
  loaded(frame: number, at: number): void
  used(frame: number, at: number): void
  /** Called only when all frames are taken. */
  victim(at: number): Victim
}

export interface ReplacementOptions {
  readonly frames: number
  readonly references: readonly Page[]
  /** Width of the clock's counters. @default 1 */
  readonly clockBits: number
  /** Does the clock's hand go round, or jump (OSTEP's program)? */
  readonly clockHand: 'round' | 'random'
  /** Gives numbers in [0, 1). */
  readonly random: () => number
}

export const replacements: Record<ReplacementPolicy, (options: ReplacementOptions) => Replacement> = {
  fifo: () => byOrder(false, 'came first'),
  lru: () => byOrder(true, 'was not used for the longest time'),
  mru,
  lfu,
  opt,
  clock,
  'second-chance': secondChance,
  random: drawn,
}

/** A Map keeps its keys in the order in which they were set, so its first key is the oldest. */
function byOrder(movesWhenUsed: boolean, why: string): Replacement {
  const order = new Map<number, true>()
  const touch = (frame: number): void => {
    order.delete(frame)
    order.set(frame, true)
  }
  return {
    loaded: touch,
    used: movesWhenUsed ? touch : () => {},
    victim: () => ({ frame: order.keys().next().value as number, why }),
  }
}

function mru(): Replacement {
  let latest = 0
  const touch = (frame: number): void => {
    latest = frame
  }
  return { loaded: touch, used: touch, victim: () => ({ frame: latest, why: 'was used last' }) }
}

function lfu({ frames }: ReplacementOptions): Replacement {
  const uses = Array.from({ length: frames }, () => 0)
  const last = Array.from({ length: frames }, () => 0)
  const isLess = (a: number, b: number): boolean =>
    uses[a] === uses[b] ? (last[a] as number) < (last[b] as number) : (uses[a] as number) < (uses[b] as number)
  return {
    loaded(frame, at) {
      uses[frame] = 1
      last[frame] = at
    },
    used(frame, at) {
      uses[frame] = (uses[frame] as number) + 1
      last[frame] = at
    },
    victim() {
      let least = 0
      for (let frame = 1; frame < frames; frame++) if (isLess(frame, least)) least = frame
      return { frame: least, why: `was used least often (${uses[least]})` }
    },
  }
}

/** Knows the future, so no real system can have it; all others are measured against it. */
function opt({ frames, references }: ReplacementOptions): Replacement {
  const nextUses = nextUsesOf(references)
  const next = Array.from({ length: frames }, () => Infinity)
  const touch = (frame: number, at: number): void => {
    next[frame] = nextUses[at] as number
  }
  return {
    loaded: touch,
    used: touch,
    victim(at) {
      let latest = 0
      for (let frame = 1; frame < frames; frame++)
        if ((next[frame] as number) > (next[latest] as number)) latest = frame
      const when = next[latest] as number
      return { frame: latest, why: when === Infinity ? 'is not used again' : `is used again only ${when - at} later` }
    },
  }
}

/** For each reference, the index of the next one to the same page. */
function nextUsesOf(references: readonly Page[]): number[] {
  const seen = new Map<Page, number>()
  const next = Array.from<number>({ length: references.length })
  for (let at = references.length - 1; at >= 0; at--) {
    const page = references[at] as Page
    next[at] = seen.get(page) ?? Infinity
    seen.set(page, at)
  }
  return next
}

/** Counts up at each use, down when the hand passes; the hand takes the first frame that it finds at 0. */
function clock(options: ReplacementOptions): Replacement {
  if (options.clockHand === 'random') return clockAtRandom(options)
  const { frames, clockBits } = options
  const highest = 2 ** clockBits - 1
  const marks = Array.from({ length: frames }, () => 0)
  let hand = 0
  const step = (): void => {
    hand = (hand + 1) % frames
  }
  return {
    loaded(frame) {
      marks[frame] = 1
    },
    used(frame) {
      marks[frame] = Math.min(highest, (marks[frame] as number) + 1)
    },
    victim() {
      let passed = 0
      for (; (marks[hand] as number) > 0; step()) {
        marks[hand] = (marks[hand] as number) - 1
        passed++
      }
      const frame = hand
      step()
      return { frame, why: markReason(passed) }
    },
  }
}

/** OSTEP's program looks at frames drawn at random, and its counters go up to the number of bits. */
function clockAtRandom({ clockBits, random }: ReplacementOptions): Replacement {
  const order: number[] = []
  const marks = new Map<number, number>()
  return {
    loaded(frame) {
      order.push(frame)
      marks.set(frame, 1)
    },
    used(frame) {
      marks.set(frame, Math.min(clockBits, (marks.get(frame) as number) + 1))
    },
    victim() {
      for (let passed = 0; ; passed++) {
        const place = Math.floor(random() * order.length)
        const frame = order[place] as number
        const mark = marks.get(frame) as number
        if (mark === 0) {
          order.splice(place, 1)
          return { frame, why: markReason(passed) }
        }
        marks.set(frame, mark - 1)
      }
    },
  }
}

function markReason(passed: number): string {
  return `has no mark${passed === 0 ? '' : `, after the hand took ${passed === 1 ? 'a mark' : `${passed} marks`}`}`
}

/** Draws a place of the list in which the pages stand in the order of their arrival. */
function drawn({ random }: ReplacementOptions): Replacement {
  const order: number[] = []
  return {
    loaded: (frame) => void order.push(frame),
    used() {},
    victim: () => ({
      frame: order.splice(Math.floor(random() * order.length), 1)[0] as number,
      why: 'was drawn',
    }),
  }
}

/** First in, first out, but one that was used goes to the end of the queue once. */
function secondChance(): Replacement {
  const queue: number[] = []
  const marks = new Set<number>()
  return {
    loaded(frame) {
      queue.push(frame)
      marks.add(frame)
    },
    used(frame) {
      marks.add(frame)
    },
    victim() {
      let passed = 0
      for (;;) {
        const frame = queue.shift() as number
        if (!marks.delete(frame))
          return { frame, why: `came first${passed === 0 ? '' : `, of those left when ${passed} got a second chance`}` }
        queue.push(frame)
        passed++
      }
    },
  }
}
