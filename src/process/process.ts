/** A process as an object, as Python's multiprocessing has it: start it, join it, ask how it ended. */
import {
  checkChoice,
  checkInteger,
  checkKnownKeys,
  errorFromWire,
  fail,
  isLaneworkError,
  type WireError,
} from '../core/index.ts'
import type { Child, ChildOptions } from './child/child.ts'
import { checkFolder } from './child/flags.ts'
import { message, type BeginRole } from './child/messages.ts'
import { startChild, startWarm } from './child/start.ts'
import { terminateTree } from './child/tree.ts'
import type { Decoder } from './codec/index.ts'
import { currentProcess, nextName, ownInfo, refuseDuringImport, type ProcessInfo } from './current.ts'
import { describeDeath, type Death } from './death.ts'
import { watchHeartbeat } from './heartbeat.ts'
import { checkArgs, checkName } from './checks.ts'
import { checkTime } from './sync/options.ts'
import { addressOf, constructionOf, type Task } from './task.ts'

/** spawn: a new process. warm: one that was kept ready, see `keepWarm`. thread: a worker thread. */
export type StartMethod = 'spawn' | 'warm' | 'thread'

const startMethods = ['spawn', 'warm', 'thread', 'fork'] as const

export interface ProcessOptions extends Omit<ChildOptions, 'name'> {
  /** At most 255 bytes, without NUL. @default `Process-1`, `Process-2`... */
  readonly name?: string
  /** A daemon does not keep this program running, and ends with it. @default false */
  readonly daemon?: boolean
  /** `fork` is UNSUPPORTED: a copy of a running V8 would lack its threads. @default 'spawn' */
  readonly startMethod?: StartMethod | 'fork'
  /**
   * Killed, with reason `hang`, when its event loop gave no sign of life for so long. Counts from the moment in which its
   * function begins; loading may take 30 seconds. @default never
   */
  readonly hangMs?: number
}

const knownOptions = [
  'name',
  'daemon',
  'startMethod',
  'hangMs',
  'env',
  'cwd',
  'execArgv',
  'stdout',
  'stderr',
  'heapMiB',
]

export interface TerminateOptions {
  /** From SIGTERM to SIGKILL. @default 5_000 */
  readonly graceMs?: number
  /** Ends all that it has started as well, foreign programs too. Linux. @default false */
  readonly tree?: boolean
}

/** A task that can be called without arguments. */
type NeedsNone<Args extends readonly unknown[]> = [] extends Args ? unknown : never

/** How long `terminate` waits by default before it kills. */
const graceMsDefault = 5_000
/** The longest time that a timer knows. */
const longestMs = 2 ** 31 - 1

const active = new Set<Process<readonly never[], unknown>>()

/** Processes that this one has started and that have not ended. */
export function activeChildren(): Process<readonly never[], unknown>[] {
  return [...active]
}

/**
 * A function that runs in a process (or thread) of its own, with memory of its own.
 *
 * @example
 * const process = new Process(add, [1, 2], { name: 'adder' })
 * await process.start()
 * await process.result() // 3
 */
export class Process<Args extends readonly unknown[] = readonly unknown[], Result = unknown> implements ProcessInfo {
  readonly #target: Task<Args, Result> | undefined
  readonly #args: Args
  readonly #options: ProcessOptions
  readonly #settled: Promise<Death>
  #settle: (death: Death | Promise<Death>) => void = () => {}
  readonly #name: string
  /** Set in the child, in the object whose run() it runs. */
  readonly #self: ProcessInfo | undefined
  #child: Child | undefined
  #death: Death | undefined
  #over = false
  #closed = false
  #waiting = 0
  #value: { readonly result: Awaited<Result> } | undefined
  #failure: Error | undefined
  #answer: () => void = () => {}
  readonly #answered = new Promise<void>((resolve) => (this.#answer = resolve))

  /**
   * Starts nothing yet. A subclass gives no target and has `run()` instead; see `handler`. Throws OPTION_INVALID.
   * @param args may be left out when the task needs none
   */
  constructor(target: Task<Args, Result> | undefined, args: NoInfer<Args>, options?: ProcessOptions)
  constructor(target?: Task<Args, Result> & NeedsNone<Args>, args?: undefined, options?: ProcessOptions)
  constructor(target?: Task<Args, Result>, args?: NoInfer<Args>, options: ProcessOptions = {}) {
    checkKnownKeys('process', options, knownOptions)
    if (args !== undefined) checkArgs(args)
    if (options.name !== undefined) checkName(options.name)
    checkChoice('startMethod', options.startMethod ?? 'spawn', startMethods)
    checkFolder(options.startMethod === 'thread', options.cwd)
    if (options.hangMs !== undefined) checkInteger('hangMs', options.hangMs, 10, 2 ** 31 - 1)
    this.#target = target
    this.#args = args ?? ([] as unknown as Args)
    this.#options = options
    this.#self = ownInfo()
    this.#name = this.#self?.name ?? options.name ?? nextName('Process')
    this.#settled = new Promise((resolve) => (this.#settle = resolve))
    this.#settled.catch(() => {})
  }

  /**
   * What the process does. A subclass that was given to `handler` has its own; it runs in the process, on an object made
   * there with the same arguments, which then gets the own properties of the object here.
   */
  run(): Result {
    if (this.#target !== undefined) return this.#target(...this.#args)
    throw this.#wrongState('has neither a target nor a run() of its own')
  }

  get name(): string {
    return this.#name
  }

  get daemon(): boolean {
    return this.#self?.daemon ?? this.#options.daemon ?? false
  }

  /** Of the process that made this object. */
  get parentPid(): number {
    return this.#self?.parentPid ?? process.pid
  }

  /** Of a thread: that of this process. Throws PROCESS_STATE before the start. */
  get pid(): number {
    return this.#self?.pid ?? this.#started().pid
  }

  /** The exit code, or minus the number of the signal that killed it; undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#death?.exitCode
  }

  /** How and why it ended; undefined while it runs. */
  get death(): Death | undefined {
    return this.#death
  }

  /** Resolves when it has ended, after all it wrote was read. */
  get sentinel(): Promise<Death> {
    return this.#settled
  }

  /** With stdout 'pipe'. */
  get stdout(): Child['stdout'] {
    return this.#started().stdout
  }

  /** With stderr 'pipe'. */
  get stderr(): Child['stderr'] {
    return this.#started().stderr
  }

  /**
   * Starts it, and resolves once the system knows it, before its function begins. Rejects with PROCESS_STATE when it was
   * started before, NOT_SERIALIZABLE when an argument cannot travel, UNSUPPORTED for fork, START_DURING_IMPORT.
   */
  async start(): Promise<this> {
    if (this.#child !== undefined) throw this.#wrongState('was started before')
    if (this.#self !== undefined) throw this.#wrongState('is this process itself')
    refuseDuringImport(this.name)
    const order = this.#order()
    const child = this.#launch()
    this.#child = child
    child.onMessage = (kind, values) => this.#hear(child, kind, values)
    active.add(this as never)
    this.#settle(this.#end(child))
    try {
      child.channel.send(message.begin, this.#role(), { run: order })
    } catch (error) {
      await child.terminate(0)
      throw isLaneworkError(error, 'NOT_SERIALIZABLE')
        ? fail(
            'NOT_SERIALIZABLE',
            { what: `the arguments of ${this.name}`, reason: error.detail.reason },
            { cause: error },
          )
        : error
    }
    child.channel.flush()
    if (this.daemon) child.ref(false)
    if (child.pid === 0) await this.#settled // it could not be started; say why
    return this
  }

  /** Waits for its end: the exit code, or undefined when it still runs after `timeoutMs`. Rejects with OPTION_INVALID. */
  async join(timeoutMs: number = Infinity): Promise<number | undefined> {
    checkTime('timeoutMs', timeoutMs)
    this.#started()
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<undefined>((resolve) => {
      if (timeoutMs < longestMs) timer = setTimeout(resolve, timeoutMs, undefined)
    })
    try {
      return (await this.#wait(Promise.race([this.#settled, limit])))?.exitCode
    } finally {
      clearTimeout(timer)
    }
  }

  /**
   * What its function returned, once all it wrote before was read; a process then ends within milliseconds. Rejects with
   * what it threw, or PROCESS_DIED when it ended without either.
   */
  async result(): Promise<Awaited<Result>> {
    this.#started()
    await this.#wait(Promise.race([this.#settled, this.#answered]))
    if (this.#value !== undefined) return this.#value.result
    if (this.#failure !== undefined) throw this.#failure
    throw processDied(this.name, this.#child?.pid ?? 0, await this.#settled)
  }

  /** Whether it runs; asks the kernel. */
  isAlive(): boolean {
    return this.#self !== undefined || (this.#child?.isAlive() ?? false)
  }

  /**
   * SIGTERM, then SIGKILL after the time of grace; resolves after its end. Throws OPTION_INVALID, and UNSUPPORTED for the
   * tree of a thread.
   */
  async terminate(options: TerminateOptions = {}): Promise<Death> {
    checkKnownKeys('options', options, ['graceMs', 'tree'])
    const { graceMs = graceMsDefault, tree = false } = options
    const child = this.#started()
    checkInteger('graceMs', graceMs, 0, longestMs)
    if (!tree) return await this.#wait(child.terminate(graceMs))
    if (child.kind === 'spawn') return await this.#wait(terminateTree(child, graceMs))
    throw fail('UNSUPPORTED', {
      feature: 'the end of a tree that begins with a thread',
      reason: 'what a thread starts cannot be told from what its process starts',
    })
  }

  /** SIGKILL; resolves after its end. */
  async kill(): Promise<Death> {
    this.#started().signal('SIGKILL')
    return await this.#wait(this.#settled)
  }

  /** Frees what belongs to it. Throws PROCESS_STATE while it runs. */
  close(): void {
    if (this.#child !== undefined && !this.#over) throw this.#wrongState('still runs and cannot be closed')
    this.#closed = true
  }

  /** Terminates it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined && !this.#over) await this.terminate()
    this.close()
  }

  #started(): Child {
    if (this.#child !== undefined && !this.#closed) return this.#child
    if (this.#self !== undefined) throw this.#wrongState('is this process itself')
    throw this.#wrongState(this.#closed ? 'was closed' : 'was not started')
  }

  #wrongState(problem: string): Error {
    return fail('PROCESS_STATE', { name: this.name, problem })
  }

  /** A daemon does not keep this program running, unless somebody waits for it. */
  async #wait<Value>(work: Promise<Value>): Promise<Value> {
    this.#waiting += 1
    if (this.daemon) this.#child?.ref(true)
    try {
      return await work
    } finally {
      this.#waiting -= 1
      if (this.daemon && this.#waiting === 0) this.#child?.ref(false)
    }
  }

  #launch(): Child {
    const { startMethod = 'spawn', name: _, daemon: __, hangMs: ___, ...rest } = this.#options
    const options = { ...rest, name: this.name }
    switch (startMethod) {
      case 'fork':
        throw fail('UNSUPPORTED', {
          feature: 'the start method fork',
          reason: 'a copy of a running process has only one of its threads, and V8 needs them all',
        })
      case 'thread':
        return startChild('thread', options)
      case 'warm':
        return startWarm(options)
      case 'spawn':
        return startChild('spawn', options)
    }
  }

  #role(): BeginRole {
    const { name: parentName } = currentProcess()
    const beatMs = this.#options.hangMs === undefined ? 0 : Math.ceil(this.#options.hangMs / 4)
    return { name: this.name, parentName, parentPid: process.pid, daemon: this.daemon, beatMs }
  }

  #order(): object {
    const made = constructionOf(this)
    if (made !== undefined) return { address: made.address, args: made.args, state: { ...this } }
    if (this.#target !== undefined) return { address: addressOf(this.#target), args: this.#args, state: undefined }
    const reason = 'it has no target, and handler() has not given its class an address'
    throw fail('TASK_INVALID', { got: `an object of the class ${this.constructor.name}`, reason })
  }

  #hear(child: Child, kind: number, values: Decoder): void {
    try {
      if (kind === message.result) this.#value = { result: values.value() as Awaited<Result> }
      else if (kind === message.failure) this.#failure = errorFromWire(values.value() as WireError)
      else if (kind === message.uncaught) child.blame(errorFromWire(values.value() as WireError))
    } catch (error) {
      this.#failure = error as Error // a value that cannot be made here
    }
    if (this.#failure !== undefined) child.blame(this.#failure)
    if (this.#value === undefined && this.#failure === undefined) return
    // A process wrote its output before; two more turns read it. A thread's comes by other ways, but its end is near.
    if (child.kind === 'spawn') setImmediate(() => setImmediate(this.#answer))
  }

  async #end(child: Child): Promise<Death> {
    const { hangMs } = this.#options
    const stopWatching = hangMs === undefined ? undefined : watchHeartbeat(child, hangMs)
    try {
      this.#death = await child.ended
      return this.#death
    } finally {
      stopWatching?.()
      this.#over = true
      active.delete(this as never)
    }
  }
}

/** The error of those who wait for something from a process that is dead. */
export function processDied(name: string, pid: number, death: Death): Error {
  return fail(
    'PROCESS_DIED',
    {
      name,
      pid,
      reason: death.reason,
      exitCode: death.exitCode,
      description: describeDeath(death),
      stderr: death.stderr.join('\n'),
    },
    death.error === undefined ? undefined : { cause: death.error },
  )
}
