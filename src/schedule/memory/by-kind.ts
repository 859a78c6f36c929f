/** Memory by the name of its kind, for commands, pages and files. */
import { checkChoice } from '../../core/index.ts'
import { buddy } from './buddy.ts'
import { equalPartitions, fixedPartitions } from './fixed.ts'
import type { Allocator } from './types.ts'
import { variablePartitions } from './variable.ts'

export type MemoryKind = 'first' | 'best' | 'worst' | 'next' | 'fixed' | 'buddy'

const partitions = 4

/** What each kind is, in the order in which they are offered. */
export const memoryKinds: readonly { readonly kind: MemoryKind; readonly title: string }[] = [
  { kind: 'first', title: 'variable, first fit' },
  { kind: 'best', title: 'variable, best fit' },
  { kind: 'worst', title: 'variable, worst fit' },
  { kind: 'next', title: 'variable, next fit' },
  { kind: 'fixed', title: 'four equal partitions' },
  { kind: 'buddy', title: 'buddies' },
]

export interface MemoryOfKind {
  readonly kind: MemoryKind
  readonly size: number
  /** @default true */
  readonly protection?: boolean | undefined
}

/** Fresh memory. Throws OPTION_INVALID, also for a size that is no power of two with buddies. */
export function memoryOfKind({ kind, size, protection = true }: MemoryOfKind): Allocator {
  checkChoice(
    'memory.kind',
    kind,
    memoryKinds.map((row) => row.kind),
  )
  if (kind === 'buddy') return buddy({ size, protection })
  if (kind === 'fixed')
    return fixedPartitions({ partitions: equalPartitions(partitions, size / partitions), protection })
  return variablePartitions({ size, fit: kind, protection })
}
