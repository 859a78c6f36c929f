/** Ways to share memory, as the page names them. */
import {
  type AdmissionMemory,
  buddy,
  fixedPartitions,
  type PageMemory,
  variablePartitions,
} from '../../src/schedule/index.ts'

export const memoryKinds: readonly (readonly [PageMemory['kind'], string])[] = [
  ['first', 'variable, first fit'],
  ['best', 'variable, best fit'],
  ['worst', 'variable, worst fit'],
  ['next', 'variable, next fit'],
  ['fixed', 'four equal partitions'],
  ['buddy', 'buddies'],
]

export function memoryOf({ kind, size, protection = true }: PageMemory): AdmissionMemory {
  if (kind === 'fixed') return fixedPartitions({ partitions: [size / 4, size / 4, size / 4, size / 4], protection })
  if (kind === 'buddy') return buddy({ size, protection })
  return variablePartitions({ size, fit: kind, protection })
}
