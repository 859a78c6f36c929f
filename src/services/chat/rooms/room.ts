/** A room: its settings, lists and members with their ranks. */
import type { MemberInfo, ModeChange, ModeName, Rank, RoomMember, RoomModes, RoomView, Topic } from '../types.ts'
import { infoOf, type Member } from './member.ts'
import type { MaskRecord, RoomRecord } from './types.ts'

export const flagNames = ['moderated', 'inviteOnly', 'topicLocked', 'noOutside', 'secret'] as const
export type FlagName = (typeof flagNames)[number]
export const listNames = ['ban', 'except', 'invited', 'mute'] as const
export type ListName = (typeof listNames)[number]

/** Ranks as bits. */
export const operatorBit = 1
export const voiceBit = 2

export interface Room {
  readonly name: string
  readonly key: string
  createdMs: number
  founder: string | undefined
  topic: Topic | undefined
  readonly flags: Set<FlagName>
  password: string | undefined
  limit: number | undefined
  readonly lists: Partial<Record<ListName, MaskRecord[]>>
  /** With their ranks as bits. */
  readonly members: Map<Member, number>
}

/** A new room is as IRC's usually are: members alone speak, operators alone set its topic. */
export function newRoom(name: string, key: string, createdMs: number): Room {
  return {
    name,
    key,
    createdMs,
    founder: undefined,
    topic: undefined,
    flags: new Set(['noOutside', 'topicLocked']),
    password: undefined,
    limit: undefined,
    lists: {},
    members: new Map(),
  }
}

const ranks: readonly (readonly Rank[])[] = [[], ['operator'], ['voice'], ['operator', 'voice']]

export function ranksOf(bits: number): readonly Rank[] {
  return ranks[bits] as readonly Rank[]
}

export function bitsOf(ranks: readonly Rank[]): number {
  return (ranks.includes('operator') ? operatorBit : 0) | (ranks.includes('voice') ? voiceBit : 0)
}

/** Operators of the room and of the server moderate. */
export function mayModerate(room: Room, member: Member): boolean {
  return member.isOperator || ((room.members.get(member) ?? 0) & operatorBit) !== 0
}

/** Secret rooms are seen by their members and by operators of the server. */
export function maySee(room: Room, member: Member): boolean {
  return !room.flags.has('secret') || member.isOperator || room.members.has(member)
}

/** Invisible members are seen by themselves, by who is in the room, and by operators of the server. */
export function maySeeIn(room: Room, asker: Member, member: Member): boolean {
  return !member.isInvisible || asker.isOperator || room.members.has(asker) || asker === member
}

export function roomMember(room: Room, member: Member): RoomMember {
  const info: MemberInfo & { ranks?: readonly Rank[] } = infoOf(member)
  info.ranks = ranksOf(room.members.get(member) ?? 0)
  return info as RoomMember
}

/** With so many of its members at most. */
export function viewOf(room: Room, asker: Member, mostMembers: number = Infinity): RoomView {
  const members: RoomMember[] = []
  let count = 0
  for (const member of room.members.keys()) {
    if (!maySeeIn(room, asker, member)) continue
    if (++count <= mostMembers) members.push(roomMember(room, member))
  }
  const { name, createdMs, topic } = room
  const view = { room: name, createdMs, ...(topic && { topic }), modes: modesOf(room, asker), members }
  return count > members.length ? { ...view, count } : view
}

export function modesOf(room: Room, asker: Member, list?: ListName): RoomModes {
  const set: ModeChange[] = flagNames.filter((flag) => room.flags.has(flag)).map((mode) => ({ mode, on: true }))
  const showsKey = room.members.has(asker) || asker.isOperator
  if (room.password !== undefined) set.push({ mode: 'key', on: true, ...(showsKey && { value: room.password }) })
  if (room.limit !== undefined) set.push({ mode: 'limit', on: true, value: String(room.limit) })
  const masks = list === undefined ? undefined : [...(room.lists[list] ?? [])]
  return { room: room.name, createdMs: room.createdMs, set, ...(masks && { masks }) }
}

export function recordOf(room: Room): RoomRecord {
  const { name, createdMs, founder, topic, password, limit } = room
  return {
    room: name,
    createdMs,
    ...(founder !== undefined && { founder }),
    ...(topic && { topic }),
    ...Object.fromEntries([...room.flags].map((flag) => [flag, true])),
    ...(password !== undefined && { key: password }),
    ...(limit !== undefined && { limit }),
    ...Object.fromEntries(
      listNames.filter((list) => room.lists[list]?.length).map((list) => [list, [...(room.lists[list] ?? [])]]),
    ),
  }
}

export function fromRecord(record: RoomRecord, key: string): Room {
  const room = newRoom(record.room, key, record.createdMs)
  room.flags.clear()
  for (const flag of flagNames) if (record[flag] === true) room.flags.add(flag)
  room.founder = record.founder
  room.topic = record.topic
  room.password = record.key
  room.limit = record.limit
  for (const list of listNames) if (record[list]?.length) room.lists[list] = [...record[list]]
  return room
}

export function isListName(mode: ModeName): mode is ListName {
  return (listNames as readonly string[]).includes(mode)
}

export function isFlagName(mode: ModeName): mode is FlagName {
  return (flagNames as readonly string[]).includes(mode)
}
