/**
 * What is heard, as lines of text. Pure.
 *
 *   <alice> hello           said in the default room          -- alice joined        everything else: from the server
 *   #dev <alice> hello      in another one                    [alice] hello          to you alone
 *   * alice waves           an action                         [to alice] hello       what you said to one alone
 *
 * Only the server begins a line with `--`: whatever members send stands behind a nick, which cannot begin so.
 */
import type { Bytes } from '../../../framing/index.ts'
import { cleanText } from '../text/clean-text.ts'
import { roomKey } from '../text/room-name.ts'
import type { Gist } from '../lane/front.ts'
import type { Hearing, ModeChange, Saying, Who } from '../types.ts'
import { cleanBytes } from './clean-bytes.ts'

/** What a hearing is to the member that hears it: its own doing, aimed at it, or neither. */
export type Relation = 'own' | 'aimed' | 'other'

/** All of one line or datagram comes behind `head`, also where it has to be cut into several. */
export interface Line {
  readonly head: string
  readonly body: string
  /** In place of `body` for who can be sent bytes: a message that is no UTF-8, as it came. */
  readonly bytes?: Buffer
}

/** What everything from the server begins with. */
export const serverHead = '-- '

export function relationOf({ by, whom }: Gist, me: string | undefined): Relation {
  if (me === undefined) return 'other'
  return whom === me ? 'aimed' : by === me ? 'own' : 'other'
}

/** Names of the forms in which a hearing is shared (see `SharedForms`), made once: they are asked for each member. */
export function formNames(kind: string, room: string): Readonly<Record<Relation, string>> {
  const key = `${kind} ${room}`
  const known = names.get(key) ?? { own: `${key} own`, aimed: `${key} aimed`, other: `${key} other` }
  names.set(key, known)
  return known
}

const names = new Map<string, Readonly<Record<Relation, string>>>()

/** The line of a hearing; undefined for what plain text does not show. `room` is the default room. */
export function lineOf(hearing: Hearing, relation: Relation, room: string): Line | undefined {
  if (hearing.event === 'said') return hearing.kind === 'tags' ? undefined : lineOfSaying(hearing, relation, room)
  const body = toldOf(hearing, relation, room)
  return body === undefined ? undefined : { head: serverHead, body: cleanText(body) }
}

/** A message, for one that said it (`own`), is spoken to, or is in the room. */
export function lineOfSaying(saying: Saying, relation: Relation, room: string): Line {
  const nick = nickOf(saying.by)
  const isPrivate = !saying.to.startsWith('#')
  const place = isPrivate || roomKey(saying.to) === roomKey(room) ? '' : `${cleanText(saying.to)} `
  const body = {
    body: cleanText(saying.text),
    ...(saying.bytes === undefined ? {} : { bytes: cleanBytes(Buffer.from(saying.bytes, 'base64')) }),
  }
  if (isPrivate) {
    const whom = relation === 'own' ? `[to ${cleanText(saying.to)}]` : `[${nick}]`
    return { head: `${whom} ${marks[saying.kind] === '' ? '' : `${marks[saying.kind]} `}`, ...body }
  }
  if (saying.kind === 'action') return { head: `${place}* ${nick} `, ...body }
  return { head: `${place}<${nick}> ${saying.kind === 'notice' ? `${marks.notice} ` : ''}`, ...body }
}

/** Before the text of a private message. A notice is one that no program should answer. */
const marks = { message: '', tags: '', action: '*', notice: '(notice)' } as const

/** The line as it is sent, without an ending. */
export function lineBytes({ head, body, bytes }: Line): Bytes {
  return bytes === undefined ? head + body : Buffer.concat([Buffer.from(head), bytes])
}

/** What the server tells of everything that is no message. */
function toldOf(hearing: Exclude<Hearing, { event: 'said' }>, relation: Relation, room: string): string | undefined {
  switch (hearing.event) {
    case 'joined':
      return `${nickOf(hearing.by)} joined${inRoom(hearing.room, room)}`
    case 'parted':
      return `${nickOf(hearing.by)} left${inRoom(hearing.room, room)}${because(hearing.reason)}`
    case 'kicked':
      return relation === 'aimed'
        ? `you were kicked out of ${hearing.room} by ${nickOf(hearing.by)}${because(hearing.reason)}`
        : `${nickOf(hearing.whom)} was kicked out${ofRoom(hearing.room, room)} by ${nickOf(hearing.by)}${because(hearing.reason)}`
    case 'topic':
      return hearing.topic === ''
        ? `${nickOf(hearing.by)} took away the topic${ofRoom(hearing.room, room)}`
        : `${nickOf(hearing.by)} set the topic${ofRoom(hearing.room, room)}: ${hearing.topic}`
    case 'mode':
      return `${hearing.by === undefined ? 'the server' : nickOf(hearing.by)} set${inRoom(hearing.room, room)}: ${modesInWords(hearing.changes)}`
    case 'invited':
      return relation === 'aimed'
        ? `${nickOf(hearing.by)} asks you into ${hearing.room}: /join ${hearing.room}`
        : `${nickOf(hearing.by)} asked ${nickOf(hearing.whom)} into ${hearing.room}`
    default:
      return toldOfMember(hearing)
  }
}

type OfMember = Exclude<Hearing, { event: 'said' | 'joined' | 'parted' | 'kicked' | 'topic' | 'mode' | 'invited' }>

function toldOfMember(hearing: OfMember): string | undefined {
  switch (hearing.event) {
    case 'quit':
      return `${nickOf(hearing.by)} has gone${because(hearing.reason)}`
    case 'renamed':
      return `${nickOf(hearing.by)} is now ${hearing.nick}`
    case 'away':
      return `${nickOf(hearing.by)} is ${hearing.away === undefined ? 'back' : `away: ${hearing.away}`}`
    case 'wallops':
      return `${nickOf(hearing.by)} to all: ${hearing.text}`
    case 'ended':
      return `goodbye${because(hearing.reason)}`
    case 'account':
    case 'rehosted':
    case 'realname':
    case 'self':
      return undefined
  }
}

function nickOf(who: Who): string {
  return cleanText(who.nick)
}

function inRoom(named: string, room: string): string {
  return roomKey(named) === roomKey(room) ? '' : ` ${named}`
}

function ofRoom(named: string, room: string): string {
  return roomKey(named) === roomKey(room) ? '' : ` of ${named}`
}

function because(reason: string | undefined): string {
  return reason === undefined || reason === '' ? '' : ` (${reason})`
}

/** `+moderated, -key, +limit 20, +operator alice`. */
export function modesInWords(changes: readonly ModeChange[]): string {
  return changes
    .map(({ mode, on, value }) => `${on ? '+' : '-'}${mode}${value === undefined ? '' : ` ${value}`}`)
    .join(', ')
}
