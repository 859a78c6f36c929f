/** Queues between processes. */
export { JoinableQueue } from './joinable-queue.ts'
export { Queue, type QueueOptions } from './queue.ts'
export type { SyncLimits } from './backend.ts'
export { SimpleQueue } from './simple-queue.ts'
export type { WaitLimits } from './line.ts'
