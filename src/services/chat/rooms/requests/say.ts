/** Speaking: to a room or to a member, in text or in bytes that are none. */
import type { Answer, Fault, Said, Say, Saying } from '../../types.ts'
import { describeBytes } from '../../text/bad-text.ts'
import { cleanText, hasFormatting } from '../../text/clean-text.ts'
import { isRoomName } from '../../text/room-name.ts'
import { refuse } from '../faults.ts'
import { identityOf, type Member } from '../member.ts'
import { maySee } from '../room.ts'
import { checkSpeech } from '../speech.ts'
import { type Handler, hearAlone, hearInRoom, type Turn } from '../turn.ts'

/** Of client-only tags, names and values together (message-tags of IRCv3 lets clients send so much). */
export const longestTagsBytes = 4_094

/** The words of a message as they are heard. */
type Content = Pick<Saying, 'text' | 'bytes' | 'tags' | 'formatted'>

export const say: Handler<'say'> = (turn, member, ask) => {
  const content = contentOf(ask, turn.state.settings.textBytes)
  if ('fault' in content) return content
  return isRoomName(ask.to) ? sayInRoom(turn, member, ask, content) : sayToMember(turn, member, ask, content)
}

function sayInRoom(turn: Turn, member: Member, ask: Say, content: Content): Answer<Said> {
  const room = turn.state.room(ask.to)
  if (room === undefined) return refuse('no-such-room', ask.to)
  const fault = checkSpeech(room, member)
  if (fault !== undefined) return maySee(room, member) ? { fault } : refuse('no-such-room', ask.to)
  const saying = asSaying(turn, member, room.name, ask, content)
  if (ask.kind !== 'tags' && member.rooms.has(room)) member.latest = room
  hearInRoom(turn, room, { event: 'said', ...saying })
  if (ask.kind !== 'tags') turn.stored.push({ key: room.key, saying })
  return { ok: { id: saying.id, atMs: saying.atMs, to: room.name } }
}

function sayToMember(turn: Turn, member: Member, ask: Say, content: Content): Answer<Said> {
  const receiver = turn.state.byNick(ask.to)
  if (receiver === undefined) return refuse('no-such-nick', ask.to)
  const saying = asSaying(turn, member, receiver.who.nick, ask, content)
  hearAlone(turn, [receiver, member], { event: 'said', ...saying })
  if (ask.kind !== 'tags') {
    turn.stored.push({ key: pairKey(identityOf(member), identityOf(receiver)), saying })
  }
  const said = { id: saying.id, atMs: saying.atMs, to: receiver.who.nick }
  return { ok: receiver.away === undefined ? said : { ...said, away: receiver.away } }
}

/** Key of the private messages of two: by account, else by nick, whoever wrote. Rooms' keys begin with `#`. */
export function pairKey(one: string, other: string): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`
}

function asSaying(turn: Turn, member: Member, to: string, { kind }: Say, content: Content): Saying {
  const { nowMs, state } = turn
  if (kind !== 'tags') member.activeMs = nowMs
  const id = state.ids.next(nowMs)
  return { id, atMs: Math.max(nowMs, state.ids.lastMs), by: member.who, to, kind, ...content }
}

/** What is said, clean; `bytes` remain only where they are no UTF-8. */
function contentOf(ask: Say, limitBytes: number): Content | { readonly fault: Fault } {
  const tags = tagsOf(ask.tags)
  if (tags !== undefined && 'fault' in tags) return tags
  if (ask.kind === 'tags') return tags === undefined ? refuse('text-missing') : { text: '', ...tags }
  const bytes = ask.bytes === undefined ? undefined : Buffer.from(ask.bytes, 'base64')
  const given = bytes === undefined ? (ask.text ?? '') : describeBytes(bytes)
  if ((bytes?.length ?? Buffer.byteLength(given)) > limitBytes) return refuse('text-too-long')
  const text = cleanText(given)
  if (text.trim() === '') return refuse('text-missing')
  const shown = cleanText(given, { formatting: true })
  return {
    text,
    ...(bytes !== undefined && given !== bytes.toString() && { bytes: bytes.toString('base64') }),
    ...(hasFormatting(shown) && { formatted: shown }),
    ...tags,
  }
}

/** Client-only tags, or undefined where there are none. */
function tagsOf(tags: Say['tags']): { readonly tags: Record<string, string> } | { readonly fault: Fault } | undefined {
  if (tags === undefined) return undefined
  let bytes = 0
  const kept: [string, string][] = []
  for (const [name, value] of Object.entries(tags)) {
    if (!/^\+[A-Za-z0-9./-]+$/.test(name) || typeof value !== 'string') return refuse('value-bad', name)
    kept.push([name, value.toWellFormed().replaceAll('\0', '')])
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 2
  }
  if (bytes > longestTagsBytes) return refuse('text-too-long')
  return kept.length === 0 ? undefined : { tags: Object.fromEntries(kept) }
}
