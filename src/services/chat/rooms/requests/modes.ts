/** A room's topic, modes, lists and ranks. */
import type { Fault, ModeChange, Topic } from '../../types.ts'
import { cleanText, clipText } from '../../text/clean-text.ts'
import { asMask } from '../../text/mask.ts'
import { faultOf, refuse } from '../faults.ts'
import { type Member, nameOf } from '../member.ts'
import {
  isFlagName,
  isListName,
  type ListName,
  mayModerate,
  maySee,
  modesOf,
  operatorBit,
  type Room,
  voiceBit,
} from '../room.ts'
import { type Handler, hearInRoom, type Turn } from '../turn.ts'

export const longestTopicBytes = 390
export const longestKeyBytes = 50
/** Masks of one list. */
export const mostMasks = 100
/** Changes of one request; those behind them are refused. */
export const mostChanges = 50

export const topic: Handler<'topic'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined || !maySee(room, member)) return refuse('no-such-room', ask.room)
  if (ask.topic === undefined) return { ok: room.topic === undefined ? {} : { topic: room.topic } }
  if (!room.members.has(member) && !member.isOperator) return refuse('not-in-room', room.name)
  if (room.flags.has('topicLocked') && !mayModerate(room, member)) return refuse('not-room-operator', room.name)
  const text = clipText(cleanText(ask.topic), longestTopicBytes)
  const next: Topic | undefined = text === '' ? undefined : { text, by: nameOf(member.who), atMs: turn.nowMs }
  room.topic = next
  turn.changed.add(room.name)
  hearInRoom(turn, room, { event: 'topic', room: room.name, by: member.who, topic: text, atMs: turn.nowMs })
  return { ok: next === undefined ? {} : { topic: next } }
}

export const mode: Handler<'mode'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined || !maySee(room, member)) return refuse('no-such-room', ask.room)
  if (!room.members.has(member) && !member.isOperator) return refuse('not-in-room', room.name)
  if (!mayModerate(room, member)) return refuse('not-room-operator', room.name)
  const applied: ModeChange[] = []
  const refused: Fault[] = ask.changes.slice(mostChanges).map((change) => faultOf('list-full', change.mode))
  for (const change of ask.changes.slice(0, mostChanges)) {
    const done = applyChange(turn, room, member, change)
    if (done === 'as it was') continue
    if ('fault' in done) refused.push(done.fault)
    else applied.push(done)
  }
  if (applied.length > 0) {
    if (applied.some(({ mode }) => mode !== 'operator' && mode !== 'voice')) turn.changed.add(room.name)
    hearInRoom(turn, room, { event: 'mode', room: room.name, by: member.who, changes: applied, atMs: turn.nowMs })
  }
  return { ok: { applied, refused } }
}

/** The change as it was made. */
type Applied = ModeChange | 'as it was' | { readonly fault: Fault }

function applyChange(turn: Turn, room: Room, by: Member, change: ModeChange): Applied {
  const { mode, on, value } = change
  if (isFlagName(mode)) {
    if (room.flags.has(mode) === on) return 'as it was'
    if (on) room.flags.add(mode)
    else room.flags.delete(mode)
    return { mode, on }
  }
  if (isListName(mode)) return changeList(turn, room, by, mode, on, value)
  if (mode === 'key') return changeKey(room, on, value)
  if (mode === 'limit') return changeLimit(room, on, value)
  if (mode === 'operator' || mode === 'voice') return changeRank(turn, room, mode, on, value)
  return refuse('mode-unknown', String(mode))
}

function changeKey(room: Room, on: boolean, value = ''): Applied {
  if (!on) {
    if (room.password === undefined) return 'as it was'
    room.password = undefined
    return { mode: 'key', on }
  }
  if (!/^[^\p{C}\p{Z},:][^\p{C}\p{Z},]*$/u.test(value) || Buffer.byteLength(value) > longestKeyBytes) {
    return refuse('value-bad', 'key')
  }
  if (room.password === value) return 'as it was'
  room.password = value
  return { mode: 'key', on, value }
}

function changeLimit(room: Room, on: boolean, value = ''): Applied {
  const limit = on ? Number(value) : undefined
  if (on && !/^[1-9]\d{0,8}$/.test(value)) return refuse('value-bad', 'limit')
  if (room.limit === limit) return 'as it was'
  room.limit = limit
  return on ? { mode: 'limit', on, value: String(limit) } : { mode: 'limit', on }
}

function changeList(turn: Turn, room: Room, by: Member, mode: ListName, on: boolean, value = ''): Applied {
  const mask = asMask(value)
  if (mask === undefined) return refuse('value-bad', mode)
  const list = room.lists[mode] ?? []
  const at = list.findIndex((entry) => entry.mask === mask)
  if (at >= 0 === on) return 'as it was'
  if (on && list.length >= mostMasks) return refuse('list-full', mode)
  if (on) list.push({ mask, by: nameOf(by.who), atMs: turn.nowMs })
  else list.splice(at, 1)
  if (list.length === 0) delete room.lists[mode]
  else room.lists[mode] = list
  return { mode, on, value: mask }
}

function changeRank(turn: Turn, room: Room, mode: 'operator' | 'voice', on: boolean, value = ''): Applied {
  const whom = turn.state.byNick(value)
  if (whom === undefined) return refuse('no-such-nick', value)
  const bits = room.members.get(whom)
  if (bits === undefined) return refuse('they-are-not-in-room', whom.who.nick)
  const bit = mode === 'operator' ? operatorBit : voiceBit
  const next = on ? bits | bit : bits & ~bit
  if (next === bits) return 'as it was'
  room.members.set(whom, next)
  return { mode, on, value: whom.who.nick }
}

/** Who made exceptions, and for whom, is for those who moderate. */
export const modes: Handler<'modes'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined || !maySee(room, member)) return refuse('no-such-room', ask.room)
  if (ask.list !== undefined && !isListName(ask.list)) return refuse('mode-unknown', ask.list)
  const isPrivate = ask.list === 'except' || ask.list === 'invited'
  if (isPrivate && !mayModerate(room, member)) return refuse('not-room-operator', room.name)
  return { ok: modesOf(room, member, ask.list) }
}
