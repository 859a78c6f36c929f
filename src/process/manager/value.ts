/** One value of any type that lives in a manager. */
import type { Task } from '../task.ts'
import { ManagedProxy, registerProxy } from './proxy.ts'

/** A value that several processes use; each call is one step. Rejects as ManagedMap does. */
export class ManagedValue<Item> extends ManagedProxy {
  protected readonly kind = 'managed-value'

  get(): Promise<Item> {
    return this.call('get')
  }

  set(value: Item): Promise<void> {
    return this.call('set', value)
  }

  /** Sets it; gives what was there before. */
  exchange(value: Item): Promise<Item> {
    return this.call('exchange', value)
  }

  /** Adds to a number or bigint; gives the sum. */
  add(amount: Item & (number | bigint)): Promise<Item> {
    return this.call('add', amount)
  }

  /** Sets it if it is deeply equal to `expected`; whether it did. */
  compareAndSet(expected: Item, value: Item): Promise<boolean> {
    return this.call('compareAndSet', expected, value)
  }

  /** Runs a task in the manager's process with what is there, and sets what it gives; gives that too. */
  update<Args extends readonly unknown[]>(
    task: Task<[before: Item, ...Args], Item | Promise<Item>>,
    ...args: Args
  ): Promise<Item> {
    return this.runTask([], task, args)
  }
}

registerProxy('managed-value', (handle) => new ManagedValue(handle))
