/**
 * Linked and FAT: a file is a chain of blocks, which may lie anywhere. Linked keeps the number of the next block in each
 * block, so that the way to block n leads through all before it. FAT keeps all those numbers in one table at the start of
 * the disk, which is read into memory once: there the way is as long, but no block has to be read for it.
 */
import { checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { count as counted } from '../document/words.ts'
import type { Bitmap } from './bitmap.ts'
import type { DiskMethod, Layout, NoPlan, Plan } from './method.ts'

export interface LinkedOptions {
  /** Bytes of the number of a block. @default 4 */
  readonly pointerBytes?: number | undefined
}

export function linked(options: LinkedOptions, blockSize: number): DiskMethod {
  const pointerBytes = checkInteger('pointerBytes', options.pointerBytes ?? 4, 1, 16)
  if (pointerBytes >= blockSize) throw invalid('blockSize', `above the ${pointerBytes} bytes of a pointer`, blockSize)
  return {
    name: 'linked',
    title: 'linked',
    tableBlocks: 0,
    payloadBytes: blockSize - pointerBytes,
    mostBlocks: Infinity,
    plan: planChain,
    path: ({ data }, position) => ({ blocks: data.slice(0, position + 1), lookups: 0 }),
    whole: ({ data }) => ({ blocks: data, lookups: 0 }),
  }
}

export function fat(options: LinkedOptions, blockSize: number, blocks: number): DiskMethod {
  const pointerBytes = checkInteger('pointerBytes', options.pointerBytes ?? 4, 1, 16)
  return {
    name: 'fat',
    title: 'linked, with a table (FAT)',
    tableBlocks: Math.ceil((blocks * pointerBytes) / blockSize),
    payloadBytes: blockSize,
    mostBlocks: Infinity,
    plan: planChain,
    path: ({ data }, position) => ({ blocks: [data[position] as number], lookups: position }),
    whole: ({ data }) => ({ blocks: data, lookups: Math.max(0, data.length - 1) }),
  }
}

/** The lowest free blocks are appended, or the last ones of the chain given back. */
function planChain({ data }: Layout, count: number, bitmap: Bitmap): Plan | NoPlan {
  if (count <= data.length)
    return { layout: { data: data.slice(0, count), index: [] }, moved: 0, why: 'the end of its chain is free again' }
  const more = count - data.length
  if (more > bitmap.free) return { layout: undefined, needed: more, why: 'that is all there is' }
  const layout = { data: [...data, ...bitmap.lowest(more)], index: [] }
  return { layout, moved: 0, why: `the ${more === 1 ? 'lowest free block' : `${counted(more, 'lowest free block')}`}` }
}
