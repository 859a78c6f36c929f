/** What the exit code of `lanework` means; printed by `lanework --help` and documented in docs/cli.md. */
import type { ErrorCode } from '../core/index.ts'

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  noAnswer: 3,
  refused: 4,
  addressInUse: 5,
  permission: 6,
} as const

export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [exitCodes.ok, 'done'],
  [exitCodes.failed, 'failed; the message says why'],
  [exitCodes.usage, 'the command line is wrong'],
  [exitCodes.noAnswer, 'nobody answered in time'],
  [exitCodes.refused, 'nobody listens there, no such server runs, or the connection was broken off'],
  [exitCodes.addressInUse, 'the address is in use'],
  [exitCodes.permission, 'no permission for the address'],
]

const byError: Partial<Record<ErrorCode, number>> = {
  ADDRESS_INVALID: exitCodes.usage,
  SCHEME_UNKNOWN: exitCodes.usage,
  OPTION_INVALID: exitCodes.usage,
  SERVICE_UNKNOWN: exitCodes.usage,
  SCENARIO_INVALID: exitCodes.usage,
  MEMORY_IMPOSSIBLE: exitCodes.usage,
  SERVICE_INVALID: exitCodes.usage,
  DNS_NAME_INVALID: exitCodes.usage,
  WORKLOAD_INVALID: exitCodes.usage,
  WORKLOAD_TOO_LARGE: exitCodes.usage,
  JOB_INVALID: exitCodes.usage,
  JOB_UNKNOWN: exitCodes.usage,
  JOB_IMPOSSIBLE: exitCodes.usage,
  DEPENDENCY_UNKNOWN: exitCodes.usage,
  DEPENDENCY_CYCLE: exitCodes.usage,
  BATCH_NOT_FOUND: exitCodes.refused,
  ZONE_UNKNOWN: exitCodes.usage,
  LOCALE_UNKNOWN: exitCodes.usage,
  FORMAT_INVALID: exitCodes.usage,
  ADDRESS_IN_USE: exitCodes.addressInUse,
  PERMISSION_DENIED: exitCodes.permission,
  CONNECTION_REFUSED: exitCodes.refused,
  SERVER_NOT_FOUND: exitCodes.refused,
  CONNECTION_RESET: exitCodes.refused,
  CONNECT_TIMEOUT: exitCodes.noAnswer,
  TIMED_OUT: exitCodes.noAnswer,
  NO_ANSWER: exitCodes.noAnswer,
  CLOSED_WITHOUT_ANSWER: exitCodes.noAnswer,
}

export function exitCodeOf(code: ErrorCode): number {
  return byError[code] ?? exitCodes.failed
}
