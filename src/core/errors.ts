/**
 * One error class for the whole of lanework.
 *
 * Programs look at `code` and `detail`, people read `message` (what happened, then what to do).
 * How an error crosses threads, processes and sockets: error-wire.ts.
 */
import type { ErrorDetails } from './error-details.ts'
import { errorTable, type ErrorCode } from './error-table.ts'

const brand: symbol = Symbol.for('lanework.error')

/**
 * An error with a stable `code`, typed `detail`, and the original as `cause`.
 *
 * @example
 * try { await connect('tcp://127.0.0.1:9') } catch (error) {
 *   if (isLaneworkError(error, 'CONNECTION_REFUSED')) console.log(error.detail.address)
 * }
 */
export class LaneworkError<Code extends ErrorCode = ErrorCode> extends Error {
  readonly code: Code
  readonly detail: ErrorDetails[Code]
  /** What to do about it; one sentence. */
  readonly fix: string

  constructor(code: Code, detail: ErrorDetails[Code], options?: { cause?: unknown }) {
    const entry = errorTable[code]
    super(entry.message(detail), options)
    this.code = code
    this.detail = detail
    this.fix = entry.fix
  }
}
Object.defineProperties(LaneworkError.prototype, { name: { value: 'LaneworkError' }, [brand]: { value: true } })

/** True for a LaneworkError of any copy of this package; with `code`, only for that code. */
export function isLaneworkError<Code extends ErrorCode = ErrorCode>(
  value: unknown,
  code?: Code,
): value is LaneworkError<Code> {
  if (typeof value !== 'object' || value === null || !(brand in value)) return false
  return code === undefined || (value as LaneworkError).code === code
}

/** Makes the error of a code; callers write `throw fail(...)` so that control flow stays visible. */
export function fail<Code extends ErrorCode>(
  code: Code,
  detail: ErrorDetails[Code],
  options?: { cause?: unknown },
): LaneworkError<Code> {
  const error = new LaneworkError(code, detail, options)
  Error.captureStackTrace?.(error, fail)
  return error
}
