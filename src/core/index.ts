/** `lanework/core`: what every layer stands on. Pure: no sockets, no processes. */

// Errors
export { LaneworkError, isLaneworkError, fail } from './errors.ts'
export { errorToWire, errorFromWire, type WireError } from './error-wire.ts'
export type { ErrorDetails } from './error-details.ts'
export { errorTable, errorCodes, type ErrorCode } from './error-table.ts'

// Limits
export { checkInteger, checkNumber, checkChoice, checkKnownKeys } from './limits.ts'
export { nearestName } from './nearest-name.ts'

// Bytes
export { ByteReader, ByteWriter } from './bytes.ts'

// Time
export { systemClock, type Clock, type Timer } from './clock.ts'
export { afterAwake } from './awake.ts'

// Measuring
export { Counters } from './counters.ts'
export { Histogram } from './histogram.ts'

// Events
export { Emitter } from './events.ts'
