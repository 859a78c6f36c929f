/** A Map that lives in a manager. */
import type { Task } from '../task.ts'
import { ManagedProxy, registerProxy } from './proxy.ts'

/**
 * A Map that several processes use. Each call is one step: nobody else's comes in between, also not within `update`.
 * Calls reject with CLOSED once the object is released or its process has ended, NOT_SERIALIZABLE, or what a task throws.
 *
 * @example
 * const counts = await manager.map<string, number>()
 * await counts.add('visits', 1)
 * await counts.update('visits', double)     // a task: (before: number | undefined) => number
 */
export class ManagedMap<Key, Item> extends ManagedProxy {
  protected readonly kind = 'managed-map'

  get(key: Key): Promise<Item | undefined> {
    return this.call('get', key)
  }

  set(key: Key, value: Item): Promise<void> {
    return this.call('set', key, value)
  }

  /** Sets all in one step. */
  setMany(entries: Iterable<readonly [Key, Item]>): Promise<void> {
    return this.call('setMany', [...entries])
  }

  /** Sets it unless there is one; gives what is there then. */
  setIfAbsent(key: Key, value: Item): Promise<Item> {
    return this.call('setIfAbsent', key, value)
  }

  /** Sets it if it is deeply equal to `expected` (undefined: absent); whether it did. */
  compareAndSet(key: Key, expected: Item | undefined, value: Item): Promise<boolean> {
    return this.call('compareAndSet', key, expected, value)
  }

  /** Adds to a number or bigint, absent being 0; gives the sum. Rejects with OPTION_INVALID for anything else. */
  add(key: Key, amount: Item & (number | bigint)): Promise<Item> {
    return this.call('add', key, amount)
  }

  /** Runs a task in the manager's process with what is there, and sets what it gives; gives that too. */
  update<Args extends readonly unknown[]>(
    key: Key,
    task: Task<[before: Item | undefined, ...Args], Item | Promise<Item>>,
    ...args: Args
  ): Promise<Item> {
    return this.runTask([key], task, args)
  }

  has(key: Key): Promise<boolean> {
    return this.call('has', key)
  }

  /** Whether it was there. */
  delete(key: Key): Promise<boolean> {
    return this.call('delete', key)
  }

  clear(): Promise<void> {
    return this.call('clear')
  }

  size(): Promise<number> {
    return this.call('size')
  }

  keys(): Promise<Key[]> {
    return this.call('keys')
  }

  values(): Promise<Item[]> {
    return this.call('values')
  }

  /** All at one moment. */
  entries(): Promise<[Key, Item][]> {
    return this.call('entries')
  }

  /** What is there when the iteration begins. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[Key, Item], void, undefined> {
    yield* await this.entries()
  }
}

registerProxy('managed-map', (handle) => new ManagedMap(handle))
