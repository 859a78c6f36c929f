/** Commands that change what a room is, and what its members may do in it. */
import { modesInWords } from '../render.ts'
import { faultInWords } from '../faults.ts'
import type { ModeChange, RoomModes } from '../../types.ts'

type MaskEntry = NonNullable<RoomModes['masks']>[number]
import { textBehind } from '../commands.ts'
import { inNoRoom, roomAndRest, told, type Context, type Outcome, type Run } from './context.ts'
import { modeLetters, readModes } from './mode-words.ts'

async function change(context: Context, changes: readonly ModeChange[], where = context.room): Promise<Outcome> {
  if (where === undefined) return inNoRoom
  return told(await context.ask('mode', { room: where, changes }), ({ applied, refused }) => [
    ...(applied.length === 0 ? [] : [`${where}: ${modesInWords(applied)}`]),
    ...(applied.length === 0 && refused.length === 0 ? [`${where} is so already`] : []),
    ...refused.map((fault) => faultInWords(fault)),
  ])
}

/** A command that gives a rank or takes it. */
function rank(mode: 'operator' | 'voice', on: boolean): Run {
  return (context, [nick = '']) => change(context, [{ mode, on, value: nick }])
}

export const op: Run = rank('operator', true)
export const deop: Run = rank('operator', false)
export const voice: Run = rank('voice', true)
export const devoice: Run = rank('voice', false)

export const key: Run = (context, [word]) =>
  change(context, [
    word === undefined || word === '-' ? { mode: 'key', on: false } : { mode: 'key', on: true, value: word },
  ])

export const limit: Run = (context, [count]) =>
  change(context, [
    count === undefined || count === '-' ? { mode: 'limit', on: false } : { mode: 'limit', on: true, value: count },
  ])

/** A command that puts somebody on a list of masks; alone it shows the list. */
function keepOut(mode: 'ban' | 'mute'): Run {
  return async (context, [whom]) => {
    if (context.room === undefined) return inNoRoom
    if (whom === undefined) return listOf(context, context.room, mode)
    const masks = isMask(whom) ? [whom] : await masksOf(context, whom)
    return change(
      context,
      masks.map((value) => ({ mode, on: true, value })),
    )
  }
}

/** Takes off the list what `keepOut` put there for a nick, whichever forms it has, or the mask itself. */
function letIn(mode: 'ban' | 'mute'): Run {
  return async (context, [whom = '']) => {
    if (context.room === undefined) return inNoRoom
    if (isMask(whom)) return change(context, [{ mode, on: false, value: whom }])
    const listed = await context.ask('modes', { room: context.room, list: mode })
    if ('fault' in listed) return listed.fault
    const wanted = new Set([nickMask(whom), ...(await masksOf(context, whom))].map((mask) => mask.toLowerCase()))
    const { masks = [] } = listed.ok
    const named = masks.filter(({ mask }) => wanted.has(mask.toLowerCase()))
    const found = masks.filter((entry) => named.includes(entry) || named.some((other) => isPair(entry, other)))
    if (found.length === 0) return [`${whom} is not on the list; /${mode} shows it`]
    return change(
      context,
      found.map(({ mask }) => ({ mode, on: false, value: mask })),
    )
  }
}

export const ban: Run = keepOut('ban')
export const unban: Run = letIn('ban')
export const mute: Run = keepOut('mute')
export const unmute: Run = letIn('mute')

function isMask(text: string): boolean {
  return /[!@*?:]/.test(text)
}

function nickMask(nick: string): string {
  return `${nick}!*@*`
}

/** An account, and where it was then: they were put on the list together. */
function isPair(one: MaskEntry, other: MaskEntry): boolean {
  const isOfOne = one.by === other.by && one.atMs === other.atMs
  return isOfOne && one.mask.startsWith('account:') !== other.mask.startsWith('account:')
}

/**
 * Masks that neither another nick nor a logout escapes: the account, and the host. Of somebody who shares our own host (a room on one
 * machine), or who is not here, the nick in place of the host.
 */
async function masksOf(context: Context, nick: string): Promise<string[]> {
  const found = await context.ask('whois', { nick })
  if ('fault' in found) return [nickMask(nick)]
  const { account, host } = found.ok.member
  const place = host === '' || host === context.desk.me?.host ? nickMask(nick) : `*!*@${host}`
  return account === undefined ? [place] : [`account:${account}`, place]
}

async function listOf(context: Context, room: string, list: 'ban' | 'mute'): Promise<Outcome> {
  return told(await context.ask('modes', { room, list }), ({ masks = [] }) =>
    masks.length === 0
      ? [`${room}: nobody`]
      : masks.map(({ mask, by, atMs }) => `${mask} by ${by}, ${new Date(atMs).toISOString().slice(0, 10)}`),
  )
}

export const mode: Run = async (context, words, rest) => {
  const { room, taken } = roomAndRest(context, words)
  if (room === undefined) return inNoRoom
  if (words.length === taken) return told(await context.ask('modes', { room }), modeLines)
  const changes = readModes(textBehind(rest, taken).split(/\s+/))
  if ('unknown' in changes) return [`there is no mode ${changes.unknown}; ${modeList}`]
  if ('missing' in changes) return [`the mode ${changes.missing} needs a value`]
  return change(context, changes.changes, room)
}

const modeList: string = Object.entries(modeLetters)
  .map(([letter, name]) => `${name} ${letter}`)
  .join(', ')

function modeLines({ room, set, createdMs }: RoomModes): string[] {
  const made = `made ${new Date(createdMs).toISOString().slice(0, 10)}`
  return [`${room}: ${set.length === 0 ? 'no modes' : modesInWords(set)}; ${made}`]
}
