/**
 * What is heard, as lines. The bytes depend on the event and on the capabilities in `formOf` alone, so members that have the same
 * share them.
 */
import type { Hearing, Saying, Who } from '../types.ts'
import { cap } from './caps.ts'
import { writeModes } from './modes.ts'
import { isClientTag } from './wire/tags.ts'
import { bodyBytes, formatMessage, type Line, sourceOf } from './wire/message.ts'
import { splitText } from '../text/split-text.ts'

type Tag = readonly [string, string]

const ofAll = cap['server-time'] | cap['account-tag']
const masks: Readonly<Record<Hearing['event'], number>> = {
  said: ofAll | cap['message-tags'],
  joined: ofAll | cap['extended-join'] | cap['away-notify'],
  parted: ofAll,
  kicked: ofAll,
  topic: ofAll,
  mode: ofAll,
  invited: ofAll,
  quit: ofAll,
  renamed: ofAll,
  away: ofAll,
  account: ofAll,
  rehosted: ofAll,
  realname: ofAll,
  wallops: ofAll,
  ended: 0,
  self: 0,
}

const forms = new Map<number, string>()

/** Names what the bytes of such an event depend on besides itself. */
export function formOf(event: Hearing['event'], caps: number): string {
  const bits = caps & masks[event]
  let form = forms.get(bits)
  if (form === undefined) {
    form = `irc ${bits}`
    forms.set(bits, form)
  }
  return form
}

/** Lines as they are sent, each with its ending; empty where there are none. */
export function joinLines(lines: readonly Line[]): string {
  let text = ''
  for (const line of lines) text += `${formatMessage(line)}\r\n`
  return text
}

/** `2026-11-21T10:00:00.000Z`, as server-time and CHATHISTORY write it. */
export function timeOf(atMs: number): string {
  return new Date(atMs).toISOString()
}

/** The event as lines; what only one member is told (`ended`, `self`) has none. */
export function linesOf(hearing: Hearing, caps: number, server: string): Line[] {
  if (hearing.event === 'said') return linesOfSaying(hearing, caps)
  if (hearing.event === 'ended' || hearing.event === 'self') return []
  const tags = tagsOf(caps, hearing.atMs, hearing.by)
  const source = hearing.by === undefined ? server : sourceOf(hearing.by)
  const line = (command: string, params: readonly string[], text?: string): Line => ({
    tags,
    source,
    command,
    params,
    text,
  })
  switch (hearing.event) {
    case 'joined':
      return linesOfJoin(hearing, caps, server, line)
    case 'parted':
      return [line('PART', [hearing.room], hearing.reason)]
    case 'kicked':
      return [line('KICK', [hearing.room, hearing.whom.nick], hearing.reason ?? hearing.by.nick)]
    case 'topic':
      return [line('TOPIC', [hearing.room], hearing.topic)]
    case 'mode':
      return writeModes(hearing.changes).map((params) => line('MODE', [hearing.room, ...params]))
    case 'invited':
      return [line('INVITE', [hearing.whom.nick, hearing.room])]
    case 'quit':
      return [line('QUIT', [], hearing.reason)]
    case 'renamed':
      return [line('NICK', [hearing.nick])]
    case 'away':
      return [line('AWAY', [], hearing.away)]
    case 'account':
      return [line('ACCOUNT', [hearing.account ?? '*'])]
    case 'rehosted':
      return [line('CHGHOST', [hearing.user, hearing.host])]
    case 'realname':
      return [line('SETNAME', [], hearing.realname)]
    case 'wallops':
      return [line('WALLOPS', [], hearing.text)]
  }
}

/** Who comes with a rank (after a resume) gets it in a line of its own; its away where that is asked for. */
function linesOfJoin(
  hearing: Hearing & { event: 'joined' },
  caps: number,
  server: string,
  line: (command: string, params: readonly string[], text?: string) => Line,
): Line[] {
  const { member, room } = hearing
  const join =
    (caps & cap['extended-join']) === 0
      ? line('JOIN', [room])
      : line('JOIN', [room, member.account ?? '*'], member.realname)
  const ranks = member.ranks.map((mode) => ({ mode, on: true, value: member.nick }))
  const modes = writeModes(ranks).map((params): Line => {
    const tags = tagsOf(caps, hearing.atMs, undefined)
    return { tags, source: server, command: 'MODE', params: [room, ...params] }
  })
  const isAwayTold = member.away !== undefined && (caps & cap['away-notify']) !== 0
  return [join, ...modes, ...(isAwayTold ? [line('AWAY', [], member.away)] : [])]
}

function tagsOf(caps: number, atMs: number, by: Who | undefined): Tag[] {
  const tags: Tag[] = []
  if ((caps & cap['server-time']) !== 0) tags.push(['time', timeOf(atMs)])
  if ((caps & cap['account-tag']) !== 0 && by?.account !== undefined) tags.push(['account', by.account])
  return tags
}

/**
 * A message as lines that fit: a text longer than a line is several messages, of which the first has the id. Of tags alone
 * (TAGMSG) only who understands tags hears.
 */
export function linesOfSaying(saying: Saying, caps: number): Line[] {
  const tags = tagsOf(caps, saying.atMs, saying.by)
  const withTags = (caps & cap['message-tags']) !== 0
  const clientTags = Object.entries(saying.tags ?? {}).filter(([key]) => isClientTag(key))
  const first: Tag[] = withTags ? [...tags, ['msgid', saying.id], ...clientTags] : tags
  const source = sourceOf(saying.by)
  if (saying.kind === 'tags') {
    return withTags && clientTags.length > 0 ? [{ tags: first, source, command: 'TAGMSG', params: [saying.to] }] : []
  }
  const command = saying.kind === 'notice' ? 'NOTICE' : 'PRIVMSG'
  const { open, text, close } = inWords(saying)
  const headBytes = Buffer.byteLength(`:${source} ${command} ${saying.to} :${open}${close}`)
  const parts = splitText(text, bodyBytes - 2 - headBytes)
  return (parts.length === 0 ? [''] : parts).map((part, at) => ({
    tags: at === 0 ? first : tags,
    source,
    command,
    params: [saying.to],
    text: `${open}${part}${close}`,
  }))
}

/** What stands between `\x01` is for programs (CTCP): actions, and questions that pass as they are. */
function inWords({ kind, text, formatted = text }: Saying): { open: string; text: string; close: string } {
  const isForPrograms = formatted.startsWith('\u0001')
  const words = isForPrograms ? formatted.slice(1).replace('\u0001', '') : formatted
  if (kind === 'action') return { open: '\u0001ACTION ', text: words, close: '\u0001' }
  return isForPrograms ? { open: '\u0001', text: words, close: '\u0001' } : { open: '', text: words, close: '' }
}
