/** The options of a server whose lanes run elsewhere: what needs the machine's own clock and sockets, and how lanes are watched. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { systemNetwork } from '../../io/index.ts'
import { resolveLimits } from '../limits.ts'
import { checkSchemes } from '../serve-options.ts'
import type { Limits, ListenTarget, ServeOptions, SupervisionOptions } from '../types.ts'
import type { ServiceFacts } from './messages.ts'

export type Supervision = Required<Omit<SupervisionOptions, 'memoryBytes'>> & {
  readonly memoryBytes: number | undefined
}

const longestMs = 2 ** 31 - 1
const spreads = ['auto', 'source', 'round-robin', 'shared', 'least-connections'] as const

/** Throws OPTION_INVALID, and UNSUPPORTED without the addon. */
export function checkLaneOptions(options: ServeOptions, laneKind: 'thread' | 'process', lanes: number): Supervision {
  for (const option of ['network', 'clock'] as const) {
    if (options[option] === undefined) continue
    throw fail('OPTION_INVALID', { option, rule: "left out, unless laneKind is 'inline'", got: 'one' })
  }
  if (options.framing !== undefined && typeof options.framing !== 'string') {
    const rule = "its form as text, 'lines' or 'length:2', unless laneKind is 'inline'"
    throw fail('OPTION_INVALID', { option: 'framing', rule, got: 'an object, which cannot travel' })
  }
  checkChoice('spread', options.spread ?? 'auto', spreads)
  if (systemNetwork().kind !== 'native')
    throw fail('UNSUPPORTED', { feature: `${laneKind} lanes`, reason: 'they need the native addon' })
  return checkSupervision(options.supervision ?? {}, laneKind, lanes)
}

export function checkSupervision(
  given: SupervisionOptions,
  laneKind: 'thread' | 'process',
  lanes: number,
): Supervision {
  checkKnownKeys('supervision', given, [
    'hangMs',
    'memoryBytes',
    'restarts',
    'withinMs',
    'backoffMs',
    'readyMs',
    'standby',
  ])
  const { memoryBytes } = given
  if (memoryBytes !== undefined) checkInteger('supervision.memoryBytes', memoryBytes, 1_048_576, 2 ** 50)
  const check = (name: keyof SupervisionOptions, standard: number, least: number, most: number): number => {
    return checkInteger(`supervision.${name}`, given[name] ?? standard, least, most)
  }
  return {
    hangMs: check('hangMs', 10_000, 1_000, longestMs),
    restarts: check('restarts', 5 * lanes, 0, 1_000_000),
    withinMs: check('withinMs', 10_000, 1, longestMs),
    backoffMs: check('backoffMs', 100, 0, 5_000),
    readyMs: check('readyMs', 10_000, 1, longestMs),
    standby: check('standby', laneKind === 'process' ? 1 : 0, 0, 64),
    memoryBytes,
  }
}

/** The limits of a service that was loaded, which must be one for these addresses. Throws OPTION_INVALID. */
export function limitsFor(facts: ServiceFacts, given: Partial<Limits>, targets: readonly ListenTarget[]): Limits {
  checkSchemes(facts.name, facts.schemes, targets)
  return resolveLimits(facts.limits, given)
}
