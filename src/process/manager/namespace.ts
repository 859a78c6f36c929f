/** Named fields of different types that live in a manager. */
import type { Task } from '../task.ts'
import { ManagedProxy, registerProxy } from './proxy.ts'

/**
 * Fields that several processes use; each call is one step. Rejects as ManagedMap does.
 *
 * @example
 * const state = await manager.namespace({ phase: 'warm-up', done: 0 })
 * await state.set('phase', 'measuring')
 * await state.add('done', 1)
 */
export class ManagedNamespace<Fields extends object> extends ManagedProxy {
  protected readonly kind = 'managed-namespace'

  get<Name extends keyof Fields & string>(name: Name): Promise<Fields[Name]> {
    return this.call('get', name)
  }

  set<Name extends keyof Fields & string>(name: Name, value: Fields[Name]): Promise<void> {
    return this.call('set', name, value)
  }

  /** Sets several fields in one step. */
  assign(fields: Partial<Fields>): Promise<void> {
    return this.call('setMany', Object.entries(fields))
  }

  /** All fields at one moment. */
  all(): Promise<Fields> {
    return this.call('entries')
  }

  /** Adds to a number or bigint; gives the sum. */
  add<Name extends keyof Fields & string>(name: Name, amount: Fields[Name] & (number | bigint)): Promise<Fields[Name]> {
    return this.call('add', name, amount)
  }

  /** Sets it if it is deeply equal to `expected`; whether it did. */
  compareAndSet<Name extends keyof Fields & string>(
    name: Name,
    expected: Fields[Name],
    value: Fields[Name],
  ): Promise<boolean> {
    return this.call('compareAndSet', name, expected, value)
  }

  /** Runs a task in the manager's process with what is there, and sets what it gives; gives that too. */
  update<Name extends keyof Fields & string, Args extends readonly unknown[]>(
    name: Name,
    task: Task<[before: Fields[Name], ...Args], Fields[Name] | Promise<Fields[Name]>>,
    ...args: Args
  ): Promise<Fields[Name]> {
    return this.runTask([name], task, args)
  }
}

registerProxy('managed-namespace', (handle) => new ManagedNamespace(handle))
