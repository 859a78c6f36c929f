/** Commands about rooms: going in and out, and what and who is there. */
import { roomKey } from '../../text/room-name.ts'
import type { MemberInfo, Rank, RoomMember, RoomView } from '../../types.ts'
import { textBehind } from '../commands.ts'
import { inNoRoom, isRoom, roomAndRest, told, type Context, type Run } from './context.ts'

/** Names shown to who comes in; /names has all. */
export const namesShown = 20
const roomsShown = 50
const whoShown = 100

export const join: Run = async (context, [name = '', key]) => {
  const room = isRoom(name) ? name : `#${name}`
  const here = context.desk.rooms.get(roomKey(room))
  if (here !== undefined) return switchTo(context, here)
  const answer = await context.ask('join', { room, mostMembers: namesShown, ...(key === undefined ? {} : { key }) })
  return told(answer, (view) => {
    context.room = view.room
    return joinedLines(view)
  })
}

/** What is told to who has come into a room. */
export function joinedLines(view: RoomView): string[] {
  const names = view.members.slice(0, namesShown).map(nameOf).join(', ')
  const count = view.count ?? view.members.length
  const more = count > namesShown ? ` and ${count - namesShown} more: /names` : ''
  const topic = view.topic === undefined || view.topic.text === '' ? [] : [`the topic is: ${view.topic.text}`]
  return [`you are in ${view.room}, ${count} ${count === 1 ? 'member' : 'members'}: ${names}${more}`, ...topic]
}

const rankMarks: readonly (readonly [Rank, string])[] = [
  ['operator', '@'],
  ['voice', '+'],
]

/** `@alice` for an operator, `+alice` for a voice. */
function nameOf({ nick, ranks }: RoomMember): string {
  return `${rankMarks.find(([rank]) => ranks.includes(rank))?.[1] ?? ''}${nick}`
}

export const leave: Run = async (context, words, rest) => {
  const { room, taken } = roomAndRest(context, words)
  if (room === undefined) return inNoRoom
  const reason = textBehind(rest, taken)
  const answer = await context.ask('part', { room, ...(reason === '' ? {} : { reason }) })
  return told(answer, () => {
    leftRoom(context, room)
    const now = context.room === undefined ? 'you are in no room now' : `you speak in ${context.room}`
    return [`you left ${room}; ${now}`]
  })
}

/** Where the member speaks once it is no longer in a room: in another of its rooms. */
export function leftRoom(context: Context, room: string): void {
  if (context.room === undefined || roomKey(context.room) !== roomKey(room)) return
  context.room = [...context.desk.rooms].find(([key]) => key !== roomKey(room))?.[1]
}

export const room: Run = async (context, [name]) => {
  const mine = [...context.desk.rooms.values()]
  if (name === undefined) {
    if (context.room === undefined) return inNoRoom
    return [`you speak in ${context.room}; you are in ${mine.join(', ')}`]
  }
  const found = context.desk.rooms.get(roomKey(isRoom(name) ? name : `#${name}`))
  return found === undefined ? [`you are not in ${name}: /join ${name}`] : switchTo(context, found)
}

function switchTo(context: Context, to: string): string[] {
  context.room = to
  return [`you speak in ${to}`]
}

export const rooms: Run = async (context, [mask]) =>
  told(await context.ask('list', mask === undefined ? {} : { mask }), (listed) => {
    if (listed.length === 0) return ['no such rooms']
    const shown = listed.toSorted((a, b) => b.members - a.members).slice(0, roomsShown)
    const more = listed.length > roomsShown ? [`and ${listed.length - roomsShown} more: /rooms MASK`] : []
    const lines = shown.map(({ room: name, members, topic }) => {
      return `${name} ${members} ${members === 1 ? 'member' : 'members'}${topic === undefined || topic === '' ? '' : `: ${topic}`}`
    })
    return [...lines, ...more]
  })

export const names: Run = async (context, words) => {
  const { room: name } = roomAndRest(context, words)
  if (name === undefined) return inNoRoom
  return told(await context.ask('names', { room: name }), (view) => {
    if (view === undefined) return [`${name}: no such room; /rooms lists those that there are`]
    return [`${view.room}: ${view.members.map(nameOf).join(', ')}`]
  })
}

export const who: Run = async (context, words) => {
  const mask = words[0] ?? context.room
  if (mask === undefined) return inNoRoom
  return told(await context.ask('who', { mask }), (found) => {
    if (found.length === 0) return [`${mask}: nobody`]
    const lines = found.slice(0, whoShown).map(({ member }) => `${nameOf(member)} ${aboutMember(member)}`)
    return found.length > whoShown ? [...lines, `and ${found.length - whoShown} more`] : lines
  })
}

/** `over udp, account alice, away: lunch`. */
function aboutMember({ transport, account, away, isOperator }: MemberInfo): string {
  return [
    `over ${transport}`,
    ...(isOperator ? ['operator of the server'] : []),
    ...(account === undefined ? [] : [`account ${account}`]),
    ...(away === undefined ? [] : [`away: ${away}`]),
  ].join(', ')
}

export const whois: Run = async (context, [nick = '']) =>
  told(await context.ask('whois', { nick }), ({ member, rooms: places, address }) => [
    `${member.nick} is ${member.user}@${member.host}, ${aboutMember(member)}${address === undefined ? '' : `, from ${address}`}`,
    ...(places.length === 0 ? [] : [`${member.nick} is in ${places.map((place) => place.room).join(', ')}`]),
  ])

export const topic: Run = async (context, words, rest) => {
  const { room: name, taken } = roomAndRest(context, words)
  if (name === undefined) return inNoRoom
  const text = textBehind(rest, taken)
  const answer = await context.ask('topic', { room: name, ...(text === '' ? {} : { topic: text === '-' ? '' : text }) })
  return told(answer, ({ topic: now }) => [
    now === undefined || now.text === '' ? `${name} has no topic` : `the topic of ${name} is: ${now.text}`,
  ])
}

export const invite: Run = async (context, [nick = '', to = context.room]) => {
  if (to === undefined) return inNoRoom
  return told(await context.ask('invite', { room: to, nick }), ({ away }) => [
    `${nick} is asked into ${to}${away === undefined ? '' : `, but is away: ${away}`}`,
  ])
}

export const kick: Run = async (context, [nick = ''], rest) => {
  if (context.room === undefined) return inNoRoom
  const reason = textBehind(rest, 1)
  const answer = await context.ask('kick', { room: context.room, nick, ...(reason === '' ? {} : { reason }) })
  return told(answer, () => [`${nick} is out of ${context.room ?? 'the room'}`])
}
