/** What operators of the server may. */
import { cleanText, clipText } from '../../text/clean-text.ts'
import { refuse } from '../faults.ts'
import { type Handler, hear, hearAlone } from '../turn.ts'
import { leaveAll } from '../leave.ts'
import { longestReasonBytes, tellSelf } from './stay.ts'

/** The password has been checked. */
export const operator: Handler<'operator'> = (turn, member) => {
  turn.state.setOperator(member, true)
  return tellSelf(turn, member)
}

/** The one meant hears that its stay has ended, and the others that it has left. */
export const kill: Handler<'kill'> = (turn, member, ask) => {
  if (!member.isOperator) return refuse('not-operator')
  const whom = turn.state.byNick(ask.nick)
  if (whom === undefined) return refuse('no-such-nick', ask.nick)
  const words = clipText(cleanText(ask.reason), longestReasonBytes)
  const reason = `Killed by ${member.who.nick}${words === '' ? '' : `: ${words}`}`
  hearAlone(turn, [whom], { event: 'ended', reason, atMs: turn.nowMs })
  leaveAll(turn, whom, reason, true)
  return { ok: {} }
}

export const wallops: Handler<'wallops'> = (turn, member, ask) => {
  if (!member.isOperator) return refuse('not-operator')
  const text = cleanText(ask.text)
  if (text.trim() === '') return refuse('text-missing')
  if (Buffer.byteLength(text) > turn.state.settings.textBytes) return refuse('text-too-long')
  hear(turn, { to: 'wallops' }, { event: 'wallops', by: member.who, text, atMs: turn.nowMs })
  return { ok: {} }
}
