/** Modes of rooms as IRC writes them: letters, and what each takes. `+ov alice bob`, `-k *`, `+l 20`. */
import type { ModeChange, ModeName } from '../types.ts'

/** list: a mask each, may be asked for. value: always one. set: one when it is set. flag: none. rank: a nick. */
type ModeKind = 'list' | 'value' | 'set' | 'flag' | 'rank'

/** In the order of CHANMODES: A, B, C, D, and the ranks. */
const modes: readonly (readonly [letter: string, name: ModeName, kind: ModeKind])[] = [
  ['b', 'ban', 'list'],
  ['e', 'except', 'list'],
  ['I', 'invited', 'list'],
  ['q', 'mute', 'list'],
  ['k', 'key', 'value'],
  ['l', 'limit', 'set'],
  ['i', 'inviteOnly', 'flag'],
  ['m', 'moderated', 'flag'],
  ['n', 'noOutside', 'flag'],
  ['s', 'secret', 'flag'],
  ['t', 'topicLocked', 'flag'],
  ['o', 'operator', 'rank'],
  ['v', 'voice', 'rank'],
]

const byLetter = new Map(modes.map((row) => [row[0], row]))
const letterByName = new Map(modes.map(([letter, name]) => [name, letter]))

const lettersOf = (...kinds: ModeKind[]): string =>
  modes
    .filter(([, , kind]) => kinds.includes(kind))
    .map(([letter]) => letter)
    .join('')

/** For ISUPPORT: `beIq,k,l,imnst`. */
export const chanModes: string = [lettersOf('list'), lettersOf('value'), lettersOf('set'), lettersOf('flag')].join(',')
/** For RPL_MYINFO. */
export const allModeLetters: string = lettersOf('list', 'value', 'set', 'flag', 'rank')
export const valueModeLetters: string = lettersOf('list', 'value', 'set', 'rank')
/** Of members themselves: invisible, operator, wallops. */
export const userModeLetters = 'iow'

/** Changes that one MODE may ask for. */
export const modesAtOnce = 6

export type ListMode = 'ban' | 'except' | 'invited' | 'mute'

export interface ReadModes {
  readonly changes: readonly ModeChange[]
  /** Lists to be shown: a letter of type A without a mask. */
  readonly lists: readonly ListMode[]
  /** Letters that nobody knows. */
  readonly unknown: readonly string[]
  /** Letters whose value is not there. */
  readonly incomplete: readonly string[]
}

/** Reads `+b-l` and its values; changes that take a value beyond `modesAtOnce` are left out. */
export function readModes(letters: string, values: readonly string[]): ReadModes {
  const changes: ModeChange[] = []
  const lists: ListMode[] = []
  const unknown: string[] = []
  const incomplete: string[] = []
  let on = true
  let next = 0
  let withValue = 0
  for (const letter of letters) {
    if (letter === '+' || letter === '-') {
      on = letter === '+'
      continue
    }
    const row = byLetter.get(letter)
    if (row === undefined) {
      if (!unknown.includes(letter)) unknown.push(letter)
      continue
    }
    const [, mode, kind] = row
    if (kind === 'flag' || (kind === 'set' && !on)) {
      changes.push({ mode, on })
      continue
    }
    const value = values[next++]
    if (value !== undefined && value !== '') {
      if (withValue++ < modesAtOnce) changes.push({ mode, on, value })
    } else if (kind === 'list') {
      if (!lists.includes(mode as ListMode)) lists.push(mode as ListMode)
    } else if (mode === 'key' && !on) changes.push({ mode, on })
    else if (!incomplete.includes(letter)) incomplete.push(letter)
  }
  return { changes, lists, unknown, incomplete }
}

/** Bytes of values in one line; with who and where before them they fit. */
const valueBytes = 320

/** Changes as the parameters of MODE lines, each with as much as fits: `['+o-k', 'alice', '*']`. */
export function writeModes(changes: readonly ModeChange[]): string[][] {
  const lines: string[][] = []
  let line: ModeChange[] = []
  let bytes = 0
  for (const change of changes) {
    const own = Buffer.byteLength(change.value ?? '') + 1
    if (line.length > 0 && (line.length === modesAtOnce || bytes + own > valueBytes)) {
      lines.push(writeLine(line))
      line = []
      bytes = 0
    }
    line.push(change)
    bytes += own
  }
  return line.length === 0 ? lines : [...lines, writeLine(line)]
}

function writeLine(changes: readonly ModeChange[]): string[] {
  let letters = ''
  let sign = ''
  const values: string[] = []
  for (const { mode, on, value } of changes) {
    const own = on ? '+' : '-'
    letters += (own === sign ? '' : own) + letterOf(mode)
    sign = own
    if (value !== undefined && !(mode === 'limit' && !on)) values.push(value)
    else if (mode === 'key') values.push('*')
  }
  return [letters, ...values]
}

/** What is set, in one line: `['+klnt', 'secret', '20']`. */
export function writeSetModes(set: readonly ModeChange[]): string[] {
  const letters = set.map(({ mode }) => letterOf(mode)).join('')
  const values = set.filter(({ mode }) => mode === 'key' || mode === 'limit').map(({ value }) => value ?? '*')
  return [`+${letters}`, ...values]
}

export function letterOf(mode: ModeName): string {
  return letterByName.get(mode) ?? '?'
}
