/**
 * The one command language of plain text: what people type over UDP, over TCP lines and in `lanework talk --room`. Pure.
 *
 *   hello              said in the current room
 *   /me waves          a command
 *   //etc/hosts        said, as `/etc/hosts`
 */
import { nearestName } from '../../../core/index.ts'

export type CommandName =
  | 'help'
  | 'nick'
  | 'join'
  | 'leave'
  | 'room'
  | 'rooms'
  | 'who'
  | 'names'
  | 'whois'
  | 'topic'
  | 'msg'
  | 'me'
  | 'away'
  | 'back'
  | 'history'
  | 'invite'
  | 'kick'
  | 'ban'
  | 'unban'
  | 'mute'
  | 'unmute'
  | 'op'
  | 'deop'
  | 'voice'
  | 'devoice'
  | 'key'
  | 'limit'
  | 'mode'
  | 'echo'
  | 'alive'
  | 'login'
  | 'logout'
  | 'register'
  | 'oper'
  | 'kill'
  | 'quit'

export interface CommandRow {
  readonly name: CommandName
  readonly aliases: readonly string[]
  /** What stands behind the name; brackets around what may be left out. */
  readonly takes: string
  readonly summary: string
  /** Words that it needs. */
  readonly least: number
}

/** What a line means. `rest` is all behind the command's name as it was typed; `words` the same, cut at blanks. */
export type Input =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'command'; readonly name: CommandName; readonly words: readonly string[]; readonly rest: string }
  | { readonly kind: 'misused'; readonly row: CommandRow }
  | { readonly kind: 'unknown'; readonly typed: string; readonly nearest: string | undefined }

function row(name: CommandName, takes: string, summary: string, aliases: readonly string[] = []): CommandRow {
  return { name, aliases, takes, summary, least: wordsNeeded(takes) }
}

/** `A or B` is one word to type, and what stands in brackets none. */
function wordsNeeded(takes: string): number {
  const needed = takes.replace(/\[[^\]]*\]/g, '').replace(/ or \S+/g, '')
  return needed.match(/\S+/g)?.length ?? 0
}

/** Every command, in the order of `/help`. */
export const commandTable: readonly CommandRow[] = [
  row('help', '[COMMAND]', 'this list, or one command', ['?']),
  row('nick', 'NAME', 'your name from now on'),
  row('join', '#ROOM [KEY]', 'go into a room, and speak there; makes it if there is none', ['j']),
  row('leave', '[#ROOM] [REASON]', 'leave the room', ['part']),
  row('room', '[#ROOM]', 'the room in which you speak from now on; alone: where you are', ['switch']),
  row('rooms', '[MASK]', 'rooms that there are', ['list']),
  row('who', '[#ROOM]', 'who is in the room, in full'),
  row('names', '[#ROOM]', 'who is in the room, by name'),
  row('whois', 'NICK', 'what is known of somebody'),
  row('topic', '[#ROOM] [TEXT]', 'shows the topic, or sets it; - takes it away'),
  row('msg', 'NICK TEXT', 'to one member alone', ['tell', 'w', 'query']),
  row('me', 'TEXT', 'says what you do: * alice waves', ['action']),
  row('away', '[TEXT]', 'tells who writes to you that you are not here'),
  row('back', '', 'you are here again'),
  row('history', '[N] [#ROOM or NICK]', 'the last messages; 10 of the current room by default', ['h']),
  row('invite', 'NICK [#ROOM]', 'asks somebody into a room'),
  row('kick', 'NICK [REASON]', 'out of the current room'),
  row('ban', '[NICK or MASK]', 'may not come in or speak; alone: who is banned'),
  row('unban', 'NICK or MASK', 'takes the ban back'),
  row('mute', '[NICK or MASK]', 'may stay and not speak; alone: who is muted', ['quiet']),
  row('unmute', 'NICK or MASK', 'may speak again', ['unquiet']),
  row('op', 'NICK', 'makes somebody an operator of the room'),
  row('deop', 'NICK', 'takes that back'),
  row('voice', 'NICK', 'lets somebody speak in a moderated room'),
  row('devoice', 'NICK', 'takes that back'),
  row('key', '[WORD]', 'the password of the room; alone: none any more'),
  row('limit', '[N]', 'members at most; alone: no limit any more'),
  row('mode', '[#ROOM] [+-MODES VALUES]', 'shows or sets what the room is: +m, +moderated, -i, +l 20'),
  row('echo', '[on or off]', 'whether you are sent what you say yourself'),
  row('alive', '', 'nothing but a sign that you are there; not answered'),
  row('login', 'ACCOUNT PASSWORD', 'to be known by your account'),
  row('logout', '', 'no longer to be'),
  row('register', 'ACCOUNT PASSWORD', 'makes an account, where the server allows it'),
  row('oper', 'NAME PASSWORD', 'to be an operator of the server'),
  row('kill', 'NICK [REASON]', "ends somebody's stay; for operators of the server"),
  row('quit', '[REASON]', 'goodbye', ['exit', 'bye']),
]

const byName = new Map(commandTable.flatMap((entry) => [entry.name, ...entry.aliases].map((name) => [name, entry])))

/** The command of that name or alias, in any case, with or without its slash. */
export function commandNamed(name: string): CommandRow | undefined {
  return byName.get(name.replace(/^\//, '').toLowerCase())
}

/** What a line without its ending means. */
export function readInput(line: string): Input {
  if (line.trim() === '') return { kind: 'nothing' }
  if (!line.startsWith('/')) return { kind: 'say', text: line }
  if (line.startsWith('//')) return { kind: 'say', text: line.slice(1) }
  const [, typed = '', rest = ''] = /^\/(\S*)\s*(.*?)\s*$/s.exec(line) ?? []
  const found = commandNamed(typed)
  if (found === undefined)
    return { kind: 'unknown', typed, nearest: nearestName(typed.toLowerCase(), [...byName.keys()]) }
  const words = rest === '' ? [] : rest.split(/\s+/)
  if (words.length < found.least) return { kind: 'misused', row: found }
  return { kind: 'command', name: found.name, words, rest }
}

/** The text behind the first `count` words, with its inner blanks as typed. */
export function textBehind(rest: string, count: number): string {
  let text = rest
  for (let word = 0; word < count; word++) text = text.replace(/^\S+\s*/, '')
  return text
}

/** One line of help. */
export function helpLine({ name, takes, aliases, summary }: CommandRow): string {
  const also = aliases.length === 0 ? '' : ` (also ${aliases.map((alias) => `/${alias}`).join(', ')})`
  return `${`/${name} ${takes}`.trimEnd().padEnd(26)} ${summary}${also}`
}

/** What /help shows. */
export function helpLines(): string[] {
  return [
    'What you type is said in the current room; // begins a text with a slash. Commands:',
    ...commandTable.map(helpLine),
  ]
}
