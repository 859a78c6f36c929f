/** An array that lives in a manager. */
import type { Task } from '../task.ts'
import { ManagedProxy, registerProxy } from './proxy.ts'

/** How many items an iteration fetches at a time. */
const chunkItems = 1_000

/**
 * An array that several processes use; each call is one step. Rejects as ManagedMap does, and with OPTION_INVALID for an
 * index outside of it.
 */
export class ManagedArray<Item> extends ManagedProxy {
  protected readonly kind = 'managed-array'

  /** Negative counts from the end; undefined outside. */
  at(index: number): Promise<Item | undefined> {
    return this.call('at', index)
  }

  set(index: number, value: Item): Promise<void> {
    return this.call('set', index, value)
  }

  /** The length after it. */
  push(...items: readonly Item[]): Promise<number> {
    return this.call('push', ...items)
  }

  pop(): Promise<Item | undefined> {
    return this.call('pop')
  }

  shift(): Promise<Item | undefined> {
    return this.call('shift')
  }

  unshift(...items: readonly Item[]): Promise<number> {
    return this.call('unshift', ...items)
  }

  length(): Promise<number> {
    return this.call('length')
  }

  /** A copy, all of one moment. */
  slice(start?: number, end?: number): Promise<Item[]> {
    return this.call('slice', start, end)
  }

  /** Takes out `count` items at `start` and puts others there; gives what was taken out. */
  splice(start: number, count: number, ...items: readonly Item[]): Promise<Item[]> {
    return this.call('splice', start, count, ...items)
  }

  clear(): Promise<void> {
    return this.call('clear')
  }

  /** Adds to a number or bigint; gives the sum. */
  add(index: number, amount: Item & (number | bigint)): Promise<Item> {
    return this.call('add', index, amount)
  }

  /** Sets it if it is deeply equal to `expected`; whether it did. */
  compareAndSet(index: number, expected: Item, value: Item): Promise<boolean> {
    return this.call('compareAndSet', index, expected, value)
  }

  /** Runs a task in the manager's process with what is there, and sets what it gives; gives that too. */
  update<Args extends readonly unknown[]>(
    index: number,
    task: Task<[before: Item, ...Args], Item | Promise<Item>>,
    ...args: Args
  ): Promise<Item> {
    return this.runTask([index], task, args)
  }

  /** Items by their index, fetched 1,000 at a time; changes in between are seen or not, as in an array. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (let from = 0; ; from += chunkItems) {
      const items = await this.slice(from, from + chunkItems)
      yield* items
      if (items.length < chunkItems) return
    }
  }
}

registerProxy('managed-array', (handle) => new ManagedArray(handle))
