/** What messages say of the names that are known, where somebody gave another one. Pure. */
import { nearestName } from '../../core/index.ts'

/** Names among which the nearest one is looked for: a batch with slices to look after has no time for more. */
const compared = 1_000
/** Of shorter names every other one is near. */
const leastLetters = 3

/** `build, test and 7 more (did you mean test?)`; `shown` are those of the names that are listed. */
export function knownText(wanted: string, names: readonly string[], shown: readonly string[]): string {
  if (names.length === 0) return 'none'
  const more = names.length - shown.length
  const all = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const isName = wanted.length >= leastLetters && !/^\d+$/.test(wanted)
  const near = isName ? nearestName(wanted, names.slice(-compared)) : undefined
  return near === undefined ? all : `${all} (did you mean ${near}?)`
}
