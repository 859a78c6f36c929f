/** Many lanes behind one queue: give it tasks, and each settles exactly once, whatever becomes of the lane that runs it. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { fcfs } from '../../schedule/index.ts'
import { cpuCount, refuseDuringImport } from '../current.ts'
import { noOptions } from '../sync/options.ts'
import { addressOf, findTask, type Task, type TaskAddress } from '../task.ts'
import { checkArgs, checkName } from '../checks.ts'
import { checkFolder } from '../child/flags.ts'
import { ChildLane } from './child-lane.ts'
import { Dispatcher } from './dispatcher.ts'
import { checkOrder, Entry } from './entry.ts'
import { Habits } from './habits.ts'
import { InlineLane } from './inline-lane.ts'
import type { Lane, LaneEvents } from './lane.ts'
import { gather, stream, type ChunkRunner } from './map.ts'
import { mode, type Mode } from './messages.ts'
import type {
  ImapOptions,
  LaneStatus,
  MapOptions,
  PoolMetrics,
  PoolOptions,
  PoolPolicy,
  Quarantined,
  RecycleOptions,
  RunOptions,
} from './types.ts'

const knownOptions =
  'lanes laneKind name policy initializer initialArgs onWorkerLost attempts pending graceMs messageBytes recycle env cwd execArgv stdout stderr heapMiB'.split(
    ' ',
  )

const runNames = 'signal timeoutMs onWorkerLost attempts priority owner deadline tickets queue'.split(' ')
const mapNames = [...runNames, 'chunkSize']
const imapNames = [...mapNames, 'lookAhead']

/**
 * Runs tasks on lanes.
 *
 * Arguments are read when a task is given to a lane; leave them unchanged until then. Lanes start with the first task.
 *
 * @example
 * await using pool = new Pool({ lanes: 2, laneKind: 'process' })
 * await pool.run(add, [1, 2], { timeoutMs: 1_000 }) // 3
 * for await (const thumbnail of pool.imap(resize, files)) save(thumbnail)
 */
export class Pool {
  readonly #options: PoolOptions
  readonly #name: string
  readonly #laneCount: number
  readonly #dispatcher: Dispatcher
  readonly #habits = new Habits()
  #closing: Promise<void> | undefined

  /** Throws OPTION_INVALID, and TASK_INVALID for an initialiser that is no task. */
  constructor(options: PoolOptions = {}) {
    checkKnownKeys('pool', options, knownOptions)
    const { lanes = cpuCount(), laneKind = 'process', pending = 1_000_000, graceMs = 500 } = options
    this.#laneCount = checkInteger('lanes', lanes, 1, 1024)
    checkChoice('laneKind', laneKind, ['inline', 'thread', 'process'])
    checkFolder(laneKind !== 'process', options.cwd)
    checkChoice('onWorkerLost', options.onWorkerLost ?? 'reject', ['reject', 'retry'])
    checkInteger('attempts', options.attempts ?? 3, 1, 1_000)
    // Nobody could read it, and a lane whose pipe is full stands still.
    checkChoice('stdout', options.stdout ?? 'inherit', ['inherit', 'ignore'])
    checkChoice('stderr', options.stderr ?? 'inherit', ['inherit', 'ignore'])
    if (options.messageBytes !== undefined) checkInteger('messageBytes', options.messageBytes, 1, 2 ** 32 - 1)
    if (options.heapMiB !== undefined) checkInteger('heapMiB', options.heapMiB, 1, 2 ** 31 - 1)
    this.#options = options
    this.#name = checkName(options.name ?? 'Pool')
    const initializer = options.initializer === undefined ? undefined : addressOf(options.initializer)
    this.#dispatcher = new Dispatcher({
      policy: options.policy ?? fcfs(),
      pending: checkInteger('pending', pending, 1, 2 ** 31 - 1),
      graceMs: checkInteger('graceMs', graceMs, 0, 2 ** 31 - 1),
      makeLane: (number, events) => this.#makeLane(number, events, initializer),
      lanes,
      recycle: checkRecycle(options.recycle ?? {}),
    })
  }

  /** The lanes as they are now. */
  get lanes(): LaneStatus[] {
    return this.#dispatcher.laneSet.lanes.map((lane) => lane.status)
  }

  /** What orders the tasks that wait, and what of it a pool cannot use. */
  get policy(): PoolPolicy {
    const { policy } = this.#dispatcher
    const ignores: ('quantum' | 'preemption')[] = []
    if (policy.quantum !== undefined) ignores.push('quantum')
    if (policy.preempts !== undefined) ignores.push('preemption')
    return { name: policy.name, ignores }
  }

  /** Tasks that killed as many lanes as they may, the last hundred. */
  get quarantined(): readonly Quarantined[] {
    return this.#dispatcher.quarantined
  }

  metrics(): PoolMetrics {
    const { measures, waiting, open, laneSet } = this.#dispatcher
    const { submitted, fulfilled, rejected, retried, deaths, waitUs, runUs } = measures
    const counts = { submitted, fulfilled, rejected, retried, deaths: { ...deaths }, recycled: laneSet.recycled }
    return { waiting, inFlight: open - waiting, ...counts, waitUs, runUs }
  }

  /** Starts the lanes now instead of with the first task. */
  start(): this {
    this.#refuseDuringImport()
    this.#dispatcher.laneSet.start()
    return this
  }

  /**
   * Runs one task. Rejects with what it threw; NOT_SERIALIZABLE, TASK_NOT_FOUND, TIMED_OUT, ABORTED, WORKER_LOST,
   * TASK_QUARANTINED, QUEUE_FULL, POOL_BROKEN, CLOSED, OPTION_INVALID. Throws TASK_INVALID and START_DURING_IMPORT.
   */
  run<Args extends readonly unknown[], Result>(
    task: Task<Args, Result>,
    args: NoInfer<Args>,
    options: RunOptions = noOptions,
  ): Promise<Awaited<Result>> {
    return this.#submit(addressOf(task), args, mode.once, options) as Promise<Awaited<Result>>
  }

  /** Runs the task for each item, in chunks; the results in the order of the items. The first error rejects it. */
  map<Item, Result>(
    task: Task<[Item], Result>,
    items: Iterable<NoInfer<Item>>,
    options: MapOptions = noOptions,
  ): Promise<Awaited<Result>[]> {
    this.#refuseDuringImport()
    return this.#gather(addressOf(task), items, mode.each, options) as Promise<Awaited<Result>[]>
  }

  /** The same for lists of arguments. */
  starmap<Args extends readonly unknown[], Result>(
    task: Task<Args, Result>,
    items: Iterable<NoInfer<Args>>,
    options: MapOptions = noOptions,
  ): Promise<Awaited<Result>[]> {
    this.#refuseDuringImport()
    return this.#gather(addressOf(task), items, mode.spread, options) as Promise<Awaited<Result>[]>
  }

  /**
   * Results one by one, in the order of the items, as they become ready. Items are taken only as far ahead as `lookAhead`
   * allows, so neither an endless input nor a slow reader fills the memory.
   */
  imap<Item, Result>(
    task: Task<[Item], Result>,
    items: Iterable<NoInfer<Item>> | AsyncIterable<NoInfer<Item>>,
    options: ImapOptions = noOptions,
  ): AsyncGenerator<Awaited<Result>, void, undefined> {
    return this.#stream(addressOf(task), items, options, true) as AsyncGenerator<Awaited<Result>, void, undefined>
  }

  /** The same in the order in which they are done. */
  imapUnordered<Item, Result>(
    task: Task<[Item], Result>,
    items: Iterable<NoInfer<Item>> | AsyncIterable<NoInfer<Item>>,
    options: ImapOptions = noOptions,
  ): AsyncGenerator<Awaited<Result>, void, undefined> {
    return this.#stream(addressOf(task), items, options, false) as AsyncGenerator<Awaited<Result>, void, undefined>
  }

  /** Takes no more tasks, finishes those it has, and ends the lanes. */
  async close(): Promise<void> {
    this.#closing ??= this.#close()
    await this.#closing
  }

  /** Rejects what waits or runs with CLOSED, and kills the lanes. Resolves after their end. */
  async terminate(): Promise<void> {
    this.#dispatcher.terminate(fail('CLOSED', { what: 'pool' }))
    await this.#dispatcher.laneSet.allEnded()
    this.#dispatcher.dispose()
  }

  /** Resolves once no task waits or runs. */
  async join(): Promise<void> {
    await this.#dispatcher.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    const { laneSet } = this.#dispatcher
    laneSet.refuse()
    await this.#dispatcher.idle()
    await laneSet.close()
    this.#dispatcher.dispose()
  }

  #submit(address: TaskAddress, args: readonly unknown[], how: Mode, options: RunOptions): Promise<unknown> {
    this.#refuseDuringImport()
    return new Promise((resolve, reject) => {
      if (options !== noOptions) checkKnownKeys('options', options, runNames)
      checkArgs(args)
      const entry = new Entry(
        address,
        args,
        how,
        { resolve, reject },
        performance.now(),
        this.#habits.of(address),
        options,
      )
      const { onWorkerLost, attempts } = options
      checkOrder(options)
      if (onWorkerLost !== undefined) checkChoice('onWorkerLost', onWorkerLost, ['reject', 'retry'])
      if (attempts !== undefined) checkInteger('attempts', attempts, 1, 1_000)
      entry.onWorkerLost = onWorkerLost ?? this.#options.onWorkerLost ?? 'reject'
      entry.attempts = attempts ?? this.#options.attempts ?? 3
      entry.signal = options.signal
      if (options.timeoutMs !== undefined)
        entry.timeoutMs = checkInteger('timeoutMs', options.timeoutMs, 1, 2 ** 31 - 1)
      this.#dispatcher.submit(entry)
    })
  }

  async #gather(address: TaskAddress, items: Iterable<unknown>, how: Mode, options: MapOptions): Promise<unknown[]> {
    if (options !== noOptions) checkKnownKeys('options', options, mapNames)
    const list = Array.isArray(items) ? (items as readonly unknown[]) : [...items]
    return gather(this.#runner(address, how, options), list, options.chunkSize, this.#laneCount)
  }

  #stream(
    address: TaskAddress,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: ImapOptions,
    ordered: boolean,
  ): AsyncGenerator<unknown, void, undefined> {
    this.#refuseDuringImport()
    if (options !== noOptions) checkKnownKeys('options', options, imapNames)
    const { chunkSize = 1, lookAhead = this.#laneCount * 2 } = options
    checkInteger('chunkSize', chunkSize, 1, 2 ** 31 - 1)
    checkInteger('lookAhead', lookAhead, 1, 2 ** 31 - 1)
    return stream(this.#runner(address, mode.each, options), items, { chunkSize, lookAhead, ordered })
  }

  /** Runs chunks, all of which are aborted together. */
  #runner(address: TaskAddress, how: Mode, options: ImapOptions): ChunkRunner {
    const { chunkSize: _, lookAhead: __, ...ofEach } = options
    const stop = new AbortController()
    const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal])
    return {
      run: (chunk) => this.#submit(address, [chunk], how, { ...ofEach, signal }) as Promise<unknown[]>,
      stop: () => stop.abort(),
    }
  }

  #refuseDuringImport(): void {
    if (this.#options.laneKind !== 'inline') refuseDuringImport(this.#name)
  }

  #makeLane(number: number, events: LaneEvents, initializer: TaskAddress | undefined): Lane {
    const {
      laneKind = 'process',
      initialArgs = [],
      messageBytes,
      env,
      cwd,
      execArgv,
      stdout,
      stderr,
      heapMiB,
    } = this.#options
    const name = `${this.#name}-${number}`
    if (laneKind === 'inline') {
      if (initializer === undefined) return new InlineLane(name, events)
      return new InlineLane(name, events, async () => await (await findTask(initializer))(...initialArgs))
    }
    const surroundings = { env, cwd, execArgv, stdout, stderr, heapMiB }
    return new ChildLane({ ...surroundings, name, kind: laneKind, initializer, initialArgs, messageBytes }, events)
  }
}

function checkRecycle(recycle: RecycleOptions): RecycleOptions {
  checkKnownKeys('recycle', recycle, ['tasks', 'rssBytes', 'ageMs'])
  const { tasks, rssBytes, ageMs } = recycle
  if (tasks !== undefined) checkInteger('recycle.tasks', tasks, 1, 2 ** 31 - 1)
  if (rssBytes !== undefined) checkInteger('recycle.rssBytes', rssBytes, 1, Number.MAX_SAFE_INTEGER)
  if (ageMs !== undefined) checkInteger('recycle.ageMs', ageMs, 1, 2 ** 31 - 1)
  return recycle
}
