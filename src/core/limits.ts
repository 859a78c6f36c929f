/**
 * Checks of options at the edge of the public API: a wrong value is refused when it is given,
 * with the option, the rule and the value named, and never later in a hot path.
 */
import { fail } from './errors.ts'
import { nearestName } from './nearest-name.ts'

/** Returns `value` if it is an integer in [`least`, `most`], else throws OPTION_INVALID. */
export function checkInteger(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw fail('OPTION_INVALID', { option, rule: `an integer from ${least} to ${most}`, got: describeValue(value) })
}

/** Returns `value` if it is a number in [`least`, `most`], whole or not, else throws OPTION_INVALID. */
export function checkNumber(option: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw fail('OPTION_INVALID', { option, rule: `a number from ${least} to ${most}`, got: describeValue(value) })
}

/** Returns `value` if it is one of `choices`, else throws OPTION_INVALID. */
export function checkChoice<const Choice extends string>(
  option: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  if (choices.includes(value as Choice)) return value as Choice
  throw fail('OPTION_INVALID', { option, rule: `one of ${choices.join(', ')}`, got: describeValue(value) })
}

/** Refuses what is no object, and keys that are not known, so that a misspelt option is an error and not silence. */
export function checkKnownKeys(option: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const rule = `an object with ${known.join(', ')}`
    throw fail('OPTION_INVALID', { option, rule, got: describeValue(value) })
  }
  // Inherited ones too: a signal that is given instead of options has nothing of its own.
  for (const key in value) {
    if (known.includes(key) || key in Object.prototype) continue
    const near = nearestName(key, known)
    const rule = `one of ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`
    throw fail('OPTION_INVALID', { option: `${option}.${key}`, rule, got: JSON.stringify(key) })
  }
}

function describeValue(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value)} (string)`
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object'
  return value === undefined || value === null ? String(value) : `${String(value)} (${typeof value})`
}
