/** What a command of IRC is: a row of a table. */
import type { Session } from '../session.ts'
import type { IrcMessage } from '../wire/message.ts'

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

/** `a,b,c` as words, empty ones left out, each once, and no more than so many. */
export function listOf(text: string | undefined, most: number): string[] {
  return [...new Set((text ?? '').split(','))].filter((word) => word !== '').slice(0, most)
}

/** Whether it names a room. */
export function isRoom(target: string): boolean {
  return target.startsWith('#')
}
