/** A Set that lives in a manager. */
import { ManagedProxy, registerProxy } from './proxy.ts'

/** A Set that several processes use; each call is one step. Rejects as ManagedMap does. */
export class ManagedSet<Item> extends ManagedProxy {
  protected readonly kind = 'managed-set'

  /** Whether it was not there before. */
  add(item: Item): Promise<boolean> {
    return this.call('add', item)
  }

  has(item: Item): Promise<boolean> {
    return this.call('has', item)
  }

  /** Whether it was there. */
  delete(item: Item): Promise<boolean> {
    return this.call('delete', item)
  }

  clear(): Promise<void> {
    return this.call('clear')
  }

  size(): Promise<number> {
    return this.call('size')
  }

  /** All at one moment. */
  values(): Promise<Item[]> {
    return this.call('values')
  }

  /** What is there when the iteration begins. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    yield* await this.values()
  }
}

registerProxy('managed-set', (handle) => new ManagedSet(handle))
