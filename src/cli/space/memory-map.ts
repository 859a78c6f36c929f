/**
 * Memory as a bar: one stretch for each region, as long as its share.
 *
 *      |system==|A===========|......|B==----|     `=` used, `-` given and not used, `.` a hole
 */
import type { Region } from '../../schedule/index.ts'
import type { Screen } from './screen.ts'

/** Colours that stay with their jobs from map to map. */
export type Owners = (name: string) => number

export function createOwners(): Owners {
  const numbers = new Map<string, number>()
  return (name) => {
    const known = numbers.get(name)
    if (known !== undefined) return known
    numbers.set(name, numbers.size)
    return numbers.size - 1
  }
}

/** The bar, `columns` wide. Regions that are too small for a column are left out; the table names them. */
export function memoryBar(map: readonly Region[], columns: number, screen: Screen, owners: Owners): string {
  const start = map[0]?.base ?? 0
  const total = map.reduce((sum, { size }) => sum + size, 0)
  const cells = columns - 1
  const columnOf = (address: number): number => Math.round(((address - start) / total) * cells)
  const parts = map.map((region) => {
    const length = columnOf(region.base + region.size) - columnOf(region.base)
    if (length === 0) return ''
    return `|${drawn(region, length - 1, screen, owners)}`
  })
  return `${parts.join('')}|`
}

function drawn({ job, size, used }: Region, cells: number, screen: Screen, owners: Owners): string {
  if (job === undefined) return screen.dim('.'.repeat(cells))
  const usedCells = Math.max(1, Math.round((used / size) * cells))
  const text = job.slice(0, cells).padEnd(Math.min(usedCells, cells), '=').padEnd(cells, '-')
  return screen.owner(text, owners(job))
}

/** The regions as rows: address, size, whose, and what is not used of it. */
export function regionRows(map: readonly Region[]): string[][] {
  const rows = map.map(({ base, size, job, used }) => [
    String(base),
    String(size),
    job ?? '(hole)',
    job === undefined || used === size ? '' : `${size - used} not used`,
  ])
  return [['base', 'size', 'job', ''], ...rows]
}
