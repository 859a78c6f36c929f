/**
 * The list of holes: kept in an order, joined where neighbours of the list are neighbours in memory too.
 *
 * Orders and joining are those of OSTEP's chapter 17 (its program malloc.py names them ADDRSORT, SIZESORT+, SIZESORT-,
 * INSERT-FRONT and INSERT-BACK): a list that is not in the order of addresses misses neighbours, and shows why it should be.
 */
import type { Hole } from './fit.ts'

export type FreeListOrder = 'address' | 'smallest-first' | 'largest-first' | 'front' | 'back'

export const freeListOrders: readonly FreeListOrder[] = ['address', 'smallest-first', 'largest-first', 'front', 'back']

export interface FreeListOptions {
  readonly order: FreeListOrder
  readonly coalesce: boolean
  /** Addresses across which holes are never joined: there one bank of memory ends and another begins. */
  readonly borders: ReadonlySet<number>
}

/** Puts a hole back into the list; returns how many joins followed. */
export function giveBack(holes: Hole[], hole: Hole, { order, coalesce, borders }: FreeListOptions): number {
  if (order === 'front') holes.unshift(hole)
  else if (order === 'address') holes.splice(placeOf(holes, hole.base), 0, hole)
  else holes.push(hole)
  if (order === 'smallest-first') holes.sort((a, b) => a.size - b.size)
  if (order === 'largest-first') holes.sort((a, b) => b.size - a.size)
  return coalesce ? join(holes, borders) : 0
}

/** Takes `size` from the start of a hole; a hole that is used up leaves the list. Returns the address. */
export function cut(holes: Hole[], index: number, size: number): number {
  const hole = holes[index] as Hole
  const { base } = hole
  if (hole.size === size) holes.splice(index, 1)
  else {
    hole.base += size
    hole.size -= size
  }
  return base
}

/** Index of the first hole behind an address. */
function placeOf(holes: readonly Hole[], base: number): number {
  let [low, high] = [0, holes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((holes[middle] as Hole).base < base) low = middle + 1
    else high = middle
  }
  return low
}

/** One pass over the list, in its order. */
function join(holes: Hole[], borders: ReadonlySet<number>): number {
  let kept = 0
  for (let index = 1; index < holes.length; index++) {
    const [current, next] = [holes[kept] as Hole, holes[index] as Hole]
    if (current.base + current.size === next.base && !borders.has(next.base)) current.size += next.size
    else holes[++kept] = next
  }
  const joins = Math.max(0, holes.length - kept - 1)
  holes.length -= joins
  return joins
}
