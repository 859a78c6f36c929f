/**
 * Which of the tasks that a lane was given has begun, in memory that the lane shares: so the pool knows it even of a
 * lane that was killed, and can take back what has not begun.
 *
 *     word 2n      id << 2 | state     given ──▶ begun (by the lane)   given ──▶ taken back (by the pool)
 *     word 2n + 1  when it was called, in milliseconds of the monotonic clock; 0 while its module is loaded
 *
 * The id makes the words of two tasks in the same slot differ, so a message that is still on its way cannot begin a
 * task that was taken back.
 */
import { loadNative } from '../../native/index.ts'
import { Segment } from '../memory/segment.ts'

const given = 1
const begun = 2
const takenBack = 3
/** Tasks that a lane can be given at a time. */
export const slotCount = 128
const bytes = slotCount * 8
/** Ids stay below, so that `id << 2` fits the word. */
export const idLimit = 0x1fffffff

/** What carries the words to the lane: a handle for a process, shared memory itself for a thread. */
export type SlotMemory = Segment | SharedArrayBuffer

/** Memory for the slots of a lane; undefined where nothing can be shared. */
export function newSlotMemory(kind: 'thread' | 'process'): SlotMemory | undefined {
  if (kind === 'thread') return new SharedArrayBuffer(bytes)
  return loadNative() === undefined ? undefined : Segment.create(bytes, 'lanework-lane')
}

export class Slots {
  readonly #memory: SlotMemory
  readonly #words: Int32Array

  constructor(memory: SlotMemory) {
    this.#memory = memory
    this.#words = new Int32Array(memory instanceof Segment ? memory.buffer : memory)
  }

  give(slot: number, id: number): void {
    Atomics.store(this.#words, slot * 2 + 1, 0)
    Atomics.store(this.#words, slot * 2, (id << 2) | given)
  }

  /** The lane's step; false when the task was taken back. `called`: it is called at once, and its time is limited. */
  begin(slot: number, id: number, called: boolean): boolean {
    if (!this.#change(slot, id, begun)) return false
    // Only now: of a task that was taken back the slot may be another's already.
    if (called) this.stamp(slot)
    return true
  }

  /** Its time counts from now on. */
  stamp(slot: number): void {
    Atomics.store(this.#words, slot * 2 + 1, monotonicMs() || 1)
  }

  /** The pool's step; false when the task has begun. */
  takeBack(slot: number, id: number): boolean {
    return this.#change(slot, id, takenBack)
  }

  hasBegun(slot: number, id: number): boolean {
    return Atomics.load(this.#words, slot * 2) === ((id << 2) | begun)
  }

  /** How long a timed task has run; 0 when it was not called yet. */
  runningMs(slot: number, id: number): number {
    const startMs = Atomics.load(this.#words, slot * 2 + 1)
    if (startMs === 0 || !this.hasBegun(slot, id)) return 0
    return (monotonicMs() - startMs) & 0x7fffffff
  }

  close(): void {
    if (this.#memory instanceof Segment) this.#memory.close()
  }

  #change(slot: number, id: number, state: number): boolean {
    const before = (id << 2) | given
    return Atomics.compareExchange(this.#words, slot * 2, before, (id << 2) | state) === before
  }
}

/** The same clock in every process of the machine. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return (seconds * 1000 + Math.floor(nanoseconds / 1e6)) & 0x7fffffff
}
