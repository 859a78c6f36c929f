/** The options of a supervisor and of its children: defaults filled in, nonsense refused. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import type { Backoff, ChildSpec, RestartKind, Strategy, SupervisorOptions } from './types.ts'

export interface Settings {
  readonly strategy: Strategy
  readonly restarts: number
  readonly withinMs: number
  readonly backoff: Required<Backoff> | undefined
  readonly autoShutdown: 'never' | 'any-significant' | 'all-significant'
  readonly killMs: number
  readonly random: () => number
}

export interface ChildSettings {
  readonly id: string
  readonly start: ChildSpec['start']
  readonly restart: RestartKind
  readonly shutdownMs: number
  readonly significant: boolean
}

const knownOptions = 'children strategy intensity backoff autoShutdown killMs clock random'.split(' ')
const shutdownRules = ['never', 'any-significant', 'all-significant'] as const
const longestMs = 2_147_483_647

/** Throws OPTION_INVALID. */
export function checkSettings(options: SupervisorOptions): Settings {
  checkKnownKeys('supervisor', options, knownOptions)
  const { intensity = {}, backoff = {}, killMs = 5_000, random = Math.random } = options
  checkKnownKeys('intensity', intensity, ['restarts', 'withinMs'])
  return {
    strategy: checkChoice('strategy', options.strategy ?? 'one-for-one', [
      'one-for-one',
      'one-for-all',
      'rest-for-one',
    ]),
    restarts: checkInteger('intensity.restarts', intensity.restarts ?? 3, 0, 1_000_000),
    withinMs: checkInteger('intensity.withinMs', intensity.withinMs ?? 5_000, 1, longestMs),
    backoff: backoff === false ? undefined : checkBackoff(backoff),
    autoShutdown: checkChoice('autoShutdown', options.autoShutdown ?? 'never', shutdownRules),
    killMs: checkInteger('killMs', killMs, 1, longestMs),
    random,
  }
}

function checkBackoff(backoff: Backoff): Required<Backoff> {
  const { initialMs = 100, factor = 2, maxMs = 10_000, resetAfterMs = 30_000, jitter = 0.5 } = backoff
  checkKnownKeys('backoff', backoff, ['initialMs', 'factor', 'maxMs', 'resetAfterMs', 'jitter'])
  return {
    initialMs: checkInteger('backoff.initialMs', initialMs, 0, longestMs),
    factor: checkNumber('backoff.factor', factor, 1, 1_000),
    maxMs: checkInteger('backoff.maxMs', maxMs, 0, longestMs),
    resetAfterMs:
      resetAfterMs === Infinity ? Infinity : checkInteger('backoff.resetAfterMs', resetAfterMs, 0, longestMs),
    jitter: checkNumber('backoff.jitter', jitter, 0, 1),
  }
}

/** The delay before restart number `attempt` (from 0) of a child, with `chance` in [0, 1). */
export function delayOf(backoff: Required<Backoff>, attempt: number, chance: number): number {
  // Bounded, as 0 times Infinity would be no number.
  const fullMs = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** Math.min(attempt, 100))
  return Math.round(fullMs * (1 - backoff.jitter * chance))
}

/** Throws OPTION_INVALID. */
export function checkChild(spec: ChildSpec, autoShutdown: Settings['autoShutdown']): ChildSettings {
  checkKnownKeys('child', spec, ['id', 'start', 'restart', 'shutdownMs', 'significant'])
  const { id, start, restart = 'permanent', shutdownMs = 5_000, significant = false } = spec
  if (typeof id !== 'string' || id === '') throw invalid('child.id', 'a string that is not empty', id)
  if (typeof start !== 'function') throw invalid(`${id}.start`, 'a function', start)
  checkChoice(`${id}.restart`, restart, ['permanent', 'transient', 'temporary'])
  if (shutdownMs !== Infinity) checkInteger(`${id}.shutdownMs`, shutdownMs, 0, longestMs)
  if (significant && restart === 'permanent')
    throw invalid(`${id}.significant`, 'false for a permanent child, which never ends for good', significant)
  if (significant && autoShutdown === 'never')
    throw invalid(`${id}.significant`, "false while autoShutdown is 'never'", significant)
  return { id, start, restart, shutdownMs, significant }
}

function checkNumber(option: string, value: number, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw invalid(option, `a number from ${least} to ${most}`, value)
}

export function invalid(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option, rule, got: `${String(got)} (${typeof got})` })
}
