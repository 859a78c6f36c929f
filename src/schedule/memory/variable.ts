/**
 * Variable partitions: each job gets a piece as large as it asks for, cut from a hole. What it gives back is a hole again,
 * joined with the holes beside it. Holes too small for anybody are external fragmentation; compaction moves jobs together.
 */
import { checkChoice } from '../../core/index.ts'
import { checkLength, invalid } from '../checks.ts'
import { compactAreas, type Area, type Block, type Compaction } from './compaction.ts'
import { findHole, fitReason, fits, type Fit, type Hole } from './fit.ts'
import { cut, freeListOrders, giveBack, type FreeListOrder } from './free-list.ts'
import { count } from '../document/words.ts'
import { createLedger } from './ledger.ts'
import { checkNew, checkPossible, checkSize, unknownJob, usageOf } from './requests.ts'
import type { Allocator, LedgerOptions, Placement, Region } from './types.ts'

export interface VariablePartitionsOptions extends LedgerOptions {
  /** Size of memory; either this or `areas`. */
  readonly size?: number | undefined
  /** Sizes of several pieces of memory that follow each other, and whose holes are never joined. */
  readonly areas?: readonly number[] | undefined
  /** @default 'first' */
  readonly fit?: Fit | undefined
  /** Lowest address. @default 0 */
  readonly base?: number | undefined
  /** Order of the free list. @default 'address' */
  readonly order?: FreeListOrder | undefined
  /** Whether a hole is joined with its neighbours. @default true */
  readonly coalesce?: boolean | undefined
  /** Added to each piece, for the allocator's own notes. @default 0 */
  readonly header?: number | undefined
  /** Sizes are rounded up to a multiple of it. @default no rounding */
  readonly align?: number | undefined
  /** Move jobs together when that makes room for one that would have to wait. @default 'never' */
  readonly compaction?: 'never' | 'when-needed' | undefined
  /** Time to move one unit of memory. @default 1 */
  readonly moveCost?: number | undefined
  /** @default true */
  readonly protection?: boolean | undefined
}

export interface VariablePartitions extends Allocator {
  readonly fit: Fit
  /** The holes in the order of the free list. */
  freeList(): readonly Readonly<Hole>[]
  /** Units of memory that compaction copied so far. */
  readonly copied: number
  /** Moves all jobs to the low end of their area. Jobs go on only because their addresses are relative to a base register. */
  compact(now?: number): Compaction
}

/**
 * Memory cut to measure (OSTEP, chapter 17; Knuth, The Art of Computer Programming, section 2.5). Throws OPTION_INVALID.
 *
 * @example
 * const memory = variablePartitions({ size: 1_000, fit: 'best' })
 * memory.admit('A', 300)  // { base: 0, size: 300, hole: 1000, searched: 1 }
 */
export function variablePartitions(options: VariablePartitionsOptions): VariablePartitions {
  const fit = checkChoice('fit', options.fit ?? 'first', fits)
  const order = checkChoice('order', options.order ?? 'address', freeListOrders)
  const compaction = checkChoice('compaction', options.compaction ?? 'never', ['never', 'when-needed'])
  const { header = 0, moveCost = 1, align } = options
  checkLength('header', header)
  checkLength('moveCost', moveCost)
  if (align !== undefined) checkSize('align', align)
  const areas = areasOf(options)
  const largest = Math.max(...areas.map(({ size }) => size))
  const list = { order, coalesce: options.coalesce ?? true, borders: new Set(areas.slice(1).map(({ base }) => base)) }
  const holes: Hole[] = areas.map(({ base, size }) => ({ base, size }))
  const blocks = new Map<string, Block>()
  const ledger = createLedger(options)
  let rover = -Infinity
  let copied = 0

  function admit(job: string, size: number, now = 0): Placement | undefined {
    checkSize('size', size)
    checkNew(job, blocks)
    const need = (align === undefined ? size : Math.ceil(size / align) * align) + header
    checkPossible(job, need, largest, areas.length > 1 ? 'the largest area' : 'memory')
    let found = findHole(holes, need, fit, rover)
    if (found.index < 0 && compaction === 'when-needed' && couldHold(need)) {
      compact(now)
      found = findHole(holes, need, fit, rover)
    }
    const { searched } = found
    if (found.index < 0) {
      ledger.note(() => ({ at: now, kind: 'waits', job, base: undefined, size: need, why: waitReason(need) }))
      return undefined
    }
    const hole = { ...(holes[found.index] as Hole) }
    const base = cut(holes, found.index, need)
    blocks.set(job, { base, size: need, used: size })
    rover = base + need
    ledger.note(() => ({ at: now, kind: 'placed', job, base, size: need, why: fitReason(fit, hole, need, searched) }))
    return { base, size: need, hole: hole.size, searched }
  }

  function release(job: string, now = 0): void {
    const block = blocks.get(job)
    if (block === undefined) throw unknownJob(job)
    blocks.delete(job)
    const joins = giveBack(holes, { base: block.base, size: block.size }, list)
    const { base, size } = block
    const why = joins === 0 ? 'it becomes a hole' : `its hole is joined with ${count(joins, 'neighbour')}`
    ledger.note(() => ({ at: now, kind: 'released', job, base, size, why }))
  }

  function compact(now = 0): Compaction {
    const result = compactAreas(areas, blocks, moveCost)
    for (const { job, from, base, size, cost } of result.moves) {
      const why = `moved together, so that the holes become one; ${size} copied`
      ledger.note(() => ({ at: now, kind: 'moved', job, base, size, from, cost, why }))
    }
    holes.splice(0, holes.length, ...result.holes.map(({ base, size }) => ({ base, size })))
    rover = -Infinity
    copied += result.moved
    return result
  }

  /** Whether an area has enough altogether. */
  function couldHold(need: number): boolean {
    return areas.some(({ base, size }) => {
      const inside = holes.filter((hole) => hole.base >= base && hole.base < base + size)
      return inside.reduce((sum, hole) => sum + hole.size, 0) >= need
    })
  }

  function waitReason(need: number): string {
    const free = holes.reduce((sum, { size }) => sum + size, 0)
    const largestHole = Math.max(0, ...holes.map(({ size }) => size))
    return free >= need
      ? `${free} are free, but in ${count(holes.length, 'hole')}, the largest of ${largestHole}: external fragmentation`
      : `only ${free} are free`
  }

  function map(): Region[] {
    const taken = [...blocks].map(([job, { base, size, used }]) => ({ base, size, job, used }))
    const free = holes.map(({ base, size }) => ({ base, size, job: undefined, used: 0 }))
    return [...taken, ...free].sort((a, b) => a.base - b.base)
  }

  return {
    title: `${fit} fit`,
    fit,
    size: areas.reduce((sum, { size }) => sum + size, 0),
    protection: options.protection ?? true,
    admit,
    release,
    compact,
    get copied() {
      return copied
    },
    map,
    usage: () => usageOf(map()),
    freeList: () => holes.map(({ base, size }) => ({ base, size })),
    get ledger() {
      return ledger.events
    },
  }
}

function areasOf({ size, areas, base = 0 }: VariablePartitionsOptions): Area[] {
  if ((size === undefined) === (areas === undefined)) throw invalid('size', 'given, or areas, and not both', size)
  const sizes = areas ?? [size]
  if (sizes.length === 0 || sizes.length > 1_000_000) throw invalid('areas', '1 to 1,000,000 sizes', sizes.length)
  let next = base
  return sizes.map((each, index) => {
    const start = next
    next += checkSize(areas === undefined ? 'size' : `areas[${index}]`, each)
    return { base: start, size: next - start }
  })
}
