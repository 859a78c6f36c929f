/**
 * Silent clients: one timer a clock looks at all of them. A client that has said nothing for 90 s is asked (PING), one that has
 * not answered at 150 s is gone; who has not registered after 60 s too.
 */
import type { Clock, Timer } from '../../../core/index.ts'
import type { Session } from './session.ts'
import { formatMessage } from './wire/message.ts'

export const askMs = 90_000
export const silentMs = 150_000
export const registerMs = 60_000
const periodMs = 2_000

interface Watch {
  readonly sessions: Set<Session>
  timer: Timer | undefined
}

const watches = new WeakMap<Clock, Watch>()

/** Looks after a client until what this gives is called. */
export function watch(session: Session): () => void {
  const { clock } = session.desk
  const found = watches.get(clock) ?? { sessions: new Set(), timer: undefined }
  watches.set(clock, found)
  found.sessions.add(session)
  found.timer ??= clock.every(periodMs, () => {
    const nowMs = clock.monotonicMs()
    for (const each of found.sessions) look(each, nowMs)
  })
  return () => {
    found.sessions.delete(session)
    if (found.sessions.size > 0) return
    found.timer?.cancel()
    found.timer = undefined
  }
}

function look(session: Session, nowMs: number): void {
  if (session.phase === 'over') return
  // Nothing of it is read meanwhile.
  if (session.isWaiting) session.heardMs = nowMs
  const silence = nowMs - session.heardMs
  if (session.phase !== 'in') {
    if (nowMs - session.sinceMs >= registerMs) session.close('Registration timed out')
  } else if (silence >= silentMs) session.close(`Ping timeout: ${silentMs / 1_000} seconds`)
  else if (silence >= askMs && !session.isAsked) {
    session.isAsked = true
    session.write(formatMessage({ command: 'PING', text: session.server }))
  }
}
