/**
 * One error class for the whole of lanework.
 *
 * Programs look at `code` and `detail`, people read `message` (what happened, then what to do).
 * An error crosses threads, processes and sockets in a wire form, since structured clone drops
 * the class, the code and own fields of errors.
 */
import { errorTable, type ErrorCode, type ErrorDetails } from './error-table.ts'

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

/** The JSON-safe form in which an error travels. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  readonly detail?: unknown
  readonly cause?: WireError
}

/** Longest chain of causes that travels; a cycle ends here too. */
const causeDepthLimit = 8

/** Turns anything that was thrown into its wire form, causes included. */
export function errorToWire(value: unknown, depth = 0): WireError {
  if (!(value instanceof Error) && !isLaneworkError(value)) {
    return { name: 'Error', message: describeThrown(value) }
  }
  const error = value as Error & { code?: unknown; detail?: unknown }
  return {
    name: String(error.name),
    message: String(error.message),
    ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
    ...jsonSafe(error.detail),
    ...(error.cause === undefined || depth >= causeDepthLimit ? {} : { cause: errorToWire(error.cause, depth + 1) }),
  }
}

/** The detail of a foreign error may hold anything; what JSON cannot carry stays behind. */
function jsonSafe(detail: unknown): { detail?: unknown } {
  try {
    const text = JSON.stringify(detail)
    return text === undefined ? {} : { detail: JSON.parse(text) as unknown }
  } catch {
    return {}
  }
}

/** Rebuilds an error from its wire form; class, code, detail, remote stack and causes are kept. */
export function errorFromWire(wire: WireError, depth = 0): Error {
  const options =
    wire.cause === undefined || depth >= causeDepthLimit ? undefined : { cause: errorFromWire(wire.cause, depth + 1) }
  const isOurs = wire.name === 'LaneworkError' && typeof wire.detail === 'object' && wire.detail !== null
  const error =
    isOurs && isErrorCode(wire.code)
      ? new LaneworkError(wire.code, wire.detail as never, options)
      : namedError(wire, options)
  error.message = wire.message
  if (wire.stack !== undefined) error.stack = wire.stack
  return error
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorTable, code)
}

const builtInErrors: Record<string, ErrorConstructor> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

function namedError(wire: WireError, options: { cause: Error } | undefined): Error {
  const constructor = (Object.hasOwn(builtInErrors, wire.name) ? builtInErrors[wire.name] : undefined) ?? Error
  const error = new constructor(wire.message, options)
  if (error.name !== wire.name) Object.defineProperty(error, 'name', { value: wire.name })
  if (wire.code !== undefined) Object.assign(error, { code: wire.code })
  if (wire.detail !== undefined) Object.assign(error, { detail: wire.detail })
  return error
}

function describeThrown(value: unknown): string {
  if (typeof value === 'string') return value
  try {
    return `Thrown value: ${String(value)}`
  } catch {
    return 'Thrown value: an object without a text form'
  }
}
