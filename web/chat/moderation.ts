/** Ranks, and who is kept out of a room or silent in it: by masks that another nick does not escape. */
import type { ModeChange, RoomModes } from '../../src/services/chat/types.ts'
import type { Session } from './session.ts'
import { addLine, type Talk } from './talk.ts'
import { faultText, texts } from './texts.ts'
import { dayText } from './times.ts'

type List = 'ban' | 'mute'
type MaskEntry = NonNullable<RoomModes['masks']>[number]

export async function setModes(session: Session, room: Talk, changes: readonly ModeChange[]): Promise<void> {
  const answer = await session.ask('mode', { room: room.name, changes })
  const fault = 'fault' in answer ? answer.fault : answer.ok.refused[0]
  if (fault !== undefined) session.toast(faultText(fault), { isWarning: true })
}

/** `who` is a nick or a mask. */
export async function keepOut(session: Session, room: Talk, list: List, who: string): Promise<void> {
  const masks = isMask(who) ? [who] : await masksOf(session, who)
  const changes = masks.map((value) => ({ mode: list, on: true, value }))
  await setModes(session, room, changes)
}

/** Takes off what `keepOut` put there, whichever forms it has. */
export async function letIn(session: Session, room: Talk, list: List, who: string): Promise<void> {
  if (isMask(who)) return setModes(session, room, [{ mode: list, on: false, value: who }])
  const masks = await listOf(session, room, list)
  if (masks === undefined) return
  const wanted = new Set([nickMask(who), ...(await masksOf(session, who))].map((mask) => mask.toLowerCase()))
  const named = masks.filter(({ mask }) => wanted.has(mask.toLowerCase()))
  const found = masks.filter((entry) => named.includes(entry) || named.some((other) => isPair(entry, other)))
  if (found.length === 0) return session.toast(texts.notListed(who), { isWarning: true })
  const changes = found.map(({ mask }) => ({ mode: list, on: false, value: mask }))
  await setModes(session, room, changes)
}

/** Lines of who is on the list, in the room. */
export async function showList(session: Session, room: Talk, list: List): Promise<void> {
  const masks = await listOf(session, room, list)
  if (masks === undefined) return
  if (masks.length === 0) addLine(room, texts.listEmpty)
  for (const { mask, by, atMs } of masks) addLine(room, texts.listed(mask, by, dayText(atMs)))
  session.store.changed()
}

async function listOf(session: Session, { name }: Talk, list: List) {
  const answer = await session.ask('modes', { room: name, list })
  if ('ok' in answer) return answer.ok.masks ?? []
  session.toast(faultText(answer.fault), { isWarning: true })
  return undefined
}

/** An account, and where it was then: they were put on the list together. */
function isPair(one: MaskEntry, other: MaskEntry): boolean {
  const isOfOne = one.by === other.by && one.atMs === other.atMs
  return isOfOne && one.mask.startsWith('account:') !== other.mask.startsWith('account:')
}

/** The account, which a logout escapes, and the host; of somebody on our own host, or who is not here, the nick in place of the host. */
async function masksOf(session: Session, nick: string): Promise<string[]> {
  const found = await session.ask('whois', { nick })
  if ('fault' in found) return [nickMask(nick)]
  const { account, host } = found.ok.member
  const place = host === '' || host === session.store.me?.host ? nickMask(nick) : `*!*@${host}`
  return account === undefined ? [place] : [`account:${account}`, place]
}

function isMask(text: string): boolean {
  return /[!@*?:]/.test(text)
}

function nickMask(nick: string): string {
  return `${nick}!*@*`
}
