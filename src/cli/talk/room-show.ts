/** How a room's lines look: as they are in a pipe, nicks in colours on a terminal, or JSON. Pure. */
import type { RoomLine } from '../../services/chat/index.ts'
import { escapeControls } from '../output.ts'

export interface RoomShowOptions {
  readonly json: boolean
  readonly color: boolean
}

/** Six that can be read on dark and light grounds. */
const colours = [31, 32, 33, 34, 35, 36] as const

/** One line for stdout, without its ending. */
export function showRoomLine(line: RoomLine, me: string | undefined, { json, color }: RoomShowOptions): string {
  if (json) {
    const { kind, nick, room, body } = line
    const from = nick === undefined ? {} : { nick }
    return JSON.stringify({ event: 'line', kind, ...from, ...(room === undefined ? {} : { room }), text: body })
  }
  const text = escapeControls(line.kind === 'status' ? `-- ${line.text}` : line.text)
  if (!color) return text
  if (line.nick === undefined) return line.kind === 'message' ? text : `\u001b[2m${text}\u001b[22m`
  const at = text.indexOf(line.nick)
  const paint = line.nick === me ? '1' : `${colours[hashOf(line.nick) % colours.length]}`
  const end = at + line.nick.length
  return `${text.slice(0, at)}\u001b[${paint}m${line.nick}\u001b[0m${text.slice(end)}`
}

function hashOf(text: string): number {
  let hash = 7
  for (const character of text) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return hash
}

/** Columns that a text takes on a terminal: two for wide characters, none for those that combine. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text)
    columns += /\p{M}|\p{Cf}/u.test(character) ? 0 : isWide(character.codePointAt(0) ?? 0) ? 2 : 1
  return columns
}

/** East Asian wide and emoji, by their blocks. */
const wideBlocks: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
]

function isWide(point: number): boolean {
  return wideBlocks.some(([first, last]) => point >= first && point <= last)
}

/** After how many seconds a message that was refused may be said again; undefined where it was not refused. */
export function refusedFor({ kind, body }: RoomLine): number | undefined {
  if (kind !== 'server') return undefined
  const found = /^\S+.* too much too fast: (?:not said|\d+ messages not said); again in (\d+) s$/.exec(body)
  return found === null ? undefined : Number(found[1])
}
