/**
 * What commands cost, so that none of them keeps the server busy: a bucket of tokens for each client. Who has none left waits
 * for them, and is not read meanwhile. What is said costs nothing here, as the owner limits it.
 */
import type { Session } from './session.ts'

const burst = 60
const perSecond = 6

/** Milliseconds until a command of this cost may run; it is paid for when that is 0. */
export function pay(session: Session, cost: number): number {
  if (cost === 0) return 0
  const nowMs = session.desk.clock.monotonicMs()
  const earned = ((nowMs - session.filledMs) / 1_000) * perSecond
  session.tokens = Math.min(burst, session.tokens + earned)
  session.filledMs = nowMs
  const most = Math.min(cost, burst)
  if (session.tokens < most) return Math.ceil(((most - session.tokens) / perSecond) * 1_000)
  session.tokens -= most
  return 0
}
