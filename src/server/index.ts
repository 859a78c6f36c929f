/** The server layer: services and what runs them. */
export { service, isService, loadService } from './service.ts'
export { makerUrl, serviceMaker, type ServiceMaker } from './service-maker.ts'
export { prepare, type Prepared } from './prepared.ts'
export { serve } from './serve.ts'
export { defaultLimits, descriptorLimit, resolveLimits } from './limits.ts'
export { wellKnownPorts } from './loop-guard.ts'
export { listenerMeasures, type MeasureName, type MeasureRole, type MeasureRow } from './measures.ts'
export { type FoundNetwork, NetworkMap, privateNetworks } from './rate/network-map.ts'
export { isNumericAddress, prefixKey, readPrefix, type PrefixBits, type PrefixOptions } from './rate/prefix.ts'
export { SlidingWindow, type SlidingWindowOptions } from './rate/sliding-window.ts'
export { TokenBucket, type TokenBucketOptions } from './rate/token-bucket.ts'
export type {
  Answer,
  AnyService,
  DrainOptions,
  DrainReport,
  LaneInfo,
  LaneKind,
  LaneState,
  LaneStatus,
  LatencyStatus,
  Limits,
  ListenerStatus,
  ListenTarget,
  Peer,
  PeerEnd,
  QueuePolicy,
  ReloadOptions,
  ReloadReport,
  ServeOptions,
  Server,
  ServerEvents,
  ServerStatus,
  Service,
  ServiceDefinition,
  SessionOptions,
  SharedAccess,
  SharedMethods,
  SharedServer,
  Spread,
  SupervisionOptions,
} from './types.ts'

// Operating a server
export { controlFolder, serveControl, type ControlSocket, type ServeControlOptions } from './control/serve-control.ts'
export { usualStateFolder } from './control/state-folder.ts'
export { findServers, type FoundServer } from './control/find-servers.ts'
export { metricsContentType, metricsText } from './control/metrics.ts'
export type {
  DrainedServer,
  OperatorMethods,
  PingAnswer,
  ProgramStatus,
  ReloadedServer,
  UpgradeReport,
} from './control/types.ts'
export { upgrade, type UpgradeOptions } from './upgrade/upgrade.ts'
export { inheritance, type Inheritance, type InheritedQuery } from './upgrade/inheritance.ts'
export type { HandedSockets, HandOver, InheritedSockets } from './upgrade/types.ts'
export { becomeUser, type UserIdentity } from './become-user.ts'
