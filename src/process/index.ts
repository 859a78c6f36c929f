/** `lanework/process`: what Python's multiprocessing gives, for Node, and safe against kill -9. */

// Tasks
export { addressOf, findTask, handler, task, taskFrom, type Task, type TaskAddress } from './task.ts'

// Processes
export { Process, activeChildren, type ProcessOptions, type StartMethod } from './process.ts'
export { keepWarm, type WarmOptions } from './child/start.ts'
export { currentProcess, parentProcess, cpuCount, type ParentInfo, type ProcessInfo } from './current.ts'
export type { Death, DeathReason } from './death.ts'

// Programs
export { Program, type ProgramEnd, type TerminateOptions } from './program.ts'
export type { FileStream, ProgramOptions, ProgramStream } from './program-options.ts'
export { Keeper, ownKeeper, type KeeperOptions } from './keeper/keeper.ts'
export type {
  EndRecord,
  GroupSignal,
  LogBound,
  OrphanedProgram,
  ProcessIdentity,
  ProgramEntry,
  ProgramPlan,
  ResourceUse,
  StreamPlan,
} from './keeper/types.ts'
export type { JournalLine } from './keeper/journal.ts'
export { openFilesAtStart } from './open-files.ts'
export { LogBounds } from './keeper/log-bounds.ts'
export {
  cutsPath as logCutsPath,
  readCuts as readLogCuts,
  sizesOf as logSizes,
  type LogCuts,
} from './keeper/log-cuts.ts'
export {
  descendants,
  isProcessAlive,
  allProcesses,
  isSameProcess,
  readEntry,
  readProcess,
  type ProcessEntry,
  type ProcessUse,
} from './process-table.ts'

export { startDaemon, type DaemonOptions, type RunningDaemon } from './daemon.ts'
export {
  adoptOrphans,
  cpuTimes,
  hasWatch,
  moveTree,
  ProcessHandle,
  processUse,
  processTree,
  reap,
  signalSame,
  type Reaped,
  type TreeEntry,
} from './watch/index.ts'

export { MemoryLimits, type LimitedGroup } from './memory-limits.ts'
export { signalName } from './keeper/children.ts'

export { predecessor, startSuccessor, type Successor, type SuccessorOptions } from './successor.ts'

// Pools
export { Pool } from './pool/pool.ts'
export { currentTask, type TaskContext } from './pool/context.ts'
export type {
  ImapOptions,
  LaneState,
  LaneStatus,
  MapOptions,
  OnWorkerLost,
  PoolLaneKind,
  PoolMetrics,
  PoolOptions,
  PoolPolicy,
  Quarantined,
  RecycleOptions,
  RunOptions,
} from './pool/types.ts'

// Pipes
export { Connection, Pipe, type ReceiveOptions } from './pipe.ts'
export { wait, type Waitable } from './wait.ts'

// Handles; sockets are some too
import './sockets.ts'
export { registerShareable, type Shareable, type SharedForm } from './codec/index.ts'

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

// Queues
export {
  JoinableQueue,
  Queue,
  SimpleQueue,
  type QueueOptions,
  type SyncLimits,
  type WaitLimits,
} from './queue/index.ts'

// Managers
export {
  ManagedArray,
  ManagedMap,
  ManagedNamespace,
  ManagedSet,
  ManagedValue,
  Manager,
  type ManagerOptions,
  type Remote,
} from './manager/index.ts'

// Owners of folders
export { FileLock } from './file-lock.ts'

// Control sockets
export * from './control/index.ts'

// Shared memory
export { SharedMemory, type SharedMemoryOptions } from './memory/shared-memory.ts'
export { SharedArray } from './memory/shared-array.ts'
export type { TypedArray, TypedArrayClass } from './typed-arrays.ts'
export { Value, type IntegerKind } from './memory/value.ts'
export type { NumberKind, NumberOf } from './memory/kinds.ts'
export {
  bytes,
  struct,
  type BytesField,
  type Struct,
  type StructArray,
  type StructFields,
  type StructMemory,
  type StructView,
} from './memory/struct.ts'

// Synchronisation
export type { AcquireOptions, AcquireSyncOptions, Held } from './sync/held.ts'
export { Lock } from './sync/lock.ts'
export { RLock, type OwnedBy } from './sync/rlock.ts'
export { BoundedSemaphore, Semaphore, type SemaphoreOptions } from './sync/semaphore.ts'
export { Condition, type Regained } from './sync/condition.ts'
export { Event } from './sync/event.ts'
export { Barrier, type BarrierOptions } from './sync/barrier.ts'
