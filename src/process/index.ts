/** `lanework/process`: what Python's multiprocessing gives, for Node. */
export { registerShareable, share, type Shareable, type SharedForm } from './codec/shareable.ts'

export { SharedMemory, type SharedMemoryOptions } from './memory/shared-memory.ts'
export { SharedArray, type TypedArray, type TypedArrayClass } from './memory/shared-array.ts'
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

export type { AcquireOptions, AcquireSyncOptions, Held } from './sync/held.ts'
export { Lock } from './sync/lock.ts'
export { RLock, type OwnedBy } from './sync/rlock.ts'
export { BoundedSemaphore, Semaphore, type SemaphoreOptions } from './sync/semaphore.ts'
export { Condition, type Regained } from './sync/condition.ts'
export { Event } from './sync/event.ts'
export { Barrier, type BarrierOptions } from './sync/barrier.ts'
