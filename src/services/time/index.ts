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
export {
  decodeRfc868,
  encodeRfc868,
  rfc868,
  rfc868Service,
  type Rfc868Options,
  type Rfc868ServiceOptions,
} from './rfc868.ts'

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

// NTP, the client's side
export { queryNtp, ntpAddress, refIdOf, type NtpSample, type QueryOptions } from './client/query.ts'
export {
  measure,
  type MeasuredClock,
  type MeasuredServer,
  type Measurement,
  type MeasureOptions,
} from './client/measure.ts'
export {
  combine,
  select,
  type Candidate,
  type Combined,
  type Judged,
  type Selection,
  type SelectOptions,
  type Verdict,
} from './client/select.ts'
export { ClockKeeper, ownRefIds, type Exchanged, type KeeperOptions, type KeptServer } from './client/clock-keeper.ts'
export type { PollOptions } from './client/poll-schedule.ts'

// A clock that is kept right
export {
  DisciplinedClock,
  type ClockEvents,
  type ClockSource,
  type DisciplinedClockOptions,
} from './clock/disciplined-clock.ts'
export type { BoundedTime, ClockParameters } from './clock/parameters.ts'
export type { ClockSample } from './clock/sample.ts'
export type { SampleFate } from './clock/source-filter.ts'
export type { Jump } from './clock/jumps.ts'
export { systemTicks, ticksOf, wallOffset, type Ticks, type WallOffset } from './clock/ticks.ts'
export { bootId, readDriftFile, writeDriftFile } from './clock/drift-file.ts'
export type { DriftRecord } from './clock/drift-record.ts'
export { decodeSnapshot, encodeSnapshot, sharedSource, type SharedSource } from './clock/snapshot.ts'
export type { FollowOptions } from './clock/follow.ts'
export { upstreamShared, type UpstreamOptions, type UpstreamParts, type UpstreamStatus } from './clock/upstream.ts'

// Clocks and networks that are simulated
export {
  simulateClock,
  type SimulateClockOptions,
  type SimulatedEvent,
  type SimulatedMoment,
  type SimulatedRun,
} from './simulation/simulate-clock.ts'
export type { SimulatedServer } from './simulation/network.ts'
