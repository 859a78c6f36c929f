/** Who is there: WHO (with WHOX), WHOIS, WHOWAS, USERHOST, ISON; and oneself: AWAY, SETNAME. */
import type { MemberInfo, Whois, WhoLine } from '../../types.ts'
import { awayBytes, nameBytes } from '../isupport.ts'
import type { Session } from '../session.ts'
import { type IrcMessage } from '../wire/message.ts'
import { packWords } from '../wire/pack.ts'
import { type Command, isRoom, targetsOf } from './command.ts'
import { inPieces, prefixOf } from './rooms.ts'
import { serverText } from './server.ts'
import { clipText } from '../../text/clean-text.ts'

/** Members that WHO shows of a mask that is no room. */
const whoMost = 500
/** Nicks that one command looks at. */
const userhostMost = 5
const isonMost = 30

async function away(session: Session, message: IrcMessage): Promise<void> {
  const [text = ''] = message.params
  const ask = text === '' ? {} : { text: clipText(text, awayBytes) }
  if ((await session.get('away', ask, { command: 'AWAY' })) === undefined) return
  session.reply(text === '' ? 'RPL_UNAWAY' : 'RPL_NOWAWAY')
}

async function setname(session: Session, message: IrcMessage): Promise<void> {
  const [text = ''] = message.params
  const answer = text === '' ? undefined : await session.ask('realname', { text: clipText(text, nameBytes) })
  if (answer === undefined || 'fault' in answer)
    session.fail('SETNAME', 'INVALID_REALNAME', [], 'Realname is not valid')
}

async function who(session: Session, message: IrcMessage): Promise<void> {
  const [mask = '*', options = ''] = message.params
  const [flags = '', fields] = options.split('%', 2)
  const found = await session.get(
    'who',
    { mask: mask === '0' ? '*' : mask, ...(/o/i.test(flags) && { operatorsOnly: true }) },
    { command: 'WHO', room: mask },
  )
  if (found === undefined) return
  const shown = isRoom(mask) ? found : found.slice(0, whoMost)
  await inPieces(session, shown, (line) => {
    if (fields === undefined) sendWho(session, line)
    else session.reply('RPL_WHOSPCRPL', whoFields(session, line, fields))
  })
  session.reply('RPL_ENDOFWHO', [mask])
}

function sendWho(session: Session, { room, member }: WhoLine): void {
  session.reply(
    'RPL_WHOREPLY',
    [
      room ?? '*',
      member.user,
      member.host,
      session.server,
      member.nick,
      flagsOf(session, { ...(room && { room }), member }),
    ],
    `0 ${member.realname}`,
  )
}

/** Here or gone, operator of the server, rank in the room. */
function flagsOf(session: Session, { room, member }: WhoLine): string {
  const rank = room === undefined ? '' : prefixOf(session, member)
  return `${member.away === undefined ? 'H' : 'G'}${member.isOperator ? '*' : ''}${rank}`
}

/** WHOX: fields in the order of the specification, whatever the order in which they are asked for. */
function whoFields(session: Session, line: WhoLine, asked: string): string[] {
  const [letters = '', token = ''] = asked.split(',', 2)
  const { member, room = '*' } = line
  const idle = Math.max(0, Math.floor((session.desk.clock.wallMs() - member.activeMs) / 1_000))
  const values: readonly (readonly [string, string])[] = [
    ['t', token === '' ? '0' : token],
    ['c', room],
    ['u', member.user],
    ['i', '255.255.255.255'],
    ['h', member.host],
    ['s', session.server],
    ['n', member.nick],
    ['f', flagsOf(session, line)],
    ['d', '0'],
    ['l', String(idle)],
    ['a', member.account ?? '0'],
    ['o', 'n/a'],
    ['r', member.realname],
  ]
  return values.filter(([letter]) => letters.includes(letter)).map(([, value]) => value)
}

async function whois(session: Session, message: IrcMessage): Promise<void> {
  const asked = message.params[1] ?? message.params[0] ?? ''
  if (asked === '') return session.reply('ERR_NONICKNAMEGIVEN')
  for (const each of targetsOf(session, message, asked)) {
    const found = await session.get('whois', { nick: each }, { command: 'WHOIS', nick: each })
    if (found !== undefined) sendWhois(session, found)
  }
  session.reply('RPL_ENDOFWHOIS', [asked])
}

const transports: Readonly<Record<MemberInfo['transport'], string>> = {
  udp: 'is connected over UDP',
  tcp: 'is connected over TCP',
  ws: 'is connected through the web page',
  irc: 'is connected over IRC',
}

function sendWhois(session: Session, { member, rooms, address }: Whois): void {
  const { nick: name, user, host } = member
  session.reply('RPL_WHOISUSER', [name, user, host, '*'], member.realname)
  const head = `:${session.server} 319 ${session.client} ${name} :`
  const words = rooms.map(({ room, ranks }) => prefixOf(session, { ranks }) + room)
  for (const group of packWords(Buffer.byteLength(head), words)) session.reply('RPL_WHOISCHANNELS', [name], group)
  session.reply('RPL_WHOISSERVER', [name, session.server], serverText)
  if (member.away !== undefined) session.reply('RPL_AWAY', [name], member.away)
  if (member.isOperator) session.reply('RPL_WHOISOPERATOR', [name])
  if (member.account !== undefined) session.reply('RPL_WHOISACCOUNT', [name, member.account])
  if (address !== undefined) session.reply('RPL_WHOISACTUALLY', [name, address])
  session.reply('RPL_WHOISSPECIAL', [name], transports[member.transport])
  const idle = Math.max(0, Math.floor((session.desk.clock.wallMs() - member.activeMs) / 1_000))
  session.reply('RPL_WHOISIDLE', [name, String(idle), String(Math.floor(member.sinceMs / 1_000))])
}

async function whowas(session: Session, message: IrcMessage): Promise<void> {
  const [name = '', count] = message.params
  if (name === '') return session.reply('ERR_NONICKNAMEGIVEN')
  const most = Number(count)
  const ask = { nick: name, ...(Number.isInteger(most) && most > 0 && { count: most }) }
  const answer = await session.ask('whowas', ask)
  const found = 'ok' in answer ? answer.ok : []
  if (found.length === 0) session.reply('ERR_WASNOSUCHNICK', [name])
  for (const { who: was, realname, leftMs } of found) {
    session.reply('RPL_WHOWASUSER', [was.nick, was.user, was.host, '*'], realname)
    session.reply('RPL_WHOISSERVER', [was.nick, session.server], new Date(leftMs).toUTCString())
  }
  session.reply('RPL_ENDOFWHOWAS', [name])
}

/** Those of the nicks that are there. */
async function present(session: Session, nicks: readonly string[]): Promise<MemberInfo[]> {
  const found: MemberInfo[] = []
  for (const each of nicks) {
    const answer = await session.ask('whois', { nick: each })
    if ('ok' in answer) found.push(answer.ok.member)
  }
  return found
}

async function userhost(session: Session, message: IrcMessage): Promise<void> {
  const found = await present(session, message.params.slice(0, userhostMost))
  const words = found.map(
    (member) =>
      `${member.nick}${member.isOperator ? '*' : ''}=${member.away === undefined ? '+' : '-'}${member.user}@${member.host}`,
  )
  session.reply('RPL_USERHOST', [], words.join(' '))
}

async function ison(session: Session, message: IrcMessage): Promise<void> {
  const nicks = message.params.flatMap((param) => param.split(' ')).filter((word) => word !== '')
  const found = await present(session, nicks.slice(0, isonMost))
  session.reply('RPL_ISON', [], found.map((member) => member.nick).join(' '))
}

export const peopleCommands: readonly Command[] = [
  { name: 'AWAY', least: 0, cost: 2, run: away },
  { name: 'SETNAME', least: 1, cost: 2, run: setname },
  { name: 'WHO', least: 0, cost: 4, run: who },
  { name: 'WHOIS', least: 0, cost: 2, run: whois },
  { name: 'WHOWAS', least: 0, cost: 2, run: whowas },
  { name: 'USERHOST', least: 1, cost: 3, run: userhost },
  { name: 'ISON', least: 1, cost: 6, run: ison },
]
