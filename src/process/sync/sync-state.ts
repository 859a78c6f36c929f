/**
 * What each of the synchronisation classes consists of: one piece of shared memory and one eventfd, the same for all
 * processes. Here they are made and attached, and nowhere else.
 *
 *    word 0, 1     wait point (who waits, tickets)
 *    word 2 ...    the state of the class
 */
import { fail } from '../../core/index.ts'
import { checkCall } from '../../native/index.ts'
import type { Shareable, SharedForm } from '../codec/shareable.ts'
import { OwnedDescriptor } from '../memory/owned-descriptor.ts'
import { Segment } from '../memory/segment.ts'
import { newEvent, WaitPoint } from './wait-point.ts'

/** The first word that belongs to the class. */
export const firstWord = 2

/** Memory and eventfd of one object, in this thread. */
export class SyncState {
  readonly segment: Segment
  readonly cells: Int32Array
  readonly waiters: WaitPoint
  readonly #event: OwnedDescriptor

  private constructor(segment: Segment, event: number) {
    this.segment = segment
    this.#event = new OwnedDescriptor(event)
    this.cells = new Int32Array(segment.buffer, 0, segment.bytes >> 2)
    this.waiters = new WaitPoint(this.cells, 0, event)
  }

  /** New and zeroed, with so many words for the class. Throws UNSUPPORTED without the addon. */
  static create(words: number): SyncState {
    const segment = Segment.create((firstWord + words) * 4, 'lanework-sync')
    try {
      return new SyncState(segment, newEvent())
    } catch (error) {
      segment.close()
      throw error
    }
  }

  /** From the descriptors of `descriptors`, which it owns from now on. */
  static attach(descriptors: readonly number[]): SyncState {
    const [memory = -1, event = -1] = descriptors
    checkCall(Math.min(memory, event), 'attach', 'a shared object')
    return new SyncState(Segment.attach(memory), event)
  }

  get descriptors(): readonly [number, number] {
    return [this.segment.descriptor, this.#event.number]
  }

  close(): void {
    if (this.segment.closed) return
    this.waiters.close()
    this.segment.close()
    this.#event.close()
  }
}

/** What all synchronisation classes have. */
export abstract class SyncObject implements Shareable {
  /** Its name in errors. */
  protected readonly what: string
  readonly #state: SyncState

  protected constructor(what: string, state: SyncState) {
    this.what = what
    this.#state = state
  }

  /** Throws CLOSED after close(). */
  protected get state(): SyncState {
    if (this.#state.segment.closed) throw fail('CLOSED', { what: this.what })
    return this.#state
  }

  abstract toShared(): SharedForm

  get closed(): boolean {
    return this.#state.segment.closed
  }

  /** Gives up this thread's access; waits in progress here reject with CLOSED. Others keep theirs. */
  close(): void {
    this.#state.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
