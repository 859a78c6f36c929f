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
