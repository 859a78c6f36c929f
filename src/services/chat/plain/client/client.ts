/** `joinRoom`: a member of a room as an object, over UDP, TCP or a Unix socket. */
import { isUtf8 } from 'node:buffer'

import { systemClock, type Clock } from '../../../../core/index.ts'
import { isDatagram, parseAddress, resolveAddress } from '../../../../io/index.ts'
import { lineQueue, statusLine } from './line-queue.ts'
import { openStreamLink } from './stream-link.ts'
import type { LinkEvents } from './link.ts'
import { nickAfter, readRoomLine, roomsAfter, type OwnRooms, type RoomLine } from './room-line.ts'
import { openUdpLink } from './udp-link.ts'

export interface JoinRoomOptions {
  /** The nick to ask for; another one where it is taken. @default what the server gives */
  readonly nick?: string
  /** Aborting it leaves. */
  readonly signal?: AbortSignal
  /** Connects again, or comes in again, when the way to the server breaks; without it the iteration ends. @default true */
  readonly reconnect?: boolean
  /** How often the server is told that we are still there, in milliseconds. @default 20_000 */
  readonly keepAliveMs?: number
  /** How long coming in over UDP may take, in milliseconds. @default 5_000 */
  readonly joinMs?: number
  /** Lines that wait to be read at most; beyond it the oldest go, and a line says how many. @default 10_000 */
  readonly linesMost?: number
  readonly clock?: Clock
}

/** A member: iterate over it for what is heard, one's own words among it. For one reader. */
export interface RoomClient extends AsyncIterable<RoomLine>, AsyncDisposable {
  /** As the server told it last. */
  readonly nick: string | undefined
  /**
   * Says a line in the current room; what begins with `/` is a command (docs/chat.md), `//` a slash. Line ends within are blanks. Bytes that are
   * no UTF-8 are said as they are.
   */
  say(line: string | Uint8Array): Promise<void>
  /** Says nothing more: what was said is still answered, and then the iteration ends. */
  finish(): Promise<void>
  /** Leaves at once. */
  close(): Promise<void>
}

/**
 * Comes into a chat server's rooms over `udp://`, `tcp://` or `unix:`. Over UDP it proves its address (hello and cookie), and comes in again when the
 * server has forgotten it; over TCP it connects again when the connection breaks. Lines of kind `status` tell of both.
 *
 * Throws ADDRESS_INVALID, NAME_NOT_FOUND, CONNECTION_REFUSED, CONNECT_TIMEOUT, and over UDP NO_ANSWER.
 *
 * @example
 * const room = await joinRoom('udp://127.0.0.1:9060', { nick: 'alice' })
 * await room.say('hello')
 * for await (const { text } of room) console.log(text) // <alice> hello
 */
export async function joinRoom(url: string, options: JoinRoomOptions = {}): Promise<RoomClient> {
  const address = await resolveAddress(parseAddress(url))
  const queue = lineQueue(options.linesMost ?? 10_000)
  const rooms: OwnRooms = { default: undefined, others: new Set() }
  let nick: string | undefined
  let lastSaid: string | undefined
  const events: LinkEvents = {
    get nick() {
      return nick
    },
    rooms: rooms.others,
    get room() {
      return rooms.current
    },
    line(bytes) {
      const line = readRoomLine(bytes)
      nick = nickAfter(line, nick)
      roomsAfter(line, rooms)
      if (!isOurDoing(line)) queue.push(line)
      return {
        isDoubtful: line.kind === 'message' && line.body === lastSaid && nick !== undefined && line.nick !== nick,
      }
    },
    status: (text) => queue.push(statusLine(text)),
    ended: (error) => queue.end(error),
  }
  const open = isDatagram(address) ? openUdpLink : openStreamLink
  const link = await open(address, events, {
    nick: options.nick,
    reconnect: options.reconnect ?? true,
    keepAliveMs: options.keepAliveMs ?? 20_000,
    joinMs: options.joinMs ?? 5_000,
    clock: options.clock ?? systemClock,
    signal: options.signal,
  })
  return {
    get nick() {
      return nick
    },
    say(line) {
      const bytes = typeof line === 'string' ? undefined : Buffer.from(line)
      if (bytes !== undefined && !isUtf8(bytes)) return link.say(bytes.map((byte) => (isLineEnd(byte) ? 0x20 : byte)))
      lastSaid = (bytes?.toString() ?? String(line)).replace(/\r\n|[\r\n]/g, ' ')
      return link.say(lastSaid)
    },
    finish: () => link.finish(),
    close: () => link.close(),
    [Symbol.asyncIterator]: () => queue[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: () => link.close(),
  }
}

function isLineEnd(byte: number): boolean {
  return byte === 0x0a || byte === 0x0d
}

/** The answers to what the client asks for by itself. */
function isOurDoing({ kind, body }: RoomLine): boolean {
  return kind === 'server' && /^you are (sent what you say|\S+ in #\S+ already)$/.test(body)
}
