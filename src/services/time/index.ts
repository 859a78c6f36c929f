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
