/** Queues between processes. */
export { JoinableQueue } from './joinable-queue.ts'
export { Queue, type QueueOptions, type SyncLimits } from './queue.ts'
export { SimpleQueue } from './simple-queue.ts'
export type { WaitLimits } from './line.ts'
