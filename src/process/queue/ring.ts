/** What both kinds of ring have in common: counters, the two locks, and how an operation commits. */
import { fail } from '../../core/index.ts'
import { word } from './layout.ts'
import { RingLock } from './ring-lock.ts'

/** There is no item, or no room. */
export const nothing: unique symbol = Symbol('nothing')
/** Another thread holds that end of the ring; to be tried again soon. */
export const busy: unique symbol = Symbol('busy')
/** Some of the items, and the rest must wait. */
export const partly: unique symbol = Symbol('partly')

/** Items that wait to be put; `from` is the first that is not in the ring yet. */
export interface Parcel<Item> {
  readonly items: ArrayLike<Item>
  from: number
}

/** A ring of items in shared memory. Every operation is atomic, also against kill -9. */
export interface Ring<Item, Batch> {
  readonly ends: RingEnds
  /** A parcel, ready to be put in parts. Throws what `put` throws. */
  parcel(items: ArrayLike<Item>): Parcel<Item>
  /** True, or why not. Throws ITEM_TOO_LONG, NOT_SERIALIZABLE, CLOSED. */
  put(item: Item): true | typeof nothing | typeof busy
  /** Puts as many as fit and moves `from`; how many these were. */
  putSome(parcel: Parcel<Item>): number | typeof nothing | typeof busy
  /** An item that the caller owns. Throws CLOSED when there is none and none will come. */
  get(): Item | typeof nothing | typeof busy
  /** At least one item, at most `most`. */
  getSome(most: number): Batch | typeof nothing | typeof busy
}

/** The two ends of a ring: who may put or take, and how many items were. */
export class RingEnds {
  readonly header: Int32Array
  readonly capacity: number
  readonly putLock: RingLock
  readonly getLock: RingLock

  constructor(header: Int32Array) {
    this.header = header
    this.capacity = header[word.capacity] as number
    this.putLock = new RingLock(header, word.putLock)
    this.getLock = new RingLock(header, word.getLock)
  }

  /** Items in the ring; others may change it at any time. */
  get count(): number {
    const gets = Atomics.load(this.header, word.gets)
    return Math.min((Atomics.load(this.header, word.puts) - gets) >>> 0, this.capacity)
  }

  get ended(): boolean {
    return Atomics.load(this.header, word.ended) !== 0
  }

  /** Throws CLOSED once no item may be put. */
  checkOpen(): void {
    if (this.ended) throw fail('CLOSED', { what: 'queue' })
  }

  /** For a getter that found nothing: throws CLOSED when nothing can come any more. */
  nothingLeft(): typeof nothing {
    // In this order: `ended` is set under the put lock, so whoever sees it also sees the last item.
    if (this.ended && this.count === 0) throw fail('CLOSED', { what: 'queue' })
    return nothing
  }

  /** From now on nothing can be put; busy while somebody is putting. */
  end(): true | typeof busy {
    if (!this.putLock.take()) return busy
    Atomics.store(this.header, word.ended, 1)
    this.putLock.release()
    return true
  }
}
