/** `lanework/schedule`: how a machine is shared, in time and in space: policies, simulator, memory, disk, laws, drawings. Pure. */

// The contract
export type { Job, Offer, Policy, ReadyCause, Running } from './types.ts'

// Policies
export { fcfs } from './policies/fcfs.ts'
export { sjf, type SjfOptions } from './policies/sjf.ts'
export { srtf, type SrtfOptions } from './policies/srtf.ts'
export { rr, type RrOptions } from './policies/rr.ts'
export { priority, type PriorityOptions } from './policies/priority.ts'
export { mlfq } from './policies/mlfq.ts'
export type { MlfqOptions } from './policies/mlfq-rules.ts'
export { lottery, type LotteryOptions } from './policies/lottery.ts'
export { stride, type StrideOptions, type StridePolicy } from './policies/stride.ts'
export { hrrn, type HrrnOptions } from './policies/hrrn.ts'
export { fair, type FairOptions, type FairPolicy } from './policies/fair.ts'
export { fairSlice, niceWeights, weightOfNice, type FairSliceOptions } from './policies/weights.ts'
export { eevdf, type EevdfOptions, type EevdfPolicy } from './policies/eevdf.ts'
export { edf, type EdfOptions } from './policies/edf.ts'
export { rm, rmBound, type RmOptions } from './policies/rm.ts'
export { easy, type EasyOptions } from './policies/easy.ts'
export { mlq, type MlqOptions, type MlqQueue } from './policies/mlq.ts'
export { fairShare, type FairShareOptions } from './policies/fair-share.ts'
export type { LengthOptions } from './policies/lengths.ts'
export type { TieRule } from './policies/ties.ts'
export { policyByName, policyFromJson, policyRow, type PolicyOptions } from './policies/by-name.ts'
export { listsOf, parsePolicy } from './policies/choice-text.ts'
export { policyTable } from './policies/table.ts'
export type { PolicyOption, PolicyOptionType, PolicyRow } from './policies/table-row.ts'
export { optionsLike, presetLike, presets, type Book, type Preset } from './policies/presets.ts'

// A queue by rank, from which anybody may leave
export { JobHeap } from './heap.ts'

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
  StrayAccess,
  SystemResult,
  Transition,
  TransitionCause,
} from './machine/simulation.ts'

// The simulator
export { simulate } from './machine/simulate.ts'
export { observedRun, type ObservedJob, type ObservedRun } from './machine/observed.ts'
export { processorSharing, type SharingOptions } from './machine/processor-sharing.ts'
export { queuePerCpu, type QueuePerCpuOptions } from './machine/queue-per-cpu.ts'
export { answer, type Answer, type GanttBar, type JobAnswer } from './machine/answer.ts'

// Eras
export { eraByName, eras } from './eras/table.ts'
export { runEra, runEras, type EraOptions, type EraRun } from './eras/run.ts'
export type { Era, EraName, EraRules } from './eras/era.ts'

// Workloads
export { workloadByName, workloadTable } from './workload/built-in/table.ts'
export { readWorkload, workloadReader, formatOf, type WorkloadFormat, type WorkloadReader } from './workload/read.ts'
export { generateJobs, type GeneratedIo, type Generation } from './workload/generate.ts'
export { workloadToJson } from './workload/json.ts'
export { workloadToToml, type WritableWorkload } from './workload/toml.ts'
export { jobsToCsv } from './workload/csv.ts'
export type { ReadOptions } from './workload/limits.ts'
export type { BuiltInWorkload, MachineHints, PolicyChoice, Workload } from './workload/workload.ts'
export { burstsOfPattern, type PatternProblem } from './workload/io-pattern.ts'

// Comparisons
export { compare, compareTable, figuresOf, type Compared, type Figure, type Figures } from './sweep/compare.ts'
export type { Contender } from './sweep/contender.ts'
export { sweep, sweepable, sweepTable, type SweepOptions, type SweepRow } from './sweep/sweep.ts'

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
export { memoryKinds, memoryOfKind, type MemoryKind, type MemoryOfKind } from './memory/by-kind.ts'
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

// Queueing laws
export { mg1, mm1, numberInSystem, mg1ProcessorSharing, type Prediction } from './laws/single-server.ts'
export { mg1ShortestRemaining } from './laws/shortest-remaining.ts'
export { erlangC, mmc } from './laws/many-servers.ts'
export { nonPreemptivePriority, preemptivePriority, type PriorityClass } from './laws/priorities.ts'
export {
  meanValueAnalysis,
  multiprogramming,
  type ClosedNetwork,
  type ClosedResult,
  type Multiprogramming,
} from './laws/closed-network.ts'

// The check of the simulator against the laws
export { lawChecks, lawTable, verifyLaws, type LawCheck, type VerifyOptions } from './laws/verify.ts'

// Statistics
export {
  coefficientOfVariation,
  jainFairness,
  mean,
  percentile,
  percentiles,
  standardDeviation,
  summarize,
  variance,
  type Summary,
} from './statistics/summary.ts'
export {
  batchMeans,
  confidenceInterval,
  studentQuantile,
  studentT,
  withoutWarmUp,
  type BatchOptions,
  type Interval,
} from './statistics/interval.ts'
export { controlledInterval } from './statistics/control.ts'
export { table } from './statistics/table.ts'
export {
  bar,
  histogram,
  histogramText,
  type BarsOptions,
  type Bucket,
  type HistogramOptions,
} from './statistics/histogram.ts'

// Random numbers
export { mersenne, type Mersenne } from './random/mersenne.ts'

// Random times and arrivals
export { integerBelow, randomStream, xoshiro128, type Uniform } from './random/stream.ts'
export { secondMoment, squaredVariation, type Distribution } from './random/distribution.ts'
export { erlang, exponential, hyperexponential } from './random/phases.ts'
export { deterministic, empirical, pareto, uniform } from './random/bounded.ts'
export { lognormal, weibull } from './random/skewed.ts'
export { batch, onOff, periodic, poisson, renewal, type ArrivalProcess, type OnOffOptions } from './random/arrivals.ts'
export {
  arrivalTable,
  arrivalsByName,
  distributionByName,
  distributionTable,
  type Drawable,
  type Parameters,
} from './random/by-name.ts'

// Drawing
export { drawGantt, ganttRows, type GanttRow, type GanttSpan } from './draw/gantt.ts'
export type { ChartOptions } from './draw/chart.ts'
export type { DrawOptions } from './draw/options.ts'
export { drawStates, stateSpans, type StateSpan } from './draw/states.ts'
export { drawMemory, memoryBands, type MemoryChartOptions } from './draw/memory.ts'
export { drawStep, type StepOptions } from './draw/step.ts'
export { momentsOf, type DeviceMoment, type Moment, type Moments, type ThreadMoment } from './draw/moments.ts'
export {
  drawAccounts,
  drawDistribution,
  drawResults,
  drawSystem,
  type DistributionOptions,
  type Measure,
  type ResultsOptions,
} from './draw/results.ts'
export { bestAt, comparedColumns, drawComparison, type ComparedColumn } from './draw/comparison.ts'
export { ganttPicture, ganttSvg, statesPicture, statesSvg } from './draw/gantt-svg.ts'
export type { ChartFrame, SvgOptions } from './draw/svg-chart.ts'
export type { Theme } from './draw/svg-theme.ts'
export { traceEvents, type Trace, type TraceEvent, type TraceOptions } from './draw/trace-events.ts'
export { toJson } from './draw/json.ts'
export { jobColor, jobInk, type JobColor } from './draw/palette.ts'
export { keysOf, type JobKey } from './draw/keys.ts'
export { numberText, percentText } from './draw/scale.ts'
export { threadOwners } from './draw/owners.ts'
export { asciiText, cutText, padText, textWidth, visibleText } from './draw/text-width.ts'
export { columnsOf, runsOf, type Column } from './draw/columns.ts'
export { drawingOf, type Drawing } from './draw/options.ts'
export { ticksBetween } from './draw/scale.ts'
export { pageContent, pageFor, pageWith, type PageContent, type PageMachine } from './draw/page.ts'

// Files with their lines
export { fieldOf, type Field, type FieldPath, type Source } from './document/field.ts'
export { jsonLines, lineAt, tomlLines, type LineOf } from './document/lines.ts'
export { cellsOf, hasOddQuotes, quoted, type Cell, type WrongCell } from './document/cells.ts'
export { isSame } from './document/compare.ts'
export { jsonErrorOffset } from './document/json-error.ts'
