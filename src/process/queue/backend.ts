/** What stands behind the handles of a queue: a ring in shared memory, or a queue that one thread serves. */
import type { SharedForm } from '../codec/shareable.ts'
import type { WaitLimits } from './line.ts'

/** Longest wait in milliseconds, for the forms that block the thread. */
export type SyncLimits = Pick<WaitLimits, 'timeoutMs'>

/** Each does what the method of Queue or JoinableQueue of its name says. */
export interface QueueBackend<Item, Batch extends ArrayLike<Item>> {
  readonly capacity: number
  readonly closed: boolean
  put(item: Item, limits: WaitLimits): Promise<void>
  tryPut(item: Item): boolean
  putSync(item: Item, limits: SyncLimits): void
  putMany(items: ArrayLike<Item>, limits: WaitLimits): Promise<number>
  tryPutMany(items: ArrayLike<Item>): number
  putManySync(items: ArrayLike<Item>, limits: SyncLimits): number
  get(limits: WaitLimits): Promise<Item>
  tryGet(): { readonly value: Item } | undefined
  getSync(limits: SyncLimits): Item
  getMany(most: number, limits: WaitLimits): Promise<Batch>
  tryGetMany(most: number): Batch | undefined
  getManySync(most: number, limits: SyncLimits): Batch
  qsize(): number
  end(): Promise<void>
  unfinished(): number
  taskDone(): void
  join(limits: WaitLimits): Promise<void>
  joinSync(limits: SyncLimits): void
  close(): void
  form(kind: string): SharedForm
}
