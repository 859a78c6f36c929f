/**
 * Base and limit: two registers that the system loads when a job gets the CPU. Each address of the job is compared with the
 * limit, then the base is added. So the job can lie anywhere in memory, be moved, and reach nothing but its own space.
 */
import { checkAddress, fault, translated, type Translation } from './translation.ts'

export interface BaseLimit {
  /** Where the job's address 0 lies. */
  readonly base: number
  /** Size of the job's space. */
  readonly limit: number
}

/** Translates an address of the job (OSTEP, chapter 15). Throws OPTION_INVALID for what is no integer. */
export function translateBaseLimit(virtual: number, { base, limit }: BaseLimit): Translation {
  checkAddress(virtual)
  return isInside(virtual, limit)
    ? translated(base + virtual, `${virtual} is below the limit ${limit}; ${base} + ${virtual} = ${base + virtual}`)
    : fault('limit', `${virtual} is ${virtual < 0 ? 'below 0' : `not below the limit ${limit}`}`)
}

/** The check that the hardware makes at each access. */
export function isInside(virtual: number, limit: number): boolean {
  return virtual >= 0 && virtual < limit
}
