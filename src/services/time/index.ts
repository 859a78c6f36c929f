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
export { parseInstant } from './strftime/parse-instant.ts'

// Time zones
export { systemZone, zoneOf, type ZoneOptions } from './zone/zone.ts'
export type { Zone, ZonePeriod } from './zone/types.ts'

// Time as text, as a service
export { time, timeService, type TimeOptions, type TimeServiceOptions } from './format-service.ts'
export { askTime, type AskTimeOptions } from './ask-time.ts'
export { daytime, daytimeService, type DaytimeOptions, type DaytimeServiceOptions } from './daytime.ts'
export { decodeRfc868, encodeRfc868, rfc868, rfc868Service, type Rfc868ServiceOptions } from './rfc868.ts'

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
