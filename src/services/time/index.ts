/** `lanework/services/time`: time as text, and the services that tell it. */

// strftime
export {
  dialects,
  strftime,
  strftimeBytes,
  timeFormat,
  type StrftimeOptions,
  type TimeFormat,
} from './strftime/strftime.ts'
export type { Dialect } from './strftime/part.ts'
export type { Instant } from './strftime/instant.ts'

// Time zones
export { systemZone, zoneOf, type ZoneOptions } from './zone/zone.ts'
export type { Zone, ZonePeriod } from './zone/types.ts'

/** `lanework/services/time`: time as text, and the services that tell it. */

// NTP, the server's side
export { ntp, ntpService, type NtpCounter, type NtpServiceOptions } from './ntp/service.ts'
export type { NtpOptions, NtpRate } from './ntp/options.ts'
export { localSource, measuredPrecision, type LocalSourceOptions } from './ntp/local-source.ts'
export {
  decodePacket,
  encodePacket,
  modes,
  referenceIdOf,
  timeOfTimestamp,
  timestampDifferenceNs,
  timestampOf,
  trailerOf,
  type NtpPacket,
  type Trailer,
} from './ntp/wire.ts'
export type { Leap, SourceState, TimeSource } from './clock/types.ts'
