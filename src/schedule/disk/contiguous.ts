/**
 * Contiguous: a file is one stretch of blocks, so first block and length say all. Every block is found at once and reading
 * in order needs one seek; but a file cannot grow into its neighbour, and free blocks that are scattered are of no use.
 */
import { checkChoice } from '../../core/index.ts'
import { count as counted } from '../document/words.ts'
import { findHole, type Fit } from '../memory/fit.ts'
import type { Bitmap, Run } from './bitmap.ts'
import type { DiskMethod, Layout, NoPlan, Plan } from './method.ts'

export interface ContiguousOptions {
  /** Which stretch of free blocks. @default 'first' */
  readonly fit?: Exclude<Fit, 'next'> | undefined
  /** When the blocks behind a file are taken: copy the file to where there is room, or refuse. @default 'move' */
  readonly whenBlocked?: 'move' | 'refuse' | undefined
}

export function contiguous(options: ContiguousOptions, blockSize: number): DiskMethod {
  const fit = checkChoice('fit', options.fit ?? 'first', ['first', 'best', 'worst'])
  const whenBlocked = checkChoice('whenBlocked', options.whenBlocked ?? 'move', ['move', 'refuse'])

  function plan({ data }: Layout, count: number, bitmap: Bitmap): Plan | NoPlan {
    if (count <= data.length) {
      const kept = data.slice(0, count)
      return { layout: { data: kept, index: [] }, moved: 0, why: 'its last blocks are free again' }
    }
    const more = count - data.length
    if (data.length === 0) return place(count, more, bitmap, 0)
    const behind = (data.at(-1) as number) + 1
    if (isFreeFrom(bitmap, behind, more)) {
      const layout = { data: [...data, ...blocksFrom(behind, more)], index: [] }
      return { layout, moved: 0, why: `${counted(more, 'block')} behind it ${more === 1 ? 'was' : 'were'} free` }
    }
    if (whenBlocked === 'refuse')
      return { layout: undefined, needed: more, why: 'the blocks behind the file are taken' }
    return place(count, more, withFreed(bitmap, data), data.length)
  }

  /** Puts the whole file into a stretch of free blocks. */
  function place(count: number, needed: number, bitmap: Pick<Bitmap, 'runs'>, moved: number): Plan | NoPlan {
    const holes = bitmap.runs().map(({ start, length }) => ({ base: start, size: length }))
    const { index, searched } = findHole(holes, count, fit, 0)
    const hole = holes[index]
    if (hole === undefined) {
      const largest = Math.max(0, ...holes.map(({ size }) => size))
      return { layout: undefined, needed, why: `the longest stretch of free blocks is ${largest}` }
    }
    const found = `${fit} fit took the stretch of ${hole.size} at ${hole.base}, of ${searched} looked at`
    const why = moved === 0 ? found : `the blocks behind it are taken, so ${counted(moved, 'block')} moved; ${found}`
    return { layout: { data: blocksFrom(hole.base, count), index: [] }, moved, why }
  }

  return {
    name: 'contiguous',
    title: 'contiguous',
    tableBlocks: 0,
    payloadBytes: blockSize,
    mostBlocks: Infinity,
    plan,
    path: ({ data }, position) => ({ blocks: [data[position] as number], lookups: 0 }),
    whole: ({ data }) => ({ blocks: data, lookups: 0 }),
  }
}

function isFreeFrom(bitmap: Bitmap, start: number, count: number): boolean {
  if (start + count > bitmap.blocks) return false
  for (let block = start; block < start + count; block++) if (!bitmap.isFree(block)) return false
  return true
}

/** The stretches when the file's own blocks count as free: it may move by less than its length. */
function withFreed(bitmap: Bitmap, data: readonly number[]): Pick<Bitmap, 'runs'> {
  const own = { start: data[0] as number, length: data.length }
  return {
    runs() {
      const joined: Run[] = []
      for (const run of [...bitmap.runs(), own].sort((a, b) => a.start - b.start)) {
        const last = joined.at(-1)
        if (last !== undefined && last.start + last.length === run.start)
          joined[joined.length - 1] = { start: last.start, length: last.length + run.length }
        else joined.push(run)
      }
      return joined
    },
  }
}

function blocksFrom(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index)
}
