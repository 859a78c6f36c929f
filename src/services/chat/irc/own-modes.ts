/** A member's own modes: `i` invisible, `o` operator of the server, `w` hears wallops. */
import type { MemberInfo } from '../types.ts'
import type { Session } from './session.ts'
import { sourceOf } from './wire/message.ts'

export function lettersOf(me: MemberInfo): string {
  return `${me.isInvisible ? 'i' : ''}${me.isOperator ? 'o' : ''}${me.hearsWallops ? 'w' : ''}`
}

/** Tells what has changed since it was told last. */
export function sendOwnModes(session: Session): void {
  const { me } = session.desk
  if (me === undefined) return
  const now = lettersOf(me)
  const added = [...now].filter((letter) => !session.modes.includes(letter)).join('')
  const gone = [...session.modes].filter((letter) => !now.includes(letter)).join('')
  session.modes = now
  const change = `${added === '' ? '' : `+${added}`}${gone === '' ? '' : `-${gone}`}`
  if (change !== '') session.send({ source: sourceOf(me), command: 'MODE', params: [me.nick, change] })
}
