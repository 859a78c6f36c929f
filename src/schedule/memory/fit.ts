/** Which hole of a free list: first, best, worst and next fit, and how far each has to look. Pure. */

export type Fit = 'first' | 'best' | 'worst' | 'next'

export const fits: readonly Fit[] = ['first', 'best', 'worst', 'next']

export interface Hole {
  base: number
  size: number
}

export interface Found {
  /** Where it stands in the free list; -1 if none is large enough. */
  readonly index: number
  /** Holes that were looked at. */
  readonly searched: number
}

/**
 * Looks through the free list in its order. First and next fit stop at the first hole that is large enough, next fit
 * starting where it last placed something; best and worst fit look at all, and keep the earlier one of two equals.
 *
 * @param rover address behind the latest placement, for next fit
 */
export function findHole(holes: readonly Hole[], size: number, fit: Fit, rover: number): Found {
  if (fit === 'best') return choose(holes, size, (hole, best) => hole.size < best.size)
  if (fit === 'worst') return choose(holes, size, (hole, best) => hole.size > best.size)
  const start =
    fit === 'first'
      ? 0
      : Math.max(
          0,
          holes.findIndex((hole) => hole.base + hole.size > rover),
        )
  for (let step = 0; step < holes.length; step++) {
    const index = (start + step) % holes.length
    if ((holes[index] as Hole).size >= size) return { index, searched: step + 1 }
  }
  return { index: -1, searched: holes.length }
}

function choose(holes: readonly Hole[], size: number, isBetter: (hole: Hole, best: Hole) => boolean): Found {
  let index = -1
  for (let at = 0; at < holes.length; at++) {
    const hole = holes[at] as Hole
    if (hole.size >= size && (index < 0 || isBetter(hole, holes[index] as Hole))) index = at
  }
  return { index, searched: holes.length }
}

const phrases: Record<Fit, string> = {
  first: 'is the first that is large enough',
  best: 'is the smallest that is large enough',
  worst: 'is the largest',
  next: 'is the next that is large enough, from the latest placement on',
}

/** Why this hole, as a sentence. */
export function fitReason(fit: Fit, hole: Hole, size: number, searched: number): string {
  const rest = hole.size - size
  const left = rest === 0 ? 'nothing of it is left' : `${rest} of it stay a hole`
  return `${fit} fit looked at ${searched}: the hole of ${hole.size} at ${hole.base} ${phrases[fit]}; ${left}`
}
