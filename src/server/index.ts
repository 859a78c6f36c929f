/** The server layer: services and what runs them. */
export { service, isService, loadService } from './service.ts'
export { serve } from './serve.ts'
export { defaultLimits, descriptorLimit, resolveLimits } from './limits.ts'
export { wellKnownPorts } from './loop-guard.ts'
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
