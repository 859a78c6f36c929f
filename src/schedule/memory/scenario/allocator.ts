/** Makes the memory of a scenario. */
import { buddy } from '../buddy.ts'
import { fixedPartitions } from '../fixed.ts'
import { pagedMemory } from '../paged.ts'
import type { Allocator } from '../types.ts'
import { variablePartitions } from '../variable.ts'
import type { AllocatorSpec } from './types.ts'

/** The steps of a scenario take over the sentences of the ledger, one by one. */
const keptEvents = 4

export function allocatorOf(spec: AllocatorSpec): Allocator {
  const options = { ...spec, ledger: keptEvents }
  if (options.policy === 'variable') return variablePartitions(options)
  if (options.policy === 'fixed') return fixedPartitions(options)
  if (options.policy === 'buddy') return buddy(options)
  return pagedMemory(options)
}
