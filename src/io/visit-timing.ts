/** When a visitor who speaks HTTP takes too long: to ask, to read the answer, to rest, to leave. Pure; the time is an argument. */
import type { Visit } from './websocket/types.ts'

export interface VisitLimits {
  /** A request must be whole so soon. @default 10_000 */
  readonly askMs?: number
  /** An answer of which nothing moves, and a rest between two requests; a rest is 5 seconds at most. 0 for any time, rests but 5 seconds. */
  readonly idleMs: number
}

const usualAskMs = 10_000
const restMs = 5_000
/** After our side has finished, the visitor has this long to finish too. */
const leaveMs = 2_000

export class VisitTiming {
  /** Since when it is in this state, at this request, with so many bytes waiting. */
  #sinceMs: number
  #state: Visit['state'] = 'asking'
  #requests = 0
  #queuedBytes = 0

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** The state in which it takes too long; undefined while it does not. Call it now and then. */
  overdue(visit: Visit, limits: VisitLimits, nowMs: number): Visit['state'] | undefined {
    const { state, requests, queuedBytes } = visit
    const hasMoved = state !== this.#state || requests !== this.#requests || queuedBytes < this.#queuedBytes
    this.#state = state
    this.#requests = requests
    this.#queuedBytes = queuedBytes
    if (hasMoved) this.#sinceMs = nowMs
    const limitMs = limitOf(state, limits)
    return limitMs > 0 && nowMs - this.#sinceMs > limitMs ? state : undefined
  }

  /** Ends a visit that takes too long, as its state asks for. */
  static end(visit: Visit, state: Visit['state']): void {
    if (state === 'asking') visit.timeOut()
    else if (state === 'resting') visit.end()
    else visit.destroy()
  }
}

function limitOf(state: Visit['state'], { askMs = usualAskMs, idleMs }: VisitLimits): number {
  if (state === 'asking') return askMs
  if (state === 'answering') return idleMs
  if (state === 'leaving') return leaveMs
  return idleMs === 0 ? restMs : Math.min(idleMs, restMs)
}
