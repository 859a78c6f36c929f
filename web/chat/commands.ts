/** What begins with a slash, as data: /help and completion read the same table. */
import type { ModeName } from '../../src/services/chat/types.ts'
import { keepOut, letIn, setModes, showList } from './moderation.ts'
import type { Session } from './session.ts'
import { addLine, type Talk } from './talk.ts'
import { faultText, texts } from './texts.ts'

export interface CommandContext {
  readonly session: Session
  readonly talk: Talk | undefined
  showHelp(): void
  showRooms(): void
  showMember(nick: string): void
}

interface Command {
  readonly name: string
  readonly usage: string
  /** Words that it needs. */
  readonly least: number
  readonly isForRooms?: boolean
  /** `rest` begins with the second word. */
  run(context: CommandContext, first: string, rest: string): void | Promise<void>
}

export const commands: readonly Command[] = [
  { name: 'help', usage: '/help', least: 0, run: ({ showHelp }) => showHelp() },
  {
    name: 'nick',
    usage: '/nick NAME',
    least: 1,
    run: (context, nick) => told(context, context.session.ask('nick', { nick })),
  },
  {
    name: 'join',
    usage: '/join ROOM [KEY]',
    least: 1,
    run: async ({ session }, room, key) => void (await session.join(room, key === '' ? undefined : key)),
  },
  {
    name: 'part',
    usage: '/part [REASON]',
    least: 0,
    run: async ({ session, talk }, first, rest) => {
      if (talk !== undefined) await session.leave(talk, joined(first, rest))
    },
  },
  { name: 'topic', usage: '/topic [TEXT]', least: 0, isForRooms: true, run: topic },
  {
    name: 'msg',
    usage: '/msg NAME TEXT',
    least: 2,
    run({ session }, nick, text) {
      session.say(session.write(nick), text)
    },
  },
  {
    name: 'me',
    usage: '/me TEXT',
    least: 1,
    run({ session, talk }, first, rest) {
      if (talk !== undefined) session.say(talk, joined(first, rest) ?? '', 'action')
    },
  },
  { name: 'away', usage: '/away [TEXT]', least: 0, run: (context, first, rest) => away(context, joined(first, rest)) },
  { name: 'back', usage: '/back', least: 0, run: (context) => away(context, undefined) },
  {
    name: 'invite',
    usage: '/invite NAME',
    least: 1,
    isForRooms: true,
    run: (context, nick) => told(context, context.session.ask('invite', { room: roomOf(context), nick })),
  },
  {
    name: 'kick',
    usage: '/kick NAME [REASON]',
    least: 1,
    isForRooms: true,
    run: (context, nick, reason) =>
      told(context, context.session.ask('kick', { room: roomOf(context), nick, ...(reason !== '' && { reason }) })),
  },
  mask('ban', 'ban', true),
  mask('unban', 'ban', false),
  mask('mute', 'mute', true),
  mask('unmute', 'mute', false),
  rank('op', 'operator'),
  rank('voice', 'voice'),
  { name: 'whois', usage: '/whois NAME', least: 1, run: ({ showMember }, nick) => showMember(nick) },
  { name: 'rooms', usage: '/rooms', least: 0, run: ({ showRooms }) => showRooms() },
  {
    name: 'quit',
    usage: '/quit [REASON]',
    least: 0,
    run: ({ session }, first, rest) => session.quit(joined(first, rest) ?? ''),
  },
  {
    name: 'login',
    usage: '/login ACCOUNT PASSWORD',
    least: 2,
    run: (context, account, password) => told(context, context.session.ask('login', { account, password })),
  },
  {
    name: 'register',
    usage: '/register ACCOUNT PASSWORD',
    least: 2,
    run: (context, account, password) => told(context, context.session.ask('register', { account, password })),
  },
]

/** Runs a line that begins with a slash; what went wrong, in words, or nothing. */
export async function runCommand(context: CommandContext, line: string): Promise<string | undefined> {
  const [, name = '', first = '', rest = ''] = /^\/(\S*)\s*(\S*)\s*(.*)$/s.exec(line) ?? []
  const command = commands.find((other) => other.name === name.toLowerCase())
  if (command === undefined) return texts.commandUnknown(name, nearest(name))
  const words = (first === '' ? 0 : 1) + (rest === '' ? 0 : 1)
  if (words < command.least) return texts.commandNeeds(command.usage)
  if (command.isForRooms === true && context.talk?.kind !== 'room') return texts.onlyInRooms
  await command.run(context, first, rest.trim())
  return undefined
}

/** A list of masks: on it, off it, and alone what is on it. */
function mask(name: string, list: 'ban' | 'mute', on: boolean): Command {
  return {
    name,
    usage: on ? `/${name} [NAME|MASK]` : `/${name} NAME|MASK`,
    least: on ? 0 : 1,
    isForRooms: true,
    async run({ session, talk }, who) {
      if (talk === undefined) return
      if (who === '') await showList(session, talk, list)
      else await (on ? keepOut : letIn)(session, talk, list, who)
    },
  }
}

function rank(name: string, mode: ModeName): Command {
  return {
    name,
    usage: `/${name} NAME`,
    least: 1,
    isForRooms: true,
    async run({ session, talk }, value) {
      if (talk !== undefined) await setModes(session, talk, [{ mode, on: true, value }])
    },
  }
}

async function topic(context: CommandContext, first: string, rest: string): Promise<void> {
  const text = joined(first, rest)
  if (text !== undefined)
    return told(context, context.session.ask('topic', { room: roomOf(context), topic: text === '-' ? '' : text }))
  const { talk, session } = context
  if (talk === undefined) return
  addLine(talk, talk.topic === undefined ? texts.noTopic : texts.setTopic(talk.topic.by, talk.topic.text))
  session.store.changed()
}

export async function away({ session }: Pick<CommandContext, 'session'>, text: string | undefined): Promise<void> {
  const answer = await session.ask('away', text === undefined ? {} : { text })
  if ('fault' in answer) session.toast(faultText(answer.fault), { isWarning: true })
  else session.toast(text === undefined ? texts.youAreBack : texts.youAreAway)
}

async function told({ session }: Pick<CommandContext, 'session'>, asked: Promise<object>): Promise<void> {
  const answer = (await asked) as { fault?: { code: string; message: string } }
  if (answer.fault !== undefined) session.toast(faultText(answer.fault), { isWarning: true })
}

function roomOf({ talk }: Pick<CommandContext, 'talk'>): string {
  return talk?.name ?? ''
}

function joined(first: string, rest: string): string | undefined {
  const text = `${first} ${rest}`.trim()
  return text === '' ? undefined : text
}

/** The command that is one or two letters away. */
function nearest(name: string): string | undefined {
  const near = commands.map((command) => ({ name: command.name, far: distance(name.toLowerCase(), command.name) }))
  const best = near.toSorted((a, b) => a.far - b.far)[0]
  return best !== undefined && best.far <= 2 ? best.name : undefined
}

/** Edits between two words (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= Math.min(from.length, 20); i++) {
    const next = [i]
    for (let j = 1; j <= to.length; j++) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost))
    }
    row = next
  }
  return row[to.length] ?? 0
}
