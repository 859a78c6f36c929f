/** Commands that say something, and those that show what was said. */
import { textBehind } from '../commands.ts'
import { lineBytes, lineOfSaying } from '../render.ts'
import { nickKey } from '../../text/nick.ts'
import { isRoomName } from '../../text/room-name.ts'
import type { HistoryQuery, SayKind, Saying } from '../../types.ts'
import { inNoRoom, told, type Context, type Outcome, type Run } from './context.ts'

const historyDefault = 10
const historyMost = 100

/** What is said in the current room: a text, or bytes that are none. */
export async function sayHere(
  context: Context,
  said: { readonly text: string } | { readonly bytes: string },
  kind: SayKind = 'message',
): Promise<Outcome> {
  if (context.room === undefined) return inNoRoom
  return sayTo(context, context.room, said, kind)
}

async function sayTo(context: Context, to: string, said: object, kind: SayKind): Promise<Outcome> {
  const answer = await context.ask('say', { to, kind, ...said })
  return told(answer, ({ to: whom, away }) => (away === undefined ? [] : [`${whom} is away: ${away}`]))
}

export const me: Run = (context, _words, text) => sayHere(context, { text }, 'action')

export const msg: Run = (context, [nick = ''], rest) => sayTo(context, nick, { text: textBehind(rest, 1) }, 'message')

/** `/history`, `/history 20`, `/history #dev`, `/history 20 alice`: number and name in any order. */
export const history: Run = async (context, words) => {
  const count = words.find((word) => /^\d+$/.test(word))
  const target = words.find((word) => !/^\d+$/.test(word)) ?? context.room
  if (target === undefined) return inNoRoom
  const limit = Math.min(historyMost, Math.max(1, Number(count ?? historyDefault)))
  const query: HistoryQuery = { target, limit }
  return told(await context.ask('history', query), (sayings) => historyLines(target, sayings))
}

function historyLines(target: string, sayings: readonly Saying[]): string[] {
  const shown = sayings.filter(({ kind }) => kind !== 'tags')
  if (shown.length === 0) return [`${target}: nothing yet`]
  return [
    `${target}, the last ${shown.length} (times in UTC):`,
    ...shown.map((saying) => {
      const { head, body } = lineOfSaying(saying, isToTarget(saying, target) ? 'own' : 'other', target)
      return `${minuteOf(saying.atMs)} ${String(lineBytes({ head, body }))}`
    }),
  ]
}

/** Private, and to whom the history is with: so it was said by who asks. */
function isToTarget({ to }: Saying, target: string): boolean {
  return !isRoomName(to) && nickKey(to) === nickKey(target)
}

function minuteOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
}
