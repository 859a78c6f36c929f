/** `lanework/schedule`: jobs and the policies that order them. Pure. */

// The contract
export type { Job, Offer, Policy, ReadyCause, Running } from './types.ts'

// Policies
export { fcfs } from './policies/fcfs.ts'
export { sjf, type SjfOptions } from './policies/sjf.ts'

// Learning
export { Expectation, type ExpectationOptions } from './expectation.ts'

// The machine
export type {
  AccessBurst,
  AdmissionMemory,
  AwaitBurst,
  Burst,
  CacheSpec,
  CpuBurst,
  DeviceSpec,
  IoBurst,
  JobSpec,
  MachineSpec,
  Rules,
  SimulatedJob,
  SwitchCost,
  ThreadSpec,
} from './machine/spec.ts'
export type {
  AccountLine,
  Averages,
  ControlBlock,
  CpuSpan,
  Decision,
  DeviceSpan,
  JobResult,
  JobState,
  MemorySpan,
  Simulation,
  SimulationRecord,
  SystemResult,
  Transition,
  TransitionCause,
} from './machine/simulation.ts'

// Memory shared in space
export type {
  Allocator,
  LedgerOptions,
  MemoryEvent,
  MemoryEventKind,
  MemoryUsage,
  Placement,
  Region,
} from './memory/types.ts'
export {
  equalPartitions,
  fixedPartitions,
  type FixedPartitionsOptions,
  type PartitionFit,
  type PartitionQueues,
} from './memory/fixed.ts'
export { variablePartitions, type VariablePartitions, type VariablePartitionsOptions } from './memory/variable.ts'
export { fits, type Fit, type Hole } from './memory/fit.ts'
export { freeListOrders, type FreeListOrder } from './memory/free-list.ts'
export type { Area, Compaction, Move } from './memory/compaction.ts'
export { buddy, type BuddyOptions } from './memory/buddy.ts'
export { pagedMemory, type PagedMemory, type PagedMemoryOptions } from './memory/paged.ts'
export { swapping, type BroughtIn, type Swapping, type SwappingOptions, type SwapVictim } from './memory/swapping.ts'

// Addresses
export {
  accesses,
  type Access,
  type Fault,
  type FaultKind,
  type Translated,
  type Translation,
} from './memory/translation.ts'
export { translateBaseLimit, type BaseLimit } from './memory/base-limit.ts'
export {
  placeSegments,
  splitAddress,
  translateSegment,
  type Segment,
  type SegmentAddress,
  type SegmentRequest,
  type SegmentTable,
} from './memory/segmentation.ts'
export { pageEntry, translatePage, type PageEntry, type PageTable } from './memory/page-table.ts'
export {
  guardedMemory,
  systemJob,
  type AccessEffect,
  type AccessOutcome,
  type GuardedMemory,
} from './memory/protection.ts'

// Page replacement
export { replay, type Replay, type ReplayOptions, type ReplayStep } from './memory/replay.ts'
export { replacementPolicies, type Page, type ReplacementPolicy } from './memory/replacement.ts'
export { beladyAnomalies, faultCurve, workingSet, type FaultPoint, type WorkingSet } from './memory/locality.ts'

// Disk space
export { createDisk, diskMethods, type DiskOptions } from './disk/disk.ts'
export type { ContiguousOptions } from './disk/contiguous.ts'
export type { LinkedOptions } from './disk/linked.ts'
export type { IndexedOptions } from './disk/indexed.ts'
export type {
  BlockEntry,
  BlockUse,
  Disk,
  DiskEvent,
  DiskEventKind,
  DiskMethodName,
  DiskRead,
  DiskUsage,
  FileEntry,
  UserUsage,
} from './disk/types.ts'

// Scenarios of memory and disk
export { fieldOf, type Field, type FieldPath, type Source } from './document/field.ts'
export { jsonLines, lineAt, tomlLines, type LineOf } from './document/lines.ts'
export { isSame } from './document/compare.ts'
export { readMemory } from './memory/scenario/read.ts'
export { playMemory } from './memory/scenario/play.ts'
export type { MemoryReport, MemoryScenario, MemoryStep } from './memory/scenario/types.ts'
export { memoryScenarios } from './memory/scenario/built-in.ts'
export { diskScenarios } from './disk/scenario/built-in.ts'
export { readDisk } from './disk/scenario/read.ts'
export { playDisk } from './disk/scenario/play.ts'
export type { DiskOp, DiskReadOp, DiskReport, DiskScenario, DiskStep } from './disk/scenario/types.ts'
export type {
  AllocationOp,
  AllocationScenario,
  AllocatorSpec,
  PagingScenario,
  ProtectionOp,
  ProtectionScenario,
  SwapOp,
  SwapScenario,
  TranslationMethod,
  TranslationScenario,
} from './memory/scenario/types.ts'
