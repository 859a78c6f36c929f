/** Checks of arguments. */
import { checkKnownKeys, fail } from '../../core/index.ts'

/** What a wait is given when it is given nothing; not checked. */
export const noOptions: Readonly<Record<string, never>> = Object.freeze({})

const waitNames = ['timeoutMs', 'signal']
const blockingNames = ['timeoutMs']

/** Throws OPTION_INVALID unless the options of a wait are known and of the right kind; else it might never end. */
export function checkWait(options: object, known: readonly string[] = waitNames): void {
  if (options === noOptions) return
  checkKnownKeys('options', options, known)
  const { timeoutMs, signal } = options as { timeoutMs?: unknown; signal?: { aborted?: unknown } | null }
  checkTime('timeoutMs', timeoutMs)
  if (signal !== undefined && typeof signal?.aborted !== 'boolean')
    throw fail('OPTION_INVALID', { option: 'signal', rule: 'an AbortSignal', got: typeof signal })
}

/** The same for waits that block the thread, which no signal can end. */
export function checkBlocking(options: object): void {
  checkWait(options, blockingNames)
}

/** The error of a parameter that is not for callers: `new Lock({ name })`. */
export function internalParameter(what: string, got: unknown): Error {
  return fail('OPTION_INVALID', {
    option: what,
    rule: 'made without that parameter, which is internal',
    got: typeof got,
  })
}

/** Throws OPTION_INVALID for a time that is no number. */
export function checkTime(option: string, timeMs: unknown): void {
  if (timeMs === undefined || (typeof timeMs === 'number' && !Number.isNaN(timeMs))) return
  const got = typeof timeMs === 'object' ? 'an object' : `${String(timeMs)} (${typeof timeMs})`
  throw fail('OPTION_INVALID', { option, rule: 'a number of milliseconds', got })
}

/** Throws OPTION_INVALID unless it is an integer in that range. */
export function checkInteger(option: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
  const rule = `an integer from ${least} to ${most}`
  throw fail('OPTION_INVALID', { option, rule, got: `${String(value)} (${typeof value})` })
}
