/** What becomes of an address: the place in memory that it means, or a fault. */
import { invalid } from '../checks.ts'

/** What a program does with an address. */
export type Access = 'read' | 'write' | 'execute'

export const accesses: readonly Access[] = ['read', 'write', 'execute']

/**
 * `limit`: outside of the job's space. `protection`: inside, but not for this access. `not-present`: its page is not in
 * memory, so the system would fetch it.
 */
export type FaultKind = 'limit' | 'protection' | 'not-present'

export interface Translated {
  readonly fault: undefined
  readonly physical: number
  /** How it was found, as a sentence. */
  readonly why: string
}

export interface Fault {
  readonly fault: FaultKind
  readonly physical: undefined
  readonly why: string
}

export type Translation = Translated | Fault

export function translated(physical: number, why: string): Translated {
  return { fault: undefined, physical, why }
}

export function fault(kind: FaultKind, why: string): Fault {
  return { fault: kind, physical: undefined, why }
}

/** Throws OPTION_INVALID for what is no address; one below 0 is an address, and a fault. */
export function checkAddress(virtual: unknown): void {
  if (!Number.isSafeInteger(virtual)) throw invalid('address', 'an integer', virtual)
}
