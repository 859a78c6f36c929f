/** What every allocator checks about a request, and how it sums up its map. */
import { fail } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { MemoryUsage, Region } from './types.ts'

/** Returns a size above 0, finite, else throws OPTION_INVALID. */
export function checkSize(option: string, size: unknown): number {
  if (typeof size === 'number' && size > 0 && size < Infinity) return size
  throw invalid(option, 'a finite number above 0', size)
}

/** Throws for a job that could not be told from another one. */
export function checkNew(job: string, owners: { has(job: string): boolean }): void {
  if (owners.has(job))
    throw fail('OPTION_INVALID', { option: 'job', rule: 'one that has no memory yet', got: `"${job}"` })
}

export function unknownJob(job: string): Error {
  return fail('OPTION_INVALID', { option: 'job', rule: 'one that has memory', got: `"${job}"` })
}

/** Throws MEMORY_IMPOSSIBLE for what would wait for ever. */
export function checkPossible(job: string, size: number, largest: number, what: string): void {
  if (size > largest) throw fail('MEMORY_IMPOSSIBLE', { job, size, largest, what })
}

/** What a map adds up to. */
export function usageOf(map: readonly Region[]): MemoryUsage {
  const sum = { size: 0, given: 0, used: 0, free: 0, holes: 0, largestHole: 0 }
  for (const { size, job, used } of map) {
    sum.size += size
    if (job === undefined) {
      sum.free += size
      sum.holes++
      sum.largestHole = Math.max(sum.largestHole, size)
    } else {
      sum.given += size
      sum.used += used
    }
  }
  return {
    ...sum,
    internal: sum.given - sum.used,
    external: sum.free === 0 ? 0 : 1 - sum.largestHole / sum.free,
  }
}
