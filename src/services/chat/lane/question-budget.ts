/**
 * What questions cost: a bucket of units for each member, for all protocols. A question costs when it is asked and, by the size of its
 * answer, once it is answered; who owes units is told to wait. Members that come back to fifty rooms and read all of them stay within it;
 * who asks in a loop keeps the owner busy for some hundredths of its time.
 */
import type { Clock } from '../../../core/index.ts'
import type { Answer, Fault, RequestName } from '../types.ts'

/** Units at most, and how many come back. */
const burst = 400
const perSecond = 20

/** `asked`: units of the question itself. `entries`: how many entries of its answer make one more. */
interface Cost {
  readonly asked: number
  readonly entries: number
}

const costs: Partial<Record<RequestName, Cost>> = {
  who: { asked: 1, entries: 25 },
  names: { asked: 1, entries: 25 },
  list: { asked: 1, entries: 50 },
  history: { asked: 1, entries: 200 },
  targets: { asked: 2, entries: 200 },
  modes: { asked: 0.5, entries: 50 },
  // IRC's ISON and USERHOST ask for many at once.
  whois: { asked: 0.2, entries: 50 },
  whowas: { asked: 0.2, entries: 50 },
}

export interface QuestionBudget {
  /** Takes what a question costs; a fault where it has to wait. */
  take(name: RequestName): Fault | undefined
  /** Takes what its answer costs. */
  answered(name: RequestName, answer: Answer<unknown>): void
}

/** Whether a request is a question that costs. */
export function isQuestion(name: RequestName): boolean {
  return costs[name] !== undefined
}

export function questionBudget(clock: Clock): QuestionBudget {
  let units = burst
  let filledMs = clock.monotonicMs()
  return {
    take(name) {
      const nowMs = clock.monotonicMs()
      units = Math.min(burst, units + ((nowMs - filledMs) / 1_000) * perSecond)
      filledMs = nowMs
      const { asked } = costs[name] ?? { asked: 0 }
      if (units < asked) {
        const waitMs = Math.ceil(((asked - units) / perSecond) * 1_000)
        const seconds = Math.ceil(waitMs / 1_000)
        const message = `Too many questions; wait ${seconds} s`
        return { code: 'limited', message, scope: 'peer', action: 'drop', waitMs }
      }
      units -= asked
      return undefined
    },
    answered(name, answer) {
      const cost = costs[name]
      if (cost !== undefined && 'ok' in answer) units -= sizeOf(answer.ok) / cost.entries
    },
  }
}

/** How many entries an answer has: of a list, or the members and masks of a room. */
function sizeOf(answer: unknown): number {
  if (Array.isArray(answer)) return answer.length
  if (typeof answer !== 'object' || answer === null) return 0
  let entries = 0
  for (const value of Object.values(answer)) if (Array.isArray(value)) entries += value.length
  return entries
}
