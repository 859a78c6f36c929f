/** Checks of arguments. */
import { fail } from '../../core/index.ts'

/** Throws OPTION_INVALID unless it is an integer in that range. */
export function checkInteger(option: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
  const rule = `an integer from ${least} to ${most}`
  throw fail('OPTION_INVALID', { option, rule, got: `${String(value)} (${typeof value})` })
}
