/** How a client becomes a member: CAP, NICK and USER are there, the owner is asked, and it is welcomed. */
import type { Fault, RoomView } from '../types.ts'
import { welcomeTo } from './commands/rooms.ts'
import { sendCounts, sendMotd, sendSupport, versionText } from './commands/server.ts'
import { linesOf } from './encode.ts'
import { saidOf } from './faults.ts'
import { allModeLetters, userModeLetters, valueModeLetters } from './modes.ts'
import type { Session } from './session.ts'
import { sendOwnModes } from './own-modes.ts'

/** Enters once everything that is needed has come. */
export async function tryEnter(session: Session): Promise<void> {
  const { desk, nick, user } = session
  if (session.phase !== 'new' || nick === undefined || user === undefined || session.isNegotiating) return
  session.phase = 'entering'
  const answer = await session.ask('enter', {
    nick,
    user,
    realname: session.realname,
    transport: 'irc',
    address: addressOf(session),
    ...(session.account !== undefined && { account: session.account }),
  })
  if (isOver(session)) return
  if ('fault' in answer) return refuse(session, nick, answer.fault)
  session.phase = 'in'
  session.heardMs = desk.clock.monotonicMs()
  await welcome(session)
  for (const view of answer.ok.rooms) await goOnIn(session, view)
}

/** Who logs in to the account of a stay that has just broken off goes on with it: it is in these rooms already. */
async function goOnIn(session: Session, view: RoomView): Promise<void> {
  const member = view.members.find(({ id }) => id === session.desk.me?.id)
  if (member === undefined) return
  const joined = { event: 'joined', room: view.room, by: member, member, atMs: session.desk.clock.wallMs() } as const
  for (const line of linesOf(joined, session.caps, session.server).slice(0, 1)) session.send(line)
  await welcomeTo(session, view)
}

/** Read anew: it may have changed while the owner was asked. */
function isOver(session: Session): boolean {
  return session.phase === 'over'
}

/** A nick that may not be is asked for again; anything else ends it. */
function refuse(session: Session, nick: string, fault: Fault): void {
  if (!fault.code.startsWith('nick-')) {
    if (fault.code === 'banned') session.reply('ERR_YOUREBANNEDCREEP', [], fault.message)
    return session.close(saidOf(fault))
  }
  session.phase = 'new'
  session.nick = undefined
  session.refuse(fault, { command: 'NICK', nick })
}

function addressOf(session: Session): string {
  const { address } = session.desk.peer
  return 'host' in address ? address.host : ''
}

async function welcome(session: Session): Promise<void> {
  const { settings, me } = session.desk
  session.reply('RPL_WELCOME', [], `Welcome to the ${settings.network} network, ${me?.nick ?? ''}`)
  session.reply('RPL_YOURHOST', [], `Your host is ${session.server}, running version ${versionText}`)
  const counts = await session.ask('counts', {})
  const startedMs = 'ok' in counts ? counts.ok.startedMs : session.desk.clock.wallMs()
  session.reply('RPL_CREATED', [], `This server was created ${new Date(startedMs).toUTCString()}`)
  session.reply('RPL_MYINFO', [session.server, versionText, userModeLetters, allModeLetters, valueModeLetters])
  sendSupport(session)
  if ('ok' in counts) sendCounts(session, counts.ok)
  sendMotd(session)
  sendOwnModes(session)
}
