/** Modes as people type them: IRC's letters (`+mt-i`, `+l 20`) or whole names (`+moderated`, `-limit`). Pure. */
import type { ModeChange, ModeName } from '../../types.ts'

/** The letter of each mode. */
export const modeLetters: Readonly<Record<string, ModeName>> = {
  m: 'moderated',
  i: 'inviteOnly',
  t: 'topicLocked',
  n: 'noOutside',
  s: 'secret',
  k: 'key',
  l: 'limit',
  b: 'ban',
  e: 'except',
  I: 'invited',
  q: 'mute',
  o: 'operator',
  v: 'voice',
}

const modeNames = new Map(Object.values(modeLetters).map((name) => [name.toLowerCase(), name]))

/** Modes with a value when they are set; all but these two also when they are taken back. */
const withValue = new Set<ModeName>(['key', 'limit', 'ban', 'except', 'invited', 'mute', 'operator', 'voice'])
const withoutValueOff = new Set<ModeName>(['key', 'limit'])

export type ReadModes =
  | { readonly changes: readonly ModeChange[] }
  | { readonly unknown: string }
  | { readonly missing: ModeName }

/** Reads `+mt-i`, `+moderated`, `+o alice`; each value is the next word. A word without a sign is set. */
export function readModes(words: readonly string[]): ReadModes {
  const changes: ModeChange[] = []
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    for (const { mode, on, typed } of modesOf(word)) {
      if (mode === undefined) return { unknown: typed }
      const value = withValue.has(mode) && (on || !withoutValueOff.has(mode)) ? rest.shift() : undefined
      if (value === undefined && withValue.has(mode) && (on || !withoutValueOff.has(mode))) return { missing: mode }
      changes.push({ mode, on, ...(value === undefined ? {} : { value }) })
    }
  }
  return { changes }
}

interface TypedMode {
  readonly mode: ModeName | undefined
  readonly on: boolean
  readonly typed: string
}

function modesOf(word: string): TypedMode[] {
  const name = modeNames.get(word.replace(/^[+-]/, '').toLowerCase())
  if (name !== undefined) return [{ mode: name, on: !word.startsWith('-'), typed: word }]
  let on = true
  const found: TypedMode[] = []
  for (const letter of word) {
    if (letter === '+' || letter === '-') on = letter === '+'
    else found.push({ mode: Object.hasOwn(modeLetters, letter) ? modeLetters[letter] : undefined, on, typed: letter })
  }
  return found
}
