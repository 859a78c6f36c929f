/** The server itself: PING, PONG, QUIT, MOTD, LUSERS, VERSION, TIME, ADMIN, INFO; and its operators: OPER, KILL, WALLOPS. */
import type { ServerCounts } from '../../types.ts'
import { reasonBytes, supportLines } from '../isupport.ts'
import type { Session } from '../session.ts'
import { type IrcMessage } from '../wire/message.ts'
import type { Command } from './command.ts'
import { clipText } from '../../text/clean-text.ts'

/** What it calls itself. */
export const versionText = 'lanework-chat'
export const serverText = 'lanework chat'

export function sendSupport(session: Session): void {
  for (const tokens of supportLines(session.desk.settings)) session.reply('RPL_ISUPPORT', tokens)
}

export function sendCounts(session: Session, counts: ServerCounts): void {
  const { members, invisible, operators, rooms, mostMembers } = counts
  const seen = members - invisible
  session.reply('RPL_LUSERCLIENT', [], `There are ${seen} users and ${invisible} invisible on 1 servers`)
  session.reply('RPL_LUSEROP', [String(operators)])
  session.reply('RPL_LUSERUNKNOWN', ['0'])
  session.reply('RPL_LUSERCHANNELS', [String(rooms)])
  session.reply('RPL_LUSERME', [], `I have ${members} clients and 0 servers`)
  const both = [String(members), String(mostMembers)]
  session.reply('RPL_LOCALUSERS', both, `Current local users ${members}, max ${mostMembers}`)
  session.reply('RPL_GLOBALUSERS', both, `Current global users ${members}, max ${mostMembers}`)
}

export function sendMotd(session: Session): void {
  const { motd } = session.desk.settings
  if (motd === '') return session.reply('ERR_NOMOTD')
  session.reply('RPL_MOTDSTART', [], `- ${session.server} Message of the day - `)
  for (const line of motd.trimEnd().split(/\r\n|[\r\n]/)) session.reply('RPL_MOTD', [], `- ${line}`)
  session.reply('RPL_ENDOFMOTD')
}

/** Another server than this one is not known. */
function isHere(session: Session, name: string | undefined): boolean {
  if (name === undefined || name === session.server || name === session.desk.me?.nick) return true
  session.reply('ERR_NOSUCHSERVER', [name])
  return false
}

function ping(session: Session, message: IrcMessage): void {
  const [token = ''] = message.params
  if (token === '') return session.reply('ERR_NOORIGIN')
  session.send({ source: session.server, command: 'PONG', params: [session.server], text: token })
}

function quit(session: Session, message: IrcMessage): void {
  const [reason = ''] = message.params
  session.close(reason === '' ? 'Quit' : `Quit: ${clipText(reason, reasonBytes)}`, 'Quit')
}

async function lusers(session: Session): Promise<void> {
  const counts = await session.get('counts', {}, { command: 'LUSERS' })
  if (counts !== undefined) sendCounts(session, counts)
}

function motd(session: Session, message: IrcMessage): void {
  if (isHere(session, message.params[0])) sendMotd(session)
}

function version(session: Session, message: IrcMessage): void {
  if (!isHere(session, message.params[0])) return
  session.reply('RPL_VERSION', [versionText, session.server], serverText)
  sendSupport(session)
}

function time(session: Session, message: IrcMessage): void {
  if (!isHere(session, message.params[0])) return
  const now = session.desk.clock.wallMs()
  session.reply('RPL_TIME', [session.server, String(Math.floor(now / 1_000))], new Date(now).toUTCString())
}

function admin(session: Session, message: IrcMessage): void {
  if (!isHere(session, message.params[0])) return
  session.reply('RPL_ADMINME', [session.server])
  session.reply('RPL_ADMINLOC1', [], session.desk.settings.network)
  session.reply('RPL_ADMINLOC2', [], serverText)
  session.reply('RPL_ADMINEMAIL', [], 'Ask an operator of the server')
}

function info(session: Session, message: IrcMessage): void {
  if (!isHere(session, message.params[0])) return
  session.reply('RPL_INFO', [], `${serverText}: the same rooms over UDP, TCP, a web page and IRC`)
  session.reply('RPL_ENDOFINFO')
}

async function oper(session: Session, message: IrcMessage): Promise<void> {
  const [name = '', password = ''] = message.params
  if ((await session.get('operator', { name, password }, { command: 'OPER' })) !== undefined) {
    session.reply('RPL_YOUREOPER')
  }
}

async function kill(session: Session, message: IrcMessage): Promise<void> {
  const [nick = '', reason = ''] = message.params
  const said = reason === '' ? 'Killed' : clipText(reason, reasonBytes)
  await session.get('kill', { nick, reason: said }, { command: 'KILL', nick })
}

async function wallops(session: Session, message: IrcMessage): Promise<void> {
  const [text = ''] = message.params
  if (text === '') return session.reply('ERR_NEEDMOREPARAMS', ['WALLOPS'])
  await session.get('wallops', { text }, { command: 'WALLOPS' })
}

export const serverCommands: readonly Command[] = [
  { name: 'PING', least: 0, cost: 0, isEarly: true, run: ping },
  { name: 'PONG', least: 0, cost: 0, isEarly: true, run: () => {} },
  { name: 'QUIT', least: 0, cost: 0, isEarly: true, run: quit },
  { name: 'MOTD', least: 0, cost: 2, run: motd },
  { name: 'LUSERS', least: 0, cost: 2, run: lusers },
  { name: 'VERSION', least: 0, cost: 2, run: version },
  { name: 'TIME', least: 0, cost: 1, run: time },
  { name: 'ADMIN', least: 0, cost: 1, run: admin },
  { name: 'INFO', least: 0, cost: 1, run: info },
  { name: 'OPER', least: 2, cost: 10, run: oper },
  { name: 'KILL', least: 1, cost: 1, run: kill },
  { name: 'WALLOPS', least: 1, cost: 5, run: wallops },
]
