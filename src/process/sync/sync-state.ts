/**
 * What each of the synchronisation classes consists of: one piece of shared memory and one eventfd, the same for all
 * processes. Here they are made and attached, and nowhere else.
 *
 *    word 0, 1     wait point (who waits, tickets)
 *    word 2 ...    the state of the class
 */
import { fail } from '../../core/index.ts'
import { checkCall, loadNative } from '../../native/index.ts'
import type { Shareable, SharedForm } from '../codec/shareable.ts'
import { OwnedDescriptor } from '../memory/owned-descriptor.ts'
import { Segment } from '../memory/segment.ts'
import { servedForm, ServedHandle } from '../served/handle.ts'
import type { ServedObject } from '../served/object.ts'
import { internalParameter } from './options.ts'
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

  get closed(): boolean {
    return this.segment.closed
  }

  /** What travels. */
  form(kind: string, data?: unknown): SharedForm {
    return { kind, data, descriptors: this.descriptors }
  }

  close(): void {
    if (this.segment.closed) return
    this.waiters.close()
    this.segment.close()
    this.#event.close()
  }
}

/** Where the state of an object is: in memory that all share, or with the thread that serves it. */
export type AnyState = SyncState | ServedHandle

/** Of a new object: shared memory of so many words, or served by this thread where there is no addon. */
export function newState(words: number, served: () => ServedObject, what: string): AnyState {
  return loadNative() === undefined ? ServedHandle.serve(served(), what) : SyncState.create(words)
}

/** Of a handle that arrived. */
export function arrivedState(data: unknown, descriptors: readonly number[], what: string): AnyState {
  const served = servedForm(data)
  return served === undefined ? SyncState.attach(descriptors) : ServedHandle.attach(served, what)
}

/** What the class added to it. */
export function arrivedData(data: unknown): unknown {
  const served = servedForm(data)
  return served === undefined ? data : served.data
}

/** What all synchronisation classes have. */
export abstract class SyncObject<State extends AnyState = AnyState> implements Shareable {
  /** Its name in errors. */
  protected readonly what: string
  readonly #state: State

  /** Throws OPTION_INVALID. */
  protected constructor(what: string, state: State) {
    if (!(state instanceof SyncState || state instanceof ServedHandle)) throw internalParameter(what, state)
    this.what = what
    this.#state = state
  }

  /** Throws CLOSED after close(). */
  protected get state(): State {
    if (this.#state.closed) throw fail('CLOSED', { what: this.what })
    return this.#state
  }

  /** @internal Throws UNSUPPORTED when another thread serves the object. */
  checkServedHere(what: string): void {
    if (!(this.#state instanceof ServedHandle) || this.#state.isLocal) return
    const reason = `without the native addon it must be made by the thread that made its ${this.what}`
    throw fail('UNSUPPORTED', { feature: what, reason })
  }

  abstract toShared(): SharedForm

  get closed(): boolean {
    return this.#state.closed
  }

  /** Gives up this thread's access; waits in progress here reject with CLOSED. Others keep theirs. */
  close(): void {
    this.#state.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
