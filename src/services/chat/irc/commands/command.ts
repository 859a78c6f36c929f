/** What a command of IRC is: a row of a table. */
import type { Session } from '../session.ts'
import type { IrcMessage } from '../wire/message.ts'
import { targetsAtOnce } from '../isupport.ts'

export interface Command {
  readonly name: string
  /** Parameters at least; with fewer it is ERR_NEEDMOREPARAMS. */
  readonly least: number
  /** Tokens that it takes (see pace.ts). */
  readonly cost: number
  /** May be sent before the client has registered. */
  readonly isEarly?: boolean
  run(session: Session, message: IrcMessage): void | Promise<void>
}

/** `a,b,c` as words, empty ones left out, each once. */
export function listOf(text: string | undefined): string[] {
  return [...new Set((text ?? '').split(','))].filter((word) => word !== '')
}

/** The targets of a command. Where there are more than it takes, none of the rest is served, and the first of them is named. */
export function targetsOf(session: Session, { command }: IrcMessage, text: string | undefined): string[] {
  const asked = listOf(text)
  const most = targetsAtOnce[command] ?? Infinity
  const beyond = asked[most]
  if (beyond !== undefined && command !== 'NOTICE') session.reply('ERR_TOOMANYTARGETS', [beyond])
  return asked.slice(0, most)
}

/** Whether it names a room. */
export function isRoom(target: string): boolean {
  return target.startsWith('#')
}
