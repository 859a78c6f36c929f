/** Tab completes names: of members where a word begins like one, of commands after a slash. Again: the next that fits. */
import { commands } from './commands.ts'
import type { Talk } from './talk.ts'

export interface Completion {
  readonly text: string
  readonly caret: number
  readonly name: string
}

interface Running {
  readonly start: number
  readonly names: readonly string[]
  readonly tail: string
  index: number
  caret: number
}

export interface Completer {
  /** What the field becomes, or undefined where nothing fits: then Tab goes on to the next field. */
  next(text: string, caret: number, talk: Talk | undefined): Completion | undefined
  reset(): void
}

export function completer(): Completer {
  let running: Running | undefined
  return {
    reset() {
      running = undefined
    },
    next(text, caret, talk) {
      if (running?.caret !== caret) running = begin(text, caret, talk)
      if (running === undefined) return undefined
      const { start, names, index, tail } = running
      const name = names[index] as string
      const ending = start > 0 || name.startsWith('/') || name.startsWith('#') ? ' ' : ': '
      const before = text.slice(0, start) + name + ending
      running.index = (index + 1) % names.length
      running.caret = before.length
      // With one name to choose from Tab has done what it can.
      if (names.length === 1) running = undefined
      return { text: before + tail, caret: before.length, name }
    },
  }
}

function begin(text: string, caret: number, talk: Talk | undefined): Running | undefined {
  const start = text.slice(0, caret).search(/\S+$/)
  if (start === -1) return undefined
  const word = text.slice(start, caret).toLowerCase()
  const at = word.startsWith('@') ? word.slice(1) : word
  const known = word.startsWith('/') && start === 0 ? commands.map(({ name }) => `/${name}`) : recentNames(talk)
  const names = known.filter((name) => at !== '' && name.toLowerCase().startsWith(at))
  return names.length === 0 ? undefined : { start, names, tail: text.slice(caret), index: 0, caret }
}

/** Who spoke last comes first. */
function recentNames(talk: Talk | undefined): string[] {
  if (talk === undefined) return []
  const spoke = talk.items.slice(-200).flatMap((item) => (item.type === 'message' && !item.isOwn ? [item.by.nick] : []))
  const members = [...talk.members.values()].map(({ nick }) => nick)
  const here = new Set(talk.kind === 'private' ? [talk.name] : members)
  return [...new Set([...spoke.reverse().filter((nick) => here.has(nick)), ...[...here].sort()])]
}
