/** What comes before a client is a member: CAP, PASS, NICK, USER, and how it logs in: AUTHENTICATE, REGISTER, VERIFY. */
import type { Fault } from '../../types.ts'
import { accountCaps, namesOf, request } from '../caps.ts'
import { nameBytes, userLength } from '../isupport.ts'
import { tryEnter } from '../registration.ts'
import type { Session } from '../session.ts'
import { formatMessage, type IrcMessage, sourceOf } from '../wire/message.ts'
import { packWords } from '../wire/pack.ts'
import type { Command } from './command.ts'
import { clipText } from '../../text/clean-text.ts'

async function capCommand(session: Session, message: IrcMessage): Promise<void> {
  const [word = '', text = ''] = message.params
  switch (word.toUpperCase()) {
    case 'LS':
      return listCaps(session, text)
    case 'LIST':
      return sendCaps(session, 'LIST', namesOf(session.caps))
    case 'REQ':
      return requestCaps(session, message.params.slice(1).join(' '))
    case 'END':
      session.isNegotiating = false
      return tryEnter(session)
    default:
      return session.reply('ERR_INVALIDCAPCMD', [word === '' ? '*' : word])
  }
}

function listCaps(session: Session, version: string): void {
  if (session.phase === 'new') session.isNegotiating = true
  if (Number(version) >= 302) {
    session.isVersion302 = true
    session.caps = request(['cap-notify'], session.caps, session.offers, true) ?? session.caps
  }
  const withValue = ([name, value]: [string, string]): string =>
    session.isVersion302 && value !== '' ? `${name}=${value}` : name
  sendCaps(session, 'LS', [...session.offers].map(withValue))
}

/** Over several lines where one does not do; all but the last have a `*`. */
function sendCaps(session: Session, subcommand: string, words: readonly string[]): void {
  const headBytes = Buffer.byteLength(`:${session.server} CAP ${session.client} ${subcommand} * :`)
  const groups = packWords(headBytes, words)
  if (groups.length === 0) groups.push('')
  if (!session.isVersion302 && groups.length > 1) groups.splice(1)
  for (const [at, text] of groups.entries()) {
    const more = at < groups.length - 1 ? ['*'] : []
    session.send({
      source: session.server,
      command: 'CAP',
      params: [session.client, subcommand, ...more],
      text,
    })
  }
}

function requestCaps(session: Session, text: string): void {
  if (session.phase === 'new') session.isNegotiating = true
  const words = text.split(' ').filter((word) => word !== '')
  const bits = request(words, session.caps, session.offers, session.isVersion302)
  const answer = bits === undefined ? 'NAK' : 'ACK'
  const head = `:${session.server} CAP ${session.client} ${answer} :`
  const groups = packWords(Buffer.byteLength(head), words)
  // Nothing asked is granted too.
  for (const group of groups.length === 0 ? [''] : groups) {
    session.send({ source: session.server, command: 'CAP', params: [session.client, answer], text: group })
  }
  if (bits !== undefined) session.caps = bits
}

/** Tells who asked to be told that accounts are gone, or there again. */
export function changeAccountCaps(session: Session, isOwnerThere: boolean): void {
  const before = session.offers
  session.isOwnerThere = isOwnerThere
  const after = session.offers
  if (!session.has('cap-notify') || session.phase !== 'in') return
  const changed = accountCaps.filter((name) => before.has(name) !== after.has(name))
  if (changed.length === 0) return
  const words = changed.map((name) => {
    const value = after.get(name)
    return value === undefined || value === '' || !session.isVersion302 ? name : `${name}=${value}`
  })
  const params = [session.client, isOwnerThere ? 'NEW' : 'DEL']
  session.write(formatMessage({ source: session.server, command: 'CAP', params, text: words.join(' ') }))
}

/** No password of the server is asked for, so any will do. */
function pass(session: Session): void {
  if (session.phase === 'in') session.reply('ERR_ALREADYREGISTERED')
}

async function nick(session: Session, message: IrcMessage): Promise<void> {
  const [wanted = ''] = message.params
  if (wanted === '') return session.reply('ERR_NONICKNAMEGIVEN')
  if (session.phase === 'in') {
    // What comes of it is heard, and told then.
    const answer = await session.ask('nick', { nick: wanted })
    if ('ok' in answer) return
    const { code, about = '*' } = answer.fault
    if (code === 'banned') return session.reply('ERR_BANNICKCHANGE', [wanted, about])
    return session.refuse(answer.fault, { command: 'NICK', nick: wanted })
  }
  session.nick = wanted
  return tryEnter(session)
}

async function user(session: Session, message: IrcMessage): Promise<void> {
  const [name = '', , , realname = ''] = message.params
  if (session.phase === 'in') return session.reply('ERR_ALREADYREGISTERED')
  if (name === '') return session.reply('ERR_NEEDMOREPARAMS', ['USER'])
  session.user = name.replace(/[^A-Za-z0-9._-]/g, '').slice(0, userLength) || 'irc'
  session.realname = clipText(realname === '' ? name : realname, nameBytes)
  return tryEnter(session)
}

/** Bytes of base64 in one AUTHENTICATE, and in all of one exchange. */
const saslChunk = 400
const saslMost = 1_600
/** Wrong passwords, after which the connection ends. */
const loginsMost = 3

async function authenticate(session: Session, message: IrcMessage): Promise<void> {
  const [word = ''] = message.params
  if (!session.has('sasl')) return session.reply('ERR_SASLFAIL')
  if (session.saslText === undefined) return beginSasl(session, word)
  if (word === '*') {
    session.saslText = undefined
    return session.reply('ERR_SASLABORTED')
  }
  const text = session.saslText + (word === '+' ? '' : word)
  if (word.length > saslChunk || text.length > saslMost) {
    session.saslText = undefined
    return session.reply('ERR_SASLTOOLONG')
  }
  session.saslText = text
  if (word.length === saslChunk) return
  session.saslText = undefined
  await finishSasl(session, text)
}

function beginSasl(session: Session, mechanism: string): void {
  if (mechanism === '*') return session.reply('ERR_SASLABORTED')
  if ((session.desk.me?.account ?? session.account) !== undefined) return session.reply('ERR_SASLALREADY')
  if (mechanism.toUpperCase() !== 'PLAIN') {
    session.reply('RPL_SASLMECHS', ['PLAIN'])
    return session.reply('ERR_SASLFAIL')
  }
  session.saslText = ''
  session.send({ command: 'AUTHENTICATE', params: ['+'] })
}

/** PLAIN (RFC 4616): who to be, who it is, password, with NULs between; to be somebody else is not allowed. */
export function readPlain(text: string): { account: string; password: string } | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined
  const [other, account, password, ...more] = Buffer.from(text, 'base64').toString('utf8').split('\0')
  if (account === undefined || account === '' || password === undefined || more.length > 0) return undefined
  return other === '' || other === account ? { account, password } : undefined
}

async function finishSasl(session: Session, text: string): Promise<void> {
  const plain = readPlain(text)
  const answer = plain === undefined ? undefined : await session.ask('login', plain)
  if (answer !== undefined && 'ok' in answer) {
    loggedIn(session, answer.ok.account)
    return session.reply('RPL_SASLSUCCESS')
  }
  session.reply('ERR_SASLFAIL', [], answer?.fault.code === 'limited' ? answer.fault.message : undefined)
  if (++session.failedLogins >= loginsMost) session.close('Too many failed logins')
}

function loggedIn(session: Session, account: string): void {
  const { me } = session.desk
  if (me === undefined) session.account = account
  const source = sourceOf({ nick: session.client, user: me?.user ?? session.user ?? '*', host: me?.host ?? '*' })
  session.reply('RPL_LOGGEDIN', [source, account], `You are now logged in as ${account}`)
}

/** Codes of draft/account-registration (IRCv3). */
function registerCode(fault: Fault): string {
  switch (fault.code) {
    case 'account-taken':
      return 'ACCOUNT_EXISTS'
    case 'nick-bad':
      return 'BAD_ACCOUNT_NAME'
    case 'already-logged-in':
      return 'ALREADY_AUTHENTICATED'
    case 'password-weak':
      return 'WEAK_PASSWORD'
    case 'password-bad':
      return 'UNACCEPTABLE_PASSWORD'
    default:
      return 'TEMPORARILY_UNAVAILABLE'
  }
}

async function register(session: Session, message: IrcMessage): Promise<void> {
  const [wanted = '*', , password = ''] = message.params
  if (session.phase !== 'in') {
    return session.fail('REGISTER', 'COMPLETE_CONNECTION_REQUIRED', [], 'Register your connection first')
  }
  const account = wanted === '*' ? session.client : wanted
  const answer = await session.ask('register', { account, password })
  if ('fault' in answer) {
    return session.fail('REGISTER', registerCode(answer.fault), [account], answer.fault.message)
  }
  const registered = answer.ok.account
  session.send({
    source: session.server,
    command: 'REGISTER',
    params: ['SUCCESS', registered],
    text: 'Account registered',
  })
  loggedIn(session, registered)
}

/** No registration waits for a code. */
function verify(session: Session, message: IrcMessage): void {
  const [account = ''] = message.params
  session.fail('VERIFY', 'INVALID_CODE', [account], 'No registration waits for a code')
}

export const registerCommands: readonly Command[] = [
  { name: 'CAP', least: 1, cost: 1, isEarly: true, run: capCommand },
  { name: 'PASS', least: 1, cost: 1, isEarly: true, run: pass },
  { name: 'NICK', least: 0, cost: 2, isEarly: true, run: nick },
  { name: 'USER', least: 4, cost: 1, isEarly: true, run: user },
  { name: 'AUTHENTICATE', least: 1, cost: 2, isEarly: true, run: authenticate },
  { name: 'REGISTER', least: 3, cost: 10, isEarly: true, run: register },
  { name: 'VERIFY', least: 2, cost: 2, isEarly: true, run: verify },
]
