/** Ways to share memory, as the page names them. */
import * as schedule from '../../src/schedule/index.ts'
import type { AdmissionMemory, PageMemory } from '../../src/schedule/index.ts'

export const memoryKinds: readonly (readonly [PageMemory['kind'], string])[] = [
  ['first', 'variable, first fit'],
  ['best', 'variable, best fit'],
  ['worst', 'variable, worst fit'],
  ['next', 'variable, next fit'],
  ['fixed', 'four equal partitions'],
  ['buddy', 'buddies'],
]

export function memoryOf({ kind, size, protection = true }: PageMemory): AdmissionMemory {
  const { fixedPartitions, buddy, variablePartitions } = schedule as never as Record<
    string,
    (o: object) => AdmissionMemory
  >
  if (kind === 'fixed') return fixedPartitions!({ partitions: [size / 4, size / 4, size / 4, size / 4], protection })
  if (kind === 'buddy') return buddy!({ size, protection })
  return variablePartitions!({ size, fit: kind, protection })
}
