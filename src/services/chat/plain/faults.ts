/** Faults in words, for people: what went wrong, and when or how it would go. Pure. */
import type { Fault, FaultCode } from '../types.ts'

/** What to do about it, where the fault itself does not say. */
const advice: Partial<Record<FaultCode, string>> = {
  'nick-taken': 'choose another one',
  'nick-confusable': 'choose another one',
  'nick-reserved': '/login ACCOUNT PASSWORD, or choose another one',
  'not-in-room': '/join it first',
  'no-such-room': '/rooms lists those that there are',
  'no-such-nick': '/names lists who is here',
  'key-wrong': '/join #ROOM KEY',
  'invite-only': 'ask somebody inside for an /invite',
  unavailable: 'try again',
}

/** Seconds until something, rounded up so that it is never said too early. */
export function seconds(waitMs: number): string {
  return `${Math.max(1, Math.ceil(waitMs / 1_000))} s`
}

/** One line without the server's prefix. `unsaid` counts messages that a limit took, this one among them. */
export function faultInWords(fault: Fault, unsaid = 1): string {
  // Of what is no message the fault itself says what it is about.
  if (fault.code === 'limited' && fault.action !== undefined) return limitInWords(fault, unsaid)
  if (fault.code === 'muted') {
    return fault.waitMs === undefined ? 'you may not speak here now' : `you may speak again in ${seconds(fault.waitMs)}`
  }
  const about = fault.about === undefined || fault.message.includes(fault.about) ? '' : `${fault.about}: `
  const hint = advice[fault.code]
  return `${about}${fault.message}${hint === undefined ? '' : `; ${hint}`}`
}

const whose = { peer: 'you send', address: 'your address sends', room: 'this room gets' } as const

function limitInWords({ scope = 'peer', waitMs, action }: Fault, unsaid: number): string {
  const what = `${whose[scope]} too much too fast`
  const again = waitMs === undefined ? '' : `; again in ${seconds(waitMs)}`
  if (action === 'disconnect') return `${what}; goodbye`
  if (action === 'mute') return `${what}: muted${waitMs === undefined ? '' : ` for ${seconds(waitMs)}`}`
  return `${what}: ${unsaid === 1 ? 'not said' : `${unsaid} messages not said`}${again}`
}
