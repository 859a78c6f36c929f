/** PRIVMSG, NOTICE, TAGMSG. Actions (CTCP ACTION) are a kind of message here; other questions between programs pass as they are. */
import type { Say, SayKind } from '../../types.ts'
import { saidOf } from '../faults.ts'
import type { Session } from '../session.ts'
import type { IrcMessage } from '../wire/message.ts'
import { isClientTag } from '../wire/tags.ts'
import { type Command, isRoom, targetsOf } from './command.ts'

async function privmsg(session: Session, message: IrcMessage): Promise<void> {
  const [targets, text] = message.params
  if (targets === undefined || targets === '') {
    return session.reply('ERR_NORECIPIENT', [], 'No recipient given (PRIVMSG)')
  }
  if (text === undefined || text === '') return session.reply('ERR_NOTEXTTOSEND')
  await sayToAll(session, message, targets, asSaid(text, 'message'))
}

async function notice(session: Session, message: IrcMessage): Promise<void> {
  const [targets, text] = message.params
  if (text !== undefined && text !== '') await sayToAll(session, message, targets, asSaid(text, 'notice'))
}

async function tagmsg(session: Session, message: IrcMessage): Promise<void> {
  const { tags } = clientTags(message)
  if (session.has('message-tags') && tags !== undefined)
    await sayToAll(session, message, message.params[0], { kind: 'tags' })
}

/** What is in `\x01` is for programs: ACTION is a kind of message. */
function asSaid(text: string, kind: SayKind): Omit<Say, 'to'> {
  if (!text.startsWith('\u0001')) return { kind, text }
  const inside = text.slice(1, text.length > 1 && text.endsWith('\u0001') ? -1 : undefined)
  if (kind === 'message' && /^ACTION( |$)/i.test(inside)) return { kind: 'action', text: inside.slice(7) }
  return { kind, text }
}

function clientTags(message: IrcMessage): { tags?: Record<string, string> } {
  const tags = [...message.tags].filter(([key]) => isClientTag(key))
  return tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }
}

async function sayToAll(
  session: Session,
  message: IrcMessage,
  targets: string | undefined,
  say: Omit<Say, 'to'>,
): Promise<void> {
  const own = session.has('message-tags') ? clientTags(message).tags : undefined
  const tags = own === undefined ? {} : { tags: own }
  for (const to of targetsOf(session, message, targets)) await sayTo(session, message.command, { ...say, ...tags, to })
}

/** A notice is never answered (RFC 2812 section 3.3.2). */
async function sayTo(session: Session, command: string, say: Say): Promise<void> {
  const answer = await session.ask('say', say)
  if (command === 'NOTICE') return
  if ('ok' in answer) {
    if (answer.ok.away !== undefined && command === 'PRIVMSG') session.reply('RPL_AWAY', [answer.ok.to], answer.ok.away)
    return
  }
  const { fault } = answer
  if (fault.code === 'limited' && session.has('standard-replies')) {
    return session.fail(command, 'RATE_LIMITED', [say.to], saidOf(fault))
  }
  session.refuse(fault, { command, ...(isRoom(say.to) ? { room: say.to } : { nick: say.to, room: say.to }) })
}

export const speakCommands: readonly Command[] = [
  { name: 'PRIVMSG', least: 0, cost: 0, run: privmsg },
  { name: 'NOTICE', least: 0, cost: 0, run: notice },
  { name: 'TAGMSG', least: 1, cost: 0, run: tagmsg },
]
