/** The server layer: services and what runs them. */
export { service, isService, loadService } from './service.ts'
export { serve } from './serve.ts'
export { defaultLimits, descriptorLimit, resolveLimits } from './limits.ts'
export { wellKnownPorts } from './loop-guard.ts'
export { prefixKey, type PrefixOptions } from './rate/prefix.ts'
export { SlidingWindow, type SlidingWindowOptions } from './rate/sliding-window.ts'
export { TokenBucket, type TokenBucketOptions } from './rate/token-bucket.ts'
export type {
  Answer,
  AnyService,
  DrainOptions,
  DrainReport,
  LaneInfo,
  LaneState,
  Limits,
  ListenerStatus,
  ListenTarget,
  Peer,
  PeerEnd,
  ServeOptions,
  Server,
  ServerEvents,
  ServerStatus,
  Service,
  ServiceDefinition,
  SessionOptions,
} from './types.ts'
