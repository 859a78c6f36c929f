/**
 * The buddy system: blocks of powers of two. A block that is too large is halved, and two halves (buddies) that are free at
 * the same time become one again. The address of a buddy differs in one bit, so it is found without a search.
 *
 *      256 ─┬─ 128 ─┬─ 64   at 0      its buddy: 0 xor 64 = 64
 *           │       └─ 64   at 64
 *           └─ 128          at 128
 */
import { invalid } from '../checks.ts'
import { count } from '../document/words.ts'
import { createLedger } from './ledger.ts'
import { checkNew, checkPossible, checkSize, unknownJob, usageOf } from './requests.ts'
import type { Allocator, LedgerOptions, Placement, Region } from './types.ts'

export interface BuddyOptions extends LedgerOptions {
  /** A power of two, at most 2^40. */
  readonly size: number
  /** Smallest block, a power of two. @default 1 */
  readonly smallest?: number | undefined
  /** @default true */
  readonly protection?: boolean | undefined
}

interface Block {
  readonly base: number
  readonly size: number
  readonly used: number
}

/**
 * Memory in blocks of powers of two (Knowlton, "A fast storage allocator", 1965; Stallings, chapter 7). The lowest block of
 * the smallest size that is large enough is taken. Addresses begin at 0. Throws OPTION_INVALID.
 *
 * @example
 * const memory = buddy({ size: 1_024 })
 * memory.admit('A', 100)  // { base: 0, size: 128, hole: 1024, searched: 4 }
 */
export function buddy(options: BuddyOptions): Allocator {
  const size = powerOfTwo('size', options.size)
  const smallest = powerOfTwo('smallest', options.smallest ?? 1)
  if (smallest > size) throw invalid('smallest', `at most the size, ${size}`, smallest)
  /** Addresses of the free blocks of each size, ascending. */
  const free = new Map<number, number[]>()
  for (let each = smallest; each <= size; each *= 2) free.set(each, each === size ? [0] : [])
  const blocks = new Map<string, Block>()
  const ledger = createLedger(options)
  const freeOf = (blockSize: number): number[] => free.get(blockSize) as number[]

  function admit(job: string, wanted: number, now = 0): Placement | undefined {
    checkSize('size', wanted)
    checkNew(job, blocks)
    checkPossible(job, wanted, size, 'memory')
    let need = smallest
    while (need < wanted) need *= 2
    let hole = need
    let searched = 1
    for (; hole <= size && freeOf(hole).length === 0; hole *= 2) searched++
    if (hole > size) {
      ledger.note(() => ({
        at: now,
        kind: 'waits',
        job,
        base: undefined,
        size: need,
        why: `no block of ${need} is free`,
      }))
      return undefined
    }
    const base = freeOf(hole).shift() as number
    // The upper half of each cut stays free.
    for (let half = hole / 2; half >= need; half /= 2) insert(freeOf(half), base + half)
    blocks.set(job, { base, size: need, used: wanted })
    ledger.note(() => ({ at: now, kind: 'placed', job, base, size: need, why: placeReason(wanted, need, hole) }))
    return { base, size: need, hole, searched }
  }

  function release(job: string, now = 0): void {
    const block = blocks.get(job)
    if (block === undefined) throw unknownJob(job)
    blocks.delete(job)
    let { base, size: joined } = block
    for (; joined < size; joined *= 2) {
      const twins = freeOf(joined)
      const twin = twins.indexOf(buddyOf(base, joined))
      if (twin < 0) break
      twins.splice(twin, 1)
      base = Math.min(base, buddyOf(base, joined))
    }
    insert(freeOf(joined), base)
    const joins = Math.log2(joined / block.size)
    const why =
      joins === 0
        ? joined === size
          ? 'all of memory is free'
          : `its buddy at ${buddyOf(base, joined)} is in use or split, so it stays as it is`
        : `its buddy is free: ${count(joins, 'join')}, a block of ${joined}`
    ledger.note(() => ({ at: now, kind: 'released', job, base: block.base, size: block.size, why }))
  }

  function map(): Region[] {
    const taken = [...blocks].map(([job, { base, size, used }]) => ({ base, size, job, used }))
    const holes = [...free].flatMap(([each, bases]) =>
      bases.map((base) => ({ base, size: each, job: undefined, used: 0 })),
    )
    return [...taken, ...holes].sort((a, b) => a.base - b.base)
  }

  return {
    title: 'buddy system',
    size,
    protection: options.protection ?? true,
    admit,
    release,
    map,
    usage: () => usageOf(map()),
    get ledger() {
      return ledger.events
    },
  }
}

/** Where the other half begins. No bitwise operator: addresses may exceed 32 bits. */
export function buddyOf(base: number, size: number): number {
  return (base / size) % 2 === 0 ? base + size : base - size
}

function insert(bases: number[], base: number): void {
  const index = bases.findIndex((each) => each > base)
  bases.splice(index < 0 ? bases.length : index, 0, base)
}

function powerOfTwo(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= 2 ** 40 && Number.isInteger(Math.log2(value))) return value
  throw invalid(option, 'a power of two, 1 to 2^40', value)
}

function placeReason(wanted: number, need: number, hole: number): string {
  const rounding = wanted === need ? `${wanted} is a power of two` : `${wanted} is rounded up to ${need}`
  const halvings = Math.log2(hole / need)
  return halvings === 0
    ? `${rounding}; such a block is free`
    : `${rounding}; the smallest free block has ${hole} and is halved ${halvings === 1 ? 'once' : `${halvings} times`}`
}
