/** `lanework/process`: what Python's multiprocessing gives, for Node. */
export { registerShareable, share, type Shareable, type SharedForm } from './codec/shareable.ts'

// Supervision
export { Supervisor } from './supervisor/supervisor.ts'
export {
  superviseFunction,
  superviseLane,
  superviseProcess,
  superviseTree,
  type LaneLike,
  type ProcessLike,
} from './supervisor/adapters.ts'
export type {
  Backoff,
  ChildEnd,
  ChildSpec,
  ChildState,
  ChildStatus,
  Intensity,
  RestartKind,
  StartContext,
  Strategy,
  Supervised,
  SupervisorEvents,
  SupervisorOptions,
  SupervisorState,
  SupervisorStatus,
} from './supervisor/types.ts'
