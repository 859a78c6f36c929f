/** MODE, of rooms and of the member itself. */
import type { Fault, ModeChange } from '../../types.ts'
import { letterOf, type ListMode, readModes, writeSetModes } from '../modes.ts'
import { lettersOf } from '../own-modes.ts'
import type { Session } from '../session.ts'
import type { IrcMessage } from '../wire/message.ts'
import type { NumericName } from '../wire/numerics.ts'
import { type Command, isRoom } from './command.ts'
import { nickKey } from '../../text/nick.ts'

/** What shows a list, and what ends it. */
const listNumerics: Readonly<Record<ListMode, readonly [NumericName, NumericName]>> = {
  ban: ['RPL_BANLIST', 'RPL_ENDOFBANLIST'],
  except: ['RPL_EXCEPTLIST', 'RPL_ENDOFEXCEPTLIST'],
  invited: ['RPL_INVEXLIST', 'RPL_ENDOFINVEXLIST'],
  mute: ['RPL_QUIETLIST', 'RPL_ENDOFQUIETLIST'],
}

async function mode(session: Session, message: IrcMessage): Promise<void> {
  const [target = '', letters, ...values] = message.params
  if (!isRoom(target)) return ownMode(session, target, letters)
  if (letters === undefined) return showModes(session, target)
  const { changes, lists, unknown, incomplete } = readModes(letters, values)
  // Of a room that is not there, only that is said.
  const isMisread = unknown.length > 0 || incomplete.length > 0
  if (isMisread && (await session.get('modes', { room: target }, { command: 'MODE', room: target })) === undefined)
    return
  for (const letter of unknown) session.reply('ERR_UNKNOWNMODE', [letter])
  for (const letter of incomplete) {
    session.reply('ERR_INVALIDMODEPARAM', [target, letter, '*'], 'You must give a value')
  }
  for (const list of lists) await showList(session, target, list)
  if (changes.length > 0) await change(session, target, changes)
}

async function change(session: Session, room: string, changes: readonly ModeChange[]): Promise<void> {
  const answer = await session.get('mode', { room, changes }, { command: 'MODE', room })
  for (const fault of answer?.refused ?? []) session.refuse(fault, contextOf(fault, room, changes))
}

/** The change that a fault is about is known by its value or its name. */
function contextOf(fault: Fault, room: string, changes: readonly ModeChange[]): Parameters<Session['refuse']>[1] {
  const found = changes.find(
    ({ mode: name, value }) => fault.about !== undefined && [value, name].includes(fault.about),
  )
  return {
    command: 'MODE',
    room,
    nick: found?.value ?? fault.about,
    letter: found === undefined ? fault.about : letterOf(found.mode),
    value: found?.value,
  }
}

async function showModes(session: Session, room: string): Promise<void> {
  const modes = await session.get('modes', { room }, { command: 'MODE', room })
  if (modes === undefined) return
  session.reply('RPL_CHANNELMODEIS', [modes.room, ...writeSetModes(modes.set)])
  session.reply('RPL_CREATIONTIME', [modes.room, String(Math.floor(modes.createdMs / 1_000))])
}

async function showList(session: Session, room: string, list: ListMode): Promise<void> {
  const modes = await session.get('modes', { room, list }, { command: 'MODE', room })
  if (modes === undefined) return
  const [item, end] = listNumerics[list]
  const letter = list === 'mute' ? ['q'] : []
  for (const { mask, by, atMs } of modes.masks ?? []) {
    session.reply(item, [modes.room, ...letter, mask, by, String(Math.floor(atMs / 1_000))])
  }
  session.reply(end, [modes.room, ...letter])
}

async function ownMode(session: Session, nick: string, letters: string | undefined): Promise<void> {
  const { me } = session.desk
  if (me === undefined) return
  if (nickKey(nick) !== nickKey(me.nick)) return session.reply('ERR_USERSDONTMATCH')
  if (letters === undefined) return session.reply('RPL_UMODEIS', [`+${lettersOf(me)}`])
  const ask: { invisible?: boolean; wallops?: boolean; operator?: false } = {}
  let on = true
  let isUnknown = false
  for (const letter of letters) {
    if (letter === '+' || letter === '-') on = letter === '+'
    else if (letter === 'i') ask.invisible = on
    else if (letter === 'w') ask.wallops = on
    else if (letter !== 'o') isUnknown = true
    else if (!on) ask.operator = false
  }
  if (isUnknown) session.reply('ERR_UMODEUNKNOWNFLAG')
  // What it brings about is heard, and told then.
  if (Object.keys(ask).length > 0) await session.get('ownMode', ask, { command: 'MODE' })
}

export const modeCommands: readonly Command[] = [{ name: 'MODE', least: 1, cost: 1, run: mode }]
