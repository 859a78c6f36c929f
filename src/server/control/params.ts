/** Parameters that came over a control socket: whoever sent them may have got them wrong. */
import { checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
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

/** A method of `shared`, what it is given, and the service. Throws OPTION_INVALID. */
export function callParam(given: unknown): {
  readonly method: string
  readonly args: readonly unknown[]
  readonly service: string | undefined
} {
  const { method, args = [], service } = paramsOf('call', given, ['method', 'args', 'service'])
  if (typeof method !== 'string')
    throw fail('OPTION_INVALID', { option: 'call.method', rule: 'a name', got: typeof method })
  if (!Array.isArray(args)) throw fail('OPTION_INVALID', { option: 'call.args', rule: 'an array', got: typeof args })
  const name = typeof service === 'string' || service === undefined ? service : String(service)
  return { method, args, service: name }
}
