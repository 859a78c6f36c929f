/**
 * Indexed: the numbers of a file's blocks stand together, the first few in the file's entry (its inode), the others in index
 * blocks of their own, in up to three levels. Any block is found by reading at most three others.
 *
 *      inode  | 12 direct | single | double | triple |
 *                            │        └─▶ index ─▶ index ─▶ data
 *                            └─▶ index ─▶ data
 */
import { checkInteger } from '../../core/index.ts'
import { count as counted } from '../document/words.ts'
import type { Bitmap } from './bitmap.ts'
import type { DiskMethod, Layout, NoPlan, Path, Plan } from './method.ts'

export interface IndexedOptions {
  /** Numbers of blocks in the file's entry itself. @default 12, as in the Unix file systems */
  readonly direct?: number | undefined
  /** Levels of index blocks, 0 to 3. @default 3 */
  readonly levels?: number | undefined
  /** Bytes of the number of a block. @default 4 */
  readonly pointerBytes?: number | undefined
}

/** An index block, as it comes in the order in which a file that grows needs them. */
interface Branch {
  /** First data block that is reached through it. */
  readonly first: number
  /** Data blocks that it can reach. */
  readonly reach: number
}

export function indexed(options: IndexedOptions, blockSize: number): DiskMethod {
  const direct = checkInteger('direct', options.direct ?? 12, 0, 1_000_000)
  const levels = checkInteger('levels', options.levels ?? 3, 0, 3)
  const pointerBytes = checkInteger('pointerBytes', options.pointerBytes ?? 4, 1, 16)
  const fanOut = Math.floor(blockSize / pointerBytes)
  if (levels > 0) checkInteger('pointers in a block', fanOut, 2, Number.MAX_SAFE_INTEGER)
  const reaches = Array.from({ length: levels }, (_, level) => fanOut ** (level + 1))
  const mostBlocks = reaches.reduce((sum, reach) => sum + reach, direct)

  function plan({ data, index }: Layout, count: number, bitmap: Bitmap): Plan | NoPlan {
    const branches = branchesOf(count, direct, reaches, fanOut).length
    if (count <= data.length) {
      const layout = { data: data.slice(0, count), index: index.slice(0, branches) }
      return {
        layout,
        moved: 0,
        why: indexText('its last blocks are free again', index.length - branches, 'given back'),
      }
    }
    const [moreData, moreIndex] = [count - data.length, branches - index.length]
    const needed = moreData + moreIndex
    if (needed > bitmap.free)
      return { layout: undefined, needed, why: indexText('that is all there is', moreIndex, 'among what it needs') }
    const taken = bitmap.lowest(needed)
    const layout = inOrderOfUse({ data, index }, count, taken)
    const blocks = moreData === 1 ? 'lowest free block' : `${moreData} lowest free blocks`
    return { layout, moved: 0, why: indexText(`the ${blocks}`, moreIndex, 'besides') }
  }

  /** Hands out blocks so that an index block lies before the data that it leads to. */
  function inOrderOfUse(old: Layout, count: number, taken: readonly number[]): Layout {
    const branches = branchesOf(count, direct, reaches, fanOut)
    const data = [...old.data]
    const index = [...old.index]
    let next = 0
    while (data.length < count) {
      while (index.length < branches.length && (branches[index.length] as Branch).first <= data.length)
        index.push(taken[next++] as number)
      data.push(taken[next++] as number)
    }
    return { data, index }
  }

  function path({ data, index }: Layout, position: number): Path {
    const branches = branchesOf(position + 1, direct, reaches, fanOut)
    const through = branches.flatMap(({ first, reach }, at) =>
      position >= first && position < first + reach ? [index[at] as number] : [],
    )
    return { blocks: [...through, data[position] as number], lookups: 0 }
  }

  /** Each index block comes before the data that it leads to. */
  function whole({ data, index }: Layout): Path {
    const branches = branchesOf(data.length, direct, reaches, fanOut)
    const blocks: number[] = []
    let branch = 0
    for (const [position, block] of data.entries()) {
      for (; branches[branch]?.first === position; branch++) blocks.push(index[branch] as number)
      blocks.push(block)
    }
    return { blocks, lookups: 0 }
  }

  return {
    name: 'indexed',
    title: levels === 0 ? 'indexed' : `indexed, ${direct} direct and ${counted(levels, 'level')}`,
    tableBlocks: 0,
    payloadBytes: blockSize,
    mostBlocks,
    plan,
    path,
    whole,
  }
}

/** The index blocks of a file of `count` data blocks, in the order in which it came to need them. */
function branchesOf(count: number, direct: number, reaches: readonly number[], fanOut: number): Branch[] {
  const found: Branch[] = []
  let first = direct
  for (const reach of reaches) {
    if (count <= first) break
    grow(first, reach, count, fanOut, found)
    first += reach
  }
  return found
}

/** An index block, and those below it. */
function grow(first: number, reach: number, count: number, fanOut: number, found: Branch[]): void {
  found.push({ first, reach })
  const below = reach / fanOut
  if (below <= 1) return
  for (let next = first; next < Math.min(first + reach, count); next += below) grow(next, below, count, fanOut, found)
}

function indexText(what: string, blocks: number, verb: string): string {
  return blocks === 0 ? what : `${what}; ${counted(blocks, 'index block')} ${verb}`
}
