/** Parameters that came over a control socket: whoever sent them may have got them wrong. */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { resolveLimits } from '../limits.ts'
import type { Limits } from '../types.ts'

/** The parameters as a record of known keys; nothing is an empty one. Throws OPTION_INVALID. */
export function paramsOf<Key extends string>(
  method: string,
  given: unknown,
  keys: readonly Key[],
): Readonly<Partial<Record<Key, unknown>>> {
  const found = given ?? {}
  checkKnownKeys(method, found, keys)
  return found as Partial<Record<Key, unknown>>
}

/** An integer in [`least`, `most`]; undefined when it is not given. Throws OPTION_INVALID. */
export function integerParam(name: string, given: unknown, least: number, most: number): number | undefined {
  return given === undefined ? undefined : checkInteger(name, given, least, most)
}

/** Limits as `serve` takes them; undefined when they are not given. Throws OPTION_INVALID. */
export function limitsParam(given: unknown): Partial<Limits> | undefined {
  if (given === undefined) return undefined
  resolveLimits({}, given as Partial<Limits>)
  return given as Partial<Limits>
}
