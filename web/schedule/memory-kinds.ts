/** Ways to share memory, as the page names them. The allocators are found by name, so the page offers those that there are. */
import * as schedule from '../../src/schedule/index.ts'
import type { AdmissionMemory, PageMemory } from '../../src/schedule/index.ts'

type Kind = PageMemory['kind']
type Allocator = (options: object) => AdmissionMemory

interface MemoryRow {
  readonly kind: Kind
  readonly title: string
  readonly allocator: string
  readonly options: (size: number) => object
}

const fit = (kind: Kind): MemoryRow => ({
  kind,
  title: `variable, ${kind} fit`,
  allocator: 'variablePartitions',
  options: (size) => ({ size, fit: kind }),
})

const rows: readonly MemoryRow[] = [
  fit('first'),
  fit('best'),
  fit('worst'),
  fit('next'),
  {
    kind: 'fixed',
    title: 'four equal partitions',
    allocator: 'fixedPartitions',
    options: (size) => ({ partitions: [size / 4, size / 4, size / 4, size / 4] }),
  },
  { kind: 'buddy', title: 'buddies', allocator: 'buddy', options: (size) => ({ size }) },
]

function allocatorOf(row: MemoryRow): Allocator | undefined {
  return (schedule as unknown as Readonly<Record<string, Allocator | undefined>>)[row.allocator]
}

export const memoryKinds: readonly (readonly [Kind, string])[] = rows
  .filter((row) => allocatorOf(row) !== undefined)
  .map(({ kind, title }) => [kind, title])

/** Fresh memory of this kind; undefined for one that is not there. */
export function memoryOf({ kind, size, protection = true }: PageMemory): AdmissionMemory | undefined {
  const row = rows.find((one) => one.kind === kind)
  return row === undefined ? undefined : allocatorOf(row)?.({ ...row.options(size), protection })
}
