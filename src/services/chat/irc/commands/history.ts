/** CHATHISTORY (IRCv3 draft/chathistory): what was said, by time or message id, in a batch. */
import type { HistoryQuery } from '../../types.ts'
import { isMessageId } from '../../store/message-id.ts'
import { linesOfSaying, timeOf } from '../encode.ts'
import { historyMost } from '../isupport.ts'
import type { Session } from '../session.ts'
import type { IrcMessage } from '../wire/message.ts'
import type { Command } from './command.ts'
import { inPieces } from './rooms.ts'

/** An id, or milliseconds. */
type Point = string | number

/** `timestamp=2026-…Z` or `msgid=…`; undefined where it is neither. */
export function readPoint(word: string | undefined): Point | undefined {
  const [, kind, value = ''] = /^(timestamp|msgid)=(.+)$/.exec(word ?? '') ?? []
  if (kind === 'msgid') return isMessageId(value) ? value : undefined
  const isTime = kind === 'timestamp' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)
  const atMs = isTime ? Date.parse(value) : Number.NaN
  return Number.isNaN(atMs) ? undefined : atMs
}

/** Milliseconds since 1970 of a point: the first 12 digits of an id are them. */
function msOf(point: Point): number {
  return typeof point === 'number' ? point : Number.parseInt(point.slice(0, 12), 16)
}

function isBefore(one: Point, other: Point): boolean {
  if (typeof one === 'string' && typeof other === 'string') return one < other
  return msOf(one) <= msOf(other)
}

type Query = Omit<HistoryQuery, 'target' | 'limit'>

/** What each subcommand asks for; undefined where its words cannot be read. */
const subcommands: Readonly<Record<string, (words: readonly string[]) => Query | undefined>> = {
  BEFORE: ([word]) => withPoint(word, (before) => ({ before })),
  AFTER: ([word]) => withPoint(word, (after) => ({ after, isForward: true })),
  LATEST: ([word]) => (word === '*' ? {} : withPoint(word, (after) => ({ after }))),
  AROUND: ([word]) => withPoint(word, (around) => ({ around })),
  BETWEEN: ([word, other]) =>
    withPoint(word, (one) =>
      withPoint(other, (two) =>
        isBefore(one, two) ? { after: one, before: two, isForward: true } : { after: two, before: one },
      ),
    ),
}

function withPoint(word: string | undefined, make: (point: Point) => Query | undefined): Query | undefined {
  const point = readPoint(word)
  return point === undefined ? undefined : make(point)
}

async function chathistory(session: Session, message: IrcMessage): Promise<void> {
  const [word = '', ...words] = message.params
  const subcommand = word.toUpperCase()
  if (!session.has('draft/chathistory')) return session.reply('ERR_UNKNOWNCOMMAND', ['CHATHISTORY'])
  if (subcommand === 'TARGETS') return targets(session, words)
  const read = Object.hasOwn(subcommands, subcommand) ? subcommands[subcommand] : undefined
  if (read === undefined) return invalid(session, word === '' ? '*' : word, 'Unknown subcommand')
  const [target, ...points] = words
  const limit = readLimit(points.at(-1))
  const query = read(points)
  if (target === undefined || points.length !== (subcommand === 'BETWEEN' ? 3 : 2)) {
    return invalid(session, subcommand, 'Wrong number of parameters')
  }
  if (limit === undefined || query === undefined) return invalid(session, subcommand, 'Invalid parameters')
  await sendHistory(session, subcommand, { ...query, target, limit })
}

function readLimit(word: string | undefined): number | undefined {
  return word !== undefined && /^[1-9]\d{0,8}$/.test(word) ? Math.min(Number(word), historyMost) : undefined
}

function invalid(session: Session, subcommand: string, text: string): void {
  session.fail('CHATHISTORY', 'INVALID_PARAMS', [subcommand], text)
}

async function sendHistory(session: Session, subcommand: string, query: HistoryQuery): Promise<void> {
  const answer = await session.ask('history', query)
  if ('fault' in answer) {
    const code = /^(no-such|not-in-room|room-bad|nick-bad|banned)/.test(answer.fault.code)
      ? 'INVALID_TARGET'
      : 'MESSAGE_ERROR'
    return session.fail('CHATHISTORY', code, [subcommand, query.target], answer.fault.message)
  }
  session.openBatch('chathistory', query.target)
  // TAGMSG is no part of a history without draft/event-playback.
  const sayings = answer.ok.filter(({ kind }) => kind !== 'tags')
  await inPieces(session, sayings, (saying) => {
    for (const line of linesOfSaying(saying, session.caps)) session.send(line)
  })
  session.closeBatch()
}

async function targets(session: Session, words: readonly string[]): Promise<void> {
  const [one, two] = [readPoint(words[0]), readPoint(words[1])]
  const limit = readLimit(words[2])
  if (typeof one !== 'number' || typeof two !== 'number' || limit === undefined || words.length > 3) {
    return invalid(session, 'TARGETS', 'Two timestamps and a limit are needed')
  }
  const answer = await session.ask('targets', { afterMs: Math.min(one, two), beforeMs: Math.max(one, two), limit })
  if ('fault' in answer) return session.fail('CHATHISTORY', 'MESSAGE_ERROR', ['TARGETS'], answer.fault.message)
  session.openBatch('draft/chathistory-targets')
  for (const { target, latestMs } of answer.ok) {
    session.send({ source: session.server, command: 'CHATHISTORY', params: ['TARGETS', target, timeOf(latestMs)] })
  }
  session.closeBatch()
}

export const historyCommands: readonly Command[] = [{ name: 'CHATHISTORY', least: 0, cost: 4, run: chathistory }]
