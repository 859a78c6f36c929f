/** Compaction: jobs are moved to the low end of memory, so that all holes become one. Pure but for the blocks it moves. */

export interface Area {
  readonly base: number
  readonly size: number
}

/** What a job has. */
export interface Block {
  base: number
  readonly size: number
  readonly used: number
}

export interface Move {
  readonly job: string
  readonly from: number
  readonly base: number
  readonly size: number
  readonly cost: number
}

export interface Compaction {
  readonly moves: readonly Move[]
  /** Units of memory that were copied. */
  readonly moved: number
  /** Time that it took; the machine does nothing else meanwhile. */
  readonly cost: number
  /** The holes afterwards, one an area at most. */
  readonly holes: readonly Area[]
}

/** Slides the blocks of each area together, in the order of their addresses. */
export function compactAreas(areas: readonly Area[], blocks: ReadonlyMap<string, Block>, moveCost: number): Compaction {
  const sorted = [...blocks].sort(([, a], [, b]) => a.base - b.base)
  const moves: Move[] = []
  const holes: Area[] = []
  let next = 0
  for (const area of areas) {
    const end = area.base + area.size
    let free = area.base
    for (; next < sorted.length && (sorted[next] as [string, Block])[1].base < end; next++) {
      const [job, block] = sorted[next] as [string, Block]
      if (block.base !== free) {
        moves.push({ job, from: block.base, base: free, size: block.size, cost: block.size * moveCost })
        block.base = free
      }
      free += block.size
    }
    if (free < end) holes.push({ base: free, size: end - free })
  }
  const moved = moves.reduce((sum, { size }) => sum + size, 0)
  return { moves, moved, cost: moved * moveCost, holes }
}
