/** `lanework`: the few nouns most programs need; each layer has its own subpath. */
export { prepare, service, serve, prefixKey, SlidingWindow, TokenBucket } from './server/index.ts'
export type {
  LaneInfo,
  Peer,
  Server,
  Service,
  ServiceDefinition,
  ServeOptions,
  Limits,
  DrainReport,
  Prepared,
} from './server/index.ts'
export type { PrefixOptions, SlidingWindowOptions, TokenBucketOptions } from './server/index.ts'
export { raw, lines, delimiter, fixed, lengthPrefix, netstring, jsonLines } from './framing/index.ts'
export { udp, tcp, listen, connect } from './io/index.ts'
export { LaneworkError, isLaneworkError } from './core/index.ts'
