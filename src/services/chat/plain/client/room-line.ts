/** What a line of the room says, read back: who said what to whom. The counterpart of render.ts. Pure. */
import { isUtf8 } from 'node:buffer'

import { cleanText } from '../../text/clean-text.ts'
import { describeBytes } from '../../text/bad-text.ts'

export interface RoomLine {
  /**
   * message: said in a room. action: what somebody does. private: to us alone, or what we said to one alone. server: everything that is
   * told. status: not from the server, but about the way to it: lost, back.
   */
  readonly kind: 'message' | 'action' | 'private' | 'server' | 'status'
  /** The whole line, without control characters; bytes that are no UTF-8 as `\xNN`. */
  readonly text: string
  /** Who said it; of a private message that is our own, to whom. */
  readonly nick?: string
  /** Where, if not in the server's default room. */
  readonly room?: string
  /** What was said, without the rest. */
  readonly body: string
}

const forms: readonly (readonly [RoomLine['kind'], RegExp])[] = [
  ['message', /^(?:(?<room>#\S*) )?<(?<nick>\S+)> (?<body>.*)$/],
  ['action', /^(?:(?<room>#\S*) )?\* (?<nick>\S+) (?<body>.*)$/],
  ['private', /^\[(?:to )?(?<nick>\S+)\] (?<body>.*)$/],
]

/** Reads one line without its ending. */
export function readRoomLine(bytes: Buffer): RoomLine {
  const text = cleanText(isUtf8(bytes) ? bytes.toString() : describeBytes(bytes))
  if (text.startsWith('-- ')) return { kind: 'server', text, body: text.slice(3) }
  for (const [kind, form] of forms) {
    const { nick, room, body = '' } = form.exec(text)?.groups ?? {}
    if (nick !== undefined) return { kind, text, nick, body, ...(room === undefined ? {} : { room }) }
  }
  // A server of another kind, as the ten-line one, that hands on what it gets.
  return { kind: 'message', text, body: text }
}

/** The lines of a datagram: the server puts several of its own together, members' words come alone. */
export function linesOfDatagram(datagram: Buffer): Buffer[] {
  if (datagram.subarray(0, 3).toString('latin1') !== '-- ') return [datagram]
  const lines: Buffer[] = []
  let start = 0
  for (let end = datagram.indexOf(0x0a); end >= 0; end = datagram.indexOf(0x0a, start)) {
    lines.push(datagram.subarray(start, end))
    start = end + 1
  }
  return [...lines, datagram.subarray(start)]
}

/** Our nick after a line of the server's. */
export function nickAfter(line: RoomLine, nick: string | undefined): string | undefined {
  if (line.kind !== 'server') return nick
  const told = /^(?:welcome to \S+: )?you are (\S+?)(?:;| now$| in #\S+ already$)/.exec(line.body)
  if (told?.[1] !== undefined) return told[1]
  const renamed = /^(\S+) is now (\S+)$/.exec(line.body)
  return renamed !== null && renamed[1] === nick ? renamed[2] : nick
}

/** Rooms that we are in besides the default one, which is where we are first; kept up with what the server tells. */
export interface OwnRooms {
  default: string | undefined
  readonly others: Set<string>
  /** Where we speak, as far as it is known. */
  current?: string | undefined
}

export function roomsAfter(line: RoomLine, rooms: OwnRooms): void {
  if (line.kind !== 'server') return
  const joined = /^you are in (#\S+), \d+ members?: /.exec(line.body)?.[1]
  const left = /^(?:you left (#\S+); |you were kicked out of (#\S+) by )/.exec(line.body)
  if (joined !== undefined) rooms.default ??= joined
  const now = joined ?? /^(?:you left #\S+; )?you speak in (#[^\s;]+)/.exec(line.body)?.[1]
  if (now !== undefined) rooms.current = now
  if (joined !== undefined && joined !== rooms.default) rooms.others.add(joined)
  if (left === null) return
  const gone = left[1] ?? left[2] ?? ''
  rooms.others.delete(gone)
  if (rooms.current === gone) rooms.current = rooms.default
}
