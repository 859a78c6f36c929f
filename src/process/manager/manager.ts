/** Objects that live in one process and are used by many. */
import { checkChoice, checkKnownKeys, fail } from '../../core/index.ts'
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import { Process, processDied } from '../process.ts'
import { recordLayout } from '../queue/layout.ts'
import { Queue } from '../queue/queue.ts'
import { ServedHandle, servedForm, type ServedForm } from '../served/handle.ts'
import { beginWaiting, endWaiting } from '../served/keep-alive.ts'
import { ServedQueue } from '../served/queue.ts'
import { addressOf } from '../task.ts'
import { ManagedArray } from './array.ts'
import type { ObjectKind } from './kinds.ts'
import { ManagedMap } from './map.ts'
import { ManagedNamespace } from './namespace.ts'
import { attachManaged, handleOf } from './proxy.ts'
import { remote, type Remote } from './remote.ts'
import { ManagerRoot } from './root.ts'
import { serveManager } from './serve.ts'
import { ManagedSet } from './set.ts'
import { ManagedValue } from './value.ts'

export interface ManagerOptions {
  /** Of its process. @default `Process-1`, `Process-2`... */
  readonly name?: string
  /** process: one of its own. thread: a worker thread. here: the thread that calls `start`. @default 'process' */
  readonly place?: 'process' | 'thread' | 'here'
}

const places = ['process', 'thread', 'here'] as const

/**
 * Makes objects in a process of their own and gives proxies to them, which any process or task may get as an argument.
 * Calls of one object run one at a time, in the order in which they arrive; an async method or task holds its object until
 * it settles, so it must not call the same object and wait for that.
 *
 * Objects live until they are released, or the manager ends: by `shutdown`, or with the process that started it.
 * Calls then reject with CLOSED, those in flight included; whether these still ran is not known.
 *
 * @example
 * await using manager = await Manager.start()
 * const counts = await manager.map<string, number>()
 * await pool.map(countWords, files.map((file) => [file, counts]))
 */
export class Manager implements Shareable {
  readonly #root: ServedHandle
  readonly #process: Process<readonly never[], void> | undefined

  private constructor(root: ServedHandle, process?: Process<readonly never[], void>) {
    this.#root = root
    this.#process = process
  }

  /** Starts one. Rejects with OPTION_INVALID, PROCESS_DIED when its process ends before it serves. */
  static async start(options: ManagerOptions = {}): Promise<Manager> {
    checkKnownKeys('manager', options, ['name', 'place'])
    const place = checkChoice('place', options.place ?? 'process', places)
    if (place === 'here') return new Manager(ServedHandle.serve(new ManagerRoot(), 'manager'))
    return startElsewhere(place, options.name)
  }

  /** @internal */
  static of(root: ServedHandle, process?: Process<readonly never[], void>): Manager {
    return new Manager(root, process)
  }

  /** Of its process; undefined for a manager that this process did not start, or that is here. */
  get pid(): number | undefined {
    return this.#process?.pid
  }

  async map<Key, Item>(entries: Iterable<readonly [Key, Item]> = []): Promise<ManagedMap<Key, Item>> {
    return new ManagedMap(await this.#make('map', [...entries]))
  }

  async array<Item>(items: Iterable<Item> = []): Promise<ManagedArray<Item>> {
    return new ManagedArray(await this.#make('array', [...items]))
  }

  async set<Item>(items: Iterable<Item> = []): Promise<ManagedSet<Item>> {
    return new ManagedSet(await this.#make('set', [...items]))
  }

  async namespace<Fields extends object>(fields: Fields): Promise<ManagedNamespace<Fields>> {
    return new ManagedNamespace(await this.#make('namespace', { ...fields }))
  }

  async value<Item>(initial: Item): Promise<ManagedValue<Item>> {
    return new ManagedValue(await this.#make('value', initial))
  }

  /**
   * An object of a class that has an address (see `handler`), made in the manager's process.
   * Rejects with TASK_INVALID for another class, TASK_NOT_FOUND, NOT_SERIALIZABLE, or what its constructor throws.
   *
   * @example
   * export const Account = handler(import.meta, 'Account', class { balance = 0; deposit(sum: number) { ... } })
   * const account = await manager.create(Account)
   * await account.deposit(10)
   */
  async create<Args extends readonly unknown[], Instance extends object>(
    type: new (...args: Args) => Instance,
    ...args: Args
  ): Promise<Remote<Instance>> {
    return remote(await this.#make('own', addressOf(type), ...args)) as Remote<Instance>
  }

  /** Ends the life of an object of this manager: calls to it reject with CLOSED. Whether it was there. */
  async release(proxy: object): Promise<boolean> {
    const handle = handleOf(proxy)
    if (handle === undefined || handle.path !== this.#root.path)
      throw fail('OPTION_INVALID', { option: 'proxy', rule: 'a proxy of this manager', got: String(typeof proxy) })
    return (await this.#call('release', handle.object)) as boolean
  }

  /** Objects that live in it. */
  async count(): Promise<number> {
    return (await this.#call('count')) as number
  }

  /** Ends it and all its objects; resolves after the end of its process. */
  async shutdown(): Promise<void> {
    if (!this.#root.closed) {
      // One that has died is shut down already.
      await this.#call('shutdown').catch(() => {})
      this.#root.close()
    }
    // A daemon's end is nothing that the program is kept running for.
    beginWaiting()
    await this.#process?.sentinel
    endWaiting()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown()
  }

  toShared(): SharedForm {
    return this.#root.form('manager')
  }

  async #make(kind: ObjectKind, ...args: readonly unknown[]): Promise<ServedHandle> {
    return attachManaged((await this.#call('create', kind, args)) as ServedForm)
  }

  #call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#root.call(method, args, { what: `Asking the manager to ${method}` })
  }
}

/** Its process says where it is; one that dies before that is not waited for. */
async function startElsewhere(place: 'process' | 'thread', name: string | undefined): Promise<Manager> {
  const said = new Queue<ServedForm>({}, ServedQueue.serve<ServedForm, ServedForm[]>(recordLayout(1, 65_536)))
  const child = new Process(serveManager, [said], {
    daemon: true,
    startMethod: place === 'thread' ? 'thread' : 'spawn',
    ...(name === undefined ? {} : { name }),
  })
  await child.start()
  try {
    const died = child.sentinel.then((death) => {
      throw processDied(child.name, child.pid, death)
    })
    died.catch(() => {})
    const form = await Promise.race([said.get(), died])
    return Manager.of(ServedHandle.attach(form, 'manager'), child as never)
  } finally {
    said.close()
  }
}

registerShareable('manager', (data) => {
  const form = servedForm(data)
  if (form === undefined) throw fail('FRAME_INVALID', { framing: 'values', reason: 'a manager without its place' })
  return Manager.of(ServedHandle.attach(form, 'manager'))
})
