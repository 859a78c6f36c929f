/** Rooms: JOIN, PART, TOPIC, NAMES, LIST, INVITE, KICK. */
import type { ListedRoom, RoomMember, RoomView } from '../../types.ts'
import { longestTopicBytes } from '../../rooms/requests/modes.ts'
import { reasonBytes } from '../isupport.ts'
import type { Session } from '../session.ts'
import { type IrcMessage, sourceOf } from '../wire/message.ts'
import { packWords } from '../wire/pack.ts'
import { type Command, isRoom, listOf, targetsOf } from './command.ts'
import { foldCase } from '../../text/fold.ts'
import { matchesMask } from '../../text/mask.ts'
import { roomKey } from '../../text/room-name.ts'
import { clipText } from '../../text/clean-text.ts'

/** Rooms whose members NAMES without a room shows. */
const namesMost = 20
/** Lines that leave in one piece, before the client must have read some. */
const pieceLines = 200

async function join(session: Session, message: IrcMessage): Promise<void> {
  const [names, keys = ''] = message.params
  if (names === '0') return leaveAll(session)
  let isFull = false
  for (const [room, key] of roomsWithKeys(names, keys)) {
    if (isFull) {
      if (!session.desk.rooms.has(roomKey(room))) session.reply('ERR_TOOMANYCHANNELS', [room])
      continue
    }
    const answer = await session.ask('join', { room, ...(key !== '' && { key }) })
    isFull = 'fault' in answer && answer.fault.code === 'too-many-rooms'
    if ('ok' in answer) await welcomeTo(session, answer.ok)
    else if (answer.fault.code !== 'already-in-room') session.refuse(answer.fault, { command: 'JOIN', room })
  }
}

/** Rooms, each once, with the keys in their places; '' for none. */
function roomsWithKeys(names: string | undefined, keys: string): [room: string, key: string][] {
  const keyList = keys.split(',')
  const found = new Map<string, string>()
  for (const [index, room] of (names ?? '').split(',').entries())
    if (room !== '' && !found.has(room)) found.set(room, keyList[index] ?? '')
  return [...found]
}

async function leaveAll(session: Session): Promise<void> {
  for (const room of Array.from(session.desk.rooms.values()))
    await session.get('part', { room }, { command: 'PART', room })
}

/** After the JOIN itself, which everybody in the room hears: the topic, and who is there. */
export async function welcomeTo(session: Session, view: RoomView): Promise<void> {
  if (view.topic !== undefined) sendTopic(session, view)
  await sendNames(session, view)
}

function sendTopic(session: Session, { room, topic }: Pick<RoomView, 'room' | 'topic'>): void {
  if (topic === undefined) return session.reply('RPL_NOTOPIC', [room])
  session.reply('RPL_TOPIC', [room], topic.text)
  session.reply('RPL_TOPICWHOTIME', [room, topic.by, String(Math.floor(topic.atMs / 1_000))])
}

async function sendNames(session: Session, view: RoomView): Promise<void> {
  const symbol = view.modes.set.some(({ mode }) => mode === 'secret') ? '@' : '='
  const head = `:${session.server} 353 ${session.client} ${symbol} ${view.room} :`
  const words = view.members.map((member) => nameOf(session, member))
  await inPieces(session, packWords(Buffer.byteLength(head), words), (group) =>
    session.reply('RPL_NAMREPLY', [symbol, view.room], group),
  )
  session.reply('RPL_ENDOFNAMES', [view.room])
}

function nameOf(session: Session, member: RoomMember): string {
  return prefixOf(session, member) + (session.has('userhost-in-names') ? sourceOf(member) : member.nick)
}

/** `@`, `+`, or both where the client understands that. */
export function prefixOf(session: Session, member: Pick<RoomMember, 'ranks'>): string {
  const all = `${member.ranks.includes('operator') ? '@' : ''}${member.ranks.includes('voice') ? '+' : ''}`
  return session.has('multi-prefix') ? all : all.slice(0, 1)
}

async function part(session: Session, message: IrcMessage): Promise<void> {
  const [names, reason] = message.params
  for (const room of listOf(names)) {
    const said = reason === undefined || reason === '' ? {} : { reason: clipText(reason, reasonBytes) }
    await session.get('part', { room, ...said }, { command: 'PART', room })
  }
}

async function topic(session: Session, message: IrcMessage): Promise<void> {
  const [room = '', text] = message.params
  const ask = text === undefined ? { room } : { room, topic: clipText(text, longestTopicBytes) }
  const answer = await session.get('topic', ask, { command: 'TOPIC', room })
  if (answer !== undefined && text === undefined) sendTopic(session, { room: asWritten(session, room), ...answer })
}

/** The room as it is written, where the client is in it. */
function asWritten(session: Session, room: string): string {
  return session.desk.rooms.get(roomKey(room)) ?? room
}

async function names(session: Session, message: IrcMessage): Promise<void> {
  const given = message.params[0]
  const asked = given === undefined || given === '*' ? await visibleRooms(session) : targetsOf(session, message, given)
  for (const room of asked) {
    const view = await session.get('names', { room }, { command: 'NAMES', room })
    if (view === undefined) session.reply('RPL_ENDOFNAMES', [room])
    else await sendNames(session, view)
    if (!(await session.desk.peer.drained())) return
  }
  if (given === undefined || given === '*') session.reply('RPL_ENDOFNAMES', ['*'])
}

async function visibleRooms(session: Session): Promise<string[]> {
  const rooms = await session.get('list', {}, { command: 'NAMES' })
  return (rooms ?? []).slice(0, namesMost).map(({ room }) => room)
}

/** What LIST may be narrowed by (ELIST=CMNU). */
interface ListFilter {
  rooms: string[]
  /** One of these; folded. */
  masks: string[]
  notMasks: string[]
  membersAtLeast?: number
  membersAtMost?: number
  createdBeforeMs?: number
  createdAfterMs?: number
}

/** `#a,#b`, `*chat*`, `!*bot*`, `>3`, `<10`, `C>60` (made more than 60 minutes ago), `C<60`. */
export function readListFilter(params: readonly string[], nowMs: number): ListFilter {
  const filter: ListFilter = { rooms: [], masks: [], notMasks: [] }
  for (const word of params.flatMap((param) => listOf(param))) {
    const condition = /^([CT]?)([<>])(\d{1,9})$/i.exec(word)
    if (condition !== null) addCondition(filter, condition, nowMs)
    else if (word.startsWith('!')) filter.notMasks.push(foldCase(word.slice(1)))
    else if (/[*?]/.test(word)) filter.masks.push(foldCase(word))
    else filter.rooms.push(word)
  }
  return filter
}

function addCondition(filter: ListFilter, [, kind = '', sign, digits]: RegExpExecArray, nowMs: number): void {
  const count = Number(digits)
  if (kind === '') {
    if (sign === '>') filter.membersAtLeast = count + 1
    else filter.membersAtMost = count - 1
  } else if (kind.toUpperCase() === 'C') {
    if (sign === '>') filter.createdBeforeMs = nowMs - count * 60_000
    else filter.createdAfterMs = nowMs - count * 60_000
  }
}

async function list(session: Session, message: IrcMessage): Promise<void> {
  const filter = readListFilter(message.params, session.desk.clock.wallMs())
  const { rooms, masks, membersAtLeast, membersAtMost } = filter
  const found = await session.get(
    'list',
    {
      ...(rooms.length > 0 && { rooms }),
      ...(masks.length === 1 && { mask: masks[0] as string }),
      ...(membersAtLeast !== undefined && { membersAtLeast }),
      ...(membersAtMost !== undefined && { membersAtMost }),
    },
    { command: 'LIST' },
  )
  if (found === undefined) return
  session.reply('RPL_LISTSTART', ['Channel'])
  await inPieces(
    session,
    found.filter((room) => isWanted(filter, room)),
    (room) => session.reply('RPL_LIST', [room.room, String(room.members)], room.topic ?? ''),
  )
  session.reply('RPL_LISTEND')
}

function isWanted(filter: ListFilter, room: ListedRoom): boolean {
  if (filter.createdBeforeMs !== undefined && room.createdMs > filter.createdBeforeMs) return false
  if (filter.createdAfterMs !== undefined && room.createdMs < filter.createdAfterMs) return false
  const name = foldCase(room.room)
  if (filter.masks.length > 1 && !filter.masks.some((mask) => matchesMask(mask, name))) return false
  return !filter.notMasks.some((mask) => matchesMask(mask, name))
}

/** Sends a long list in pieces, each once the client has read the one before. */
export async function inPieces<Item>(
  session: Session,
  items: readonly Item[],
  send: (item: Item) => void,
): Promise<void> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % pieceLines === 0 && !(await session.desk.peer.drained())) return
    send(item)
  }
}

async function invite(session: Session, message: IrcMessage): Promise<void> {
  const [nick = '', room = ''] = message.params
  const answer = await session.get('invite', { room, nick }, { command: 'INVITE', room, nick })
  if (answer === undefined) return
  session.reply('RPL_INVITING', [nick, asWritten(session, room)])
  if (answer.away !== undefined) session.reply('RPL_AWAY', [nick], answer.away)
}

async function kick(session: Session, message: IrcMessage): Promise<void> {
  const [room = '', nicks, reason = ''] = message.params
  if (!isRoom(room)) return session.reply('ERR_NOSUCHCHANNEL', [room])
  const said = reason === '' ? {} : { reason: clipText(reason, reasonBytes) }
  for (const nick of targetsOf(session, message, nicks)) {
    await session.get('kick', { room, nick, ...said }, { command: 'KICK', room, nick })
  }
}

export const roomCommands: readonly Command[] = [
  { name: 'JOIN', least: 1, cost: 1, run: join },
  { name: 'PART', least: 1, cost: 1, run: part },
  { name: 'TOPIC', least: 1, cost: 1, run: topic },
  { name: 'NAMES', least: 0, cost: 3, run: names },
  { name: 'LIST', least: 0, cost: 10, run: list },
  { name: 'INVITE', least: 2, cost: 2, run: invite },
  { name: 'KICK', least: 2, cost: 1, run: kick },
]
