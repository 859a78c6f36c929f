/**
 * The wire form of errors, in which they cross threads, processes and sockets, since structured clone drops the class, the
 * code and own fields of errors. What travels with an error is bounded: the causes and errors in it by depth and number, its
 * own fields by size, and of these only what JSON could carry.
 */
import { errorTable, type ErrorCode } from './error-table.ts'
import { isLaneworkError, LaneworkError } from './errors.ts'

/** The JSON-safe form in which an error travels. */
export interface WireError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  readonly detail?: unknown
  readonly cause?: WireError
  /** Of an AggregateError. */
  readonly errors?: readonly WireError[]
  /** Its other own enumerable fields. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** Longest chain of causes, or errors of errors, that travels; a cycle ends here too. */
const depthLimit = 8
/** Most errors that travel as one, however they are nested. */
const errorsLimit = 100
/** Most values and characters of all fields together. */
const fieldsLimit = 16_384
/** Deepest nesting of a field. */
const fieldDepthLimit = 8

/** What is left for one error, with all that is in it. */
interface Room {
  errors: number
  fields: number
}

/**
 * Turns anything that was thrown into its wire form: the first 100 errors of its causes and `errors`, 8 levels deep, and own
 * fields that JSON can carry, up to 16,384 characters and values of all of them.
 */
export function errorToWire(value: unknown): WireError {
  return toWire(value, 0, { errors: errorsLimit, fields: fieldsLimit })
}

function toWire(value: unknown, depth: number, room: Room): WireError {
  room.errors -= 1
  if (!(value instanceof Error) && !isLaneworkError(value)) {
    return { name: 'Error', message: describeThrown(value) }
  }
  const error = value as Error & { code?: unknown; detail?: unknown }
  const isDeep = depth >= depthLimit
  return {
    name: String(error.name),
    message: String(error.message),
    ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
    ...jsonSafe(error.detail),
    ...(error.cause === undefined || isDeep || room.errors <= 0 ? {} : { cause: toWire(error.cause, depth + 1, room) }),
    ...(error instanceof AggregateError ? { errors: isDeep ? [] : errorsOf(error, depth, room) } : {}),
    ...fieldsOf(error, room),
  }
}

function errorsOf({ errors }: AggregateError, depth: number, room: Room): WireError[] {
  const wires: WireError[] = []
  if (!Array.isArray(errors)) return wires
  for (const error of errors) {
    if (room.errors <= 0) break
    wires.push(toWire(error, depth + 1, room))
  }
  return wires
}

/** What travels by a name of its own; `fix` is known by the code. */
const namedFields = new Set(['name', 'message', 'stack', 'code', 'detail', 'cause', 'errors'])

function fieldsOf(error: Error, room: Room): { fields?: Record<string, unknown> } {
  const fields: [string, unknown][] = []
  for (const key of Object.keys(error)) {
    if (namedFields.has(key) || (key === 'fix' && isLaneworkError(error))) continue
    const before = room.fields
    room.fields -= key.length
    try {
      fields.push([key, plainCopy((error as unknown as Record<string, unknown>)[key], 0, room)])
    } catch {
      room.fields = before // It cannot travel, is too large, or its getter throws; the others may fit.
    }
  }
  return fields.length === 0 ? {} : { fields: Object.fromEntries(fields) }
}

/** A copy of what JSON can carry. Throws for anything else, and when there is no room left. */
function plainCopy(value: unknown, depth: number, room: Room): unknown {
  room.fields -= typeof value === 'string' ? value.length + 1 : 1
  if (room.fields < 0 || depth > fieldDepthLimit) throw new RangeError('too large')
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || Number.isFinite(value)) return value
  if (Array.isArray(value)) {
    if (value.length > room.fields) throw new RangeError('too large')
    return Array.from(value, (item: unknown) => plainCopy(item ?? null, depth + 1, room))
  }
  const prototype: unknown = typeof value === 'object' ? Object.getPrototypeOf(value) : undefined
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError('no plain value')
  const entries = Object.entries(value as object).filter(([, item]) => item !== undefined)
  return Object.fromEntries(
    entries.map(([key, item]) => {
      room.fields -= key.length
      return [key, plainCopy(item, depth + 1, room)]
    }),
  )
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

/** Rebuilds an error from its wire form; class, code, detail, remote stack, causes, errors and fields are kept. */
export function errorFromWire(wire: WireError, depth = 0): Error {
  const options =
    wire.cause === undefined || depth >= depthLimit ? undefined : { cause: errorFromWire(wire.cause, depth + 1) }
  const isOurs = wire.name === 'LaneworkError' && typeof wire.detail === 'object' && wire.detail !== null
  const error =
    isOurs && isErrorCode(wire.code)
      ? new LaneworkError(wire.code, wire.detail as never, options)
      : namedError(wire, depth, options)
  error.message = wire.message
  if (wire.stack !== undefined) error.stack = wire.stack
  for (const [key, value] of Object.entries(wire.fields ?? {})) {
    if (namedFields.has(key)) continue
    Object.defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true })
  }
  return error
}

function errorsFromWire(errors: readonly WireError[], depth: number): Error[] {
  return depth >= depthLimit ? [] : errors.map((error) => errorFromWire(error, depth + 1))
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

function namedError(wire: WireError, depth: number, options: { cause: Error } | undefined): Error {
  const constructor = (Object.hasOwn(builtInErrors, wire.name) ? builtInErrors[wire.name] : undefined) ?? Error
  const error = Array.isArray(wire.errors)
    ? new AggregateError(errorsFromWire(wire.errors, depth), wire.message, options)
    : new constructor(wire.message, options)
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
