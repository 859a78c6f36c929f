/**
 * Which of several servers to believe, and what they say together (RFC 5905 section 11.2): intersection finds those
 * whose intervals share a moment, clustering drops the ones furthest from the rest, and combining weighs what is left.
 *
 *   a   ├────┼────┤
 *   b      ├──┼──┤
 *   c    ├───┼───┤                 d  ├──┼──┤   a falseticker: its interval misses the others
 *          └─┬─┘ low to high
 */

/** What one server says of a clock's offset. */
export interface Candidate {
  readonly name: string
  /** Server's time less ours, seconds. */
  readonly offset: number
  /** The offset may be off by this, seconds: half the root delay, and the dispersions. */
  readonly rootDistance: number
  /** Of the server's samples among each other, seconds. */
  readonly jitter: number
  readonly stratum: number
}

/** What became of a server. system: the one that the stratum and the reference come from. */
export type Verdict = 'system' | 'combined' | 'outlier' | 'falseticker' | 'unusable'

export interface Judged<Of extends Candidate = Candidate> {
  readonly candidate: Of
  readonly verdict: Verdict
  /** Why it was not taken; empty for one that was. */
  readonly reason: string
}

export interface Selection<Of extends Candidate = Candidate> {
  /** All candidates, in the order given. */
  readonly judged: readonly Judged<Of>[]
  /** Those that count, the best first; empty where no majority agrees. */
  readonly survivors: readonly Of[]
  /** The moment that the majority agrees on; undefined without one. */
  readonly interval: { readonly low: number; readonly high: number } | undefined
}

export interface SelectOptions {
  /** Root distance beyond which a server is not believed, seconds. @default 3 */
  readonly maximumDistance?: number
  /** As many must agree, or nobody is believed. @default 1 */
  readonly atLeast?: number
}

/** Clustering leaves so many (NMIN of RFC 5905). */
const clusterFloor = 3

/** One stratum more outweighs this root distance, seconds, when survivors are put in order (MAXDIST of RFC 5905). */
const distancePerStratum = 1

/**
 * Tells true servers from false ones, and names the reason for each that is left out.
 *
 * @example
 * const { survivors, judged } = select(candidates)
 * const { offset } = combine(survivors)
 */
export function select<Of extends Candidate>(candidates: readonly Of[], options: SelectOptions = {}): Selection<Of> {
  const { maximumDistance = 3, atLeast = 1 } = options
  const reasons = new Map<Of, { readonly verdict: Verdict; readonly reason: string }>()
  const usable = candidates.filter((candidate) => {
    if (candidate.rootDistance <= maximumDistance) return true
    const reason = `root distance ${seconds(candidate.rootDistance)} is beyond ${seconds(maximumDistance)}`
    reasons.set(candidate, { verdict: 'unusable', reason })
    return false
  })
  const interval = intersect(usable)
  let survivors: Of[] = []
  for (const candidate of usable) {
    if (interval !== undefined && overlaps(candidate, interval)) survivors.push(candidate)
    else reasons.set(candidate, { verdict: 'falseticker', reason: whyFalse(candidate, interval, usable.length) })
  }
  if (survivors.length < atLeast) {
    const agree = survivors.length === 1 ? '1 server agrees' : `${survivors.length} servers agree`
    const reason = `only ${agree}, ${atLeast} must`
    for (const candidate of survivors) reasons.set(candidate, { verdict: 'unusable', reason })
    survivors = []
  }
  survivors = cluster(survivors, (candidate, reason) => reasons.set(candidate, { verdict: 'outlier', reason }))
  const judged = candidates.map((candidate): Judged<Of> => {
    const verdict = candidate === survivors[0] ? 'system' : 'combined'
    return { candidate, ...(reasons.get(candidate) ?? { verdict, reason: '' }) }
  })
  return { judged, survivors, interval: survivors.length === 0 ? undefined : interval }
}

/**
 * The smallest interval that holds the moments shared by the largest majority. Undefined where half or more would have to be wrong.
 *
 * RFC 5905 section 11.2.1 also wants the middle of each interval in there. That is left out: a server that has not been heard for
 * long may be far off and say so, and would hinder those that are sure of themselves.
 */
export function intersect(
  candidates: readonly Candidate[],
): { readonly low: number; readonly high: number } | undefined {
  const edges = candidates
    .flatMap(({ offset, rootDistance }) => [
      { at: offset - rootDistance, step: 1 },
      { at: offset + rootDistance, step: -1 },
    ])
    .sort((one, other) => one.at - other.at || other.step - one.step)
  const backwards = edges.toReversed()
  for (let wanted = candidates.length; 2 * wanted > candidates.length; wanted--) {
    const low = firstShared(edges, wanted, 1)
    const high = firstShared(backwards, wanted, -1)
    if (low !== undefined && high !== undefined) return { low, high }
  }
  return undefined
}

/** Goes along the edges until as many intervals as wanted are open. */
function firstShared(
  edges: readonly { readonly at: number; readonly step: number }[],
  wanted: number,
  direction: 1 | -1,
): number | undefined {
  let open = 0
  for (const { at, step } of edges) {
    open += step * direction
    if (open >= wanted) return at
  }
  return undefined
}

function overlaps({ offset, rootDistance }: Candidate, { low, high }: { low: number; high: number }): boolean {
  return offset + rootDistance >= low && offset - rootDistance <= high
}

function whyFalse(candidate: Candidate, interval: { low: number; high: number } | undefined, count: number): string {
  const { offset, rootDistance } = candidate
  const own = `${seconds(offset - rootDistance)} to ${seconds(offset + rootDistance)}`
  if (interval === undefined) return `no majority of the ${count} servers agrees; this one says ${own}`
  return `says ${own}, the majority ${seconds(interval.low)} to ${seconds(interval.high)}`
}

/**
 * Drops, one after the other, the server that is furthest from the others, until three are left or what they differ by is no
 * more than what each differs from itself (RFC 5905 section 11.2.2). Gives the rest, the best first.
 */
function cluster<Of extends Candidate>(candidates: readonly Of[], drop: (of: Of, reason: string) => void): Of[] {
  const left = [...candidates].sort((one, other) => merit(one) - merit(other))
  while (left.length > clusterFloor) {
    const jitters = left.map((candidate) => selectionJitter(candidate, left))
    const worst = jitters.indexOf(Math.max(...jitters))
    const [furthest, candidate] = [jitters[worst], left[worst]]
    const own = Math.min(...left.map(({ jitter }) => jitter))
    if (furthest === undefined || candidate === undefined || furthest <= own) break
    left.splice(worst, 1)
    drop(candidate, `${seconds(furthest)} from the others, who vary by ${seconds(own)} each`)
  }
  return left
}

function merit({ stratum, rootDistance }: Candidate): number {
  return stratum * distancePerStratum + rootDistance
}

/** Root mean square of the distances to the others, seconds. */
function selectionJitter(candidate: Candidate, all: readonly Candidate[]): number {
  const squares = all.map(({ offset }) => (offset - candidate.offset) ** 2)
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / Math.max(1, all.length - 1))
}

/** What survivors say together (RFC 5905 section 11.2.3). */
export interface Combined {
  /** Server's time less ours, seconds. */
  readonly offset: number
  /** Of the survivors among each other, and of the system one itself, seconds. */
  readonly jitter: number
  /** True time less ours lies in offset ± this, seconds, if the survivors tell the truth. */
  readonly rootDistance: number
}

/** Weighs each by the inverse of its root distance. Give at least one. */
export function combine(survivors: readonly Candidate[]): Combined {
  const first = survivors[0]
  if (first === undefined) return { offset: 0, jitter: 0, rootDistance: Infinity }
  let weights = 0
  let offsets = 0
  let squares = 0
  for (const { offset, rootDistance } of survivors) {
    const weight = 1 / Math.max(rootDistance, 1e-9)
    weights += weight
    offsets += weight * offset
    squares += weight * (offset - first.offset) ** 2
  }
  const offset = offsets / weights
  // Each survivor's interval holds the true time, so the tightest one around the combined offset is good for all.
  const distances = survivors.map((each) => Math.abs(each.offset - offset) + each.rootDistance)
  return {
    offset,
    jitter: Math.hypot(Math.sqrt(squares / weights), first.jitter),
    rootDistance: Math.min(...distances),
  }
}

/** A time in seconds for people, with the unit that suits it. */
export function seconds(value: number): string {
  const size = Math.abs(value)
  if (size >= 0.999_999_5) return `${value.toFixed(3)} s`
  if (size >= 0.999_95e-3) return `${(value * 1e3).toFixed(3)} ms`
  return `${(value * 1e6).toFixed(1)} us`
}
