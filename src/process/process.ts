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
import { message, type BeginRole } from './child/messages.ts'
import { startChild, startWarm } from './child/start.ts'
import type { Decoder } from './codec/index.ts'
import { currentProcess, nextName, refuseDuringImport, type ProcessInfo } from './current.ts'
import { describeDeath, type Death } from './death.ts'
import { addressOf, constructionOf, type Task } from './task.ts'

/** spawn: a new process. warm: one that was kept ready, see `keepWarm`. thread: a worker thread. */
export type StartMethod = 'spawn' | 'warm' | 'thread'

const startMethods = ['spawn', 'warm', 'thread', 'fork'] as const

export interface ProcessOptions extends Omit<ChildOptions, 'name'> {
  /** @default `Process-1`, `Process-2`... */
  readonly name?: string
  /** A daemon does not keep this program running, and ends with it. @default false */
  readonly daemon?: boolean
  /** `fork` is UNSUPPORTED: a copy of a running V8 would lack its threads. @default 'spawn' */
  readonly startMethod?: StartMethod | 'fork'
  /** Killed, with reason `hang`, when its event loop gave no sign of life for so long. @default never */
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

/** How long `terminate` waits by default before it kills. */
const graceMsDefault = 5_000

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
  #name: string | undefined
  #child: Child | undefined
  #death: Death | undefined
  #closed = false
  #value: { readonly result: Awaited<Result> } | undefined
  #failure: Error | undefined

  /** Starts nothing yet. A subclass gives no target and has `run()` instead; see `handler`. Throws OPTION_INVALID. */
  constructor(target?: Task<Args, Result>, args?: NoInfer<Args>, options: ProcessOptions = {}) {
    checkKnownKeys('process', options, knownOptions)
    checkChoice('startMethod', options.startMethod ?? 'spawn', startMethods)
    if (options.hangMs !== undefined) checkInteger('hangMs', options.hangMs, 10, 2 ** 31 - 1)
    this.#target = target
    this.#args = args ?? ([] as unknown as Args)
    this.#options = options
    this.#name = options.name
    this.#settled = new Promise((resolve) => (this.#settle = resolve))
    this.#settled.catch(() => {})
  }

  /** What the process does, in a subclass that was given to `handler`. Runs in the process, on an object made there. */
  run(): Result {
    throw fail('PROCESS_STATE', { name: this.name, problem: 'has neither a target nor a run() of its own' })
  }

  get name(): string {
    return (this.#name ??= nextName('Process'))
  }

  get daemon(): boolean {
    return this.#options.daemon ?? false
  }

  /** Of the process that made this object. */
  get parentPid(): number {
    return process.pid
  }

  /** Of a thread: that of this process. Throws PROCESS_STATE before the start. */
  get pid(): number {
    return this.#started().pid
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
    if (this.#child !== undefined) throw fail('PROCESS_STATE', { name: this.name, problem: 'was started before' })
    refuseDuringImport(this.name)
    const order = this.#order()
    const child = this.#launch()
    this.#child = child
    child.onMessage = (kind, values) => this.#hear(kind, values)
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

  /** Waits for its end: the exit code, or undefined when it still runs after `timeoutMs`. */
  async join(timeoutMs?: number): Promise<number | undefined> {
    this.#started()
    if (timeoutMs === undefined) return (await this.#settled).exitCode
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, timeoutMs, undefined)))
    try {
      return (await Promise.race([this.#settled, limit]))?.exitCode
    } finally {
      clearTimeout(timer)
    }
  }

  /** What its function returned. Rejects with what it threw, or PROCESS_DIED when it ended without either. */
  async result(): Promise<Awaited<Result>> {
    const death = await this.#settled
    if (this.#value !== undefined) return this.#value.result
    if (this.#failure !== undefined) throw this.#failure
    throw processDied(this.name, this.pid, death)
  }

  /** Whether it runs; asks the kernel. */
  isAlive(): boolean {
    return this.#child?.isAlive() ?? false
  }

  /** SIGTERM, then SIGKILL after the time of grace; resolves after its end. @default graceMs 5_000 */
  async terminate({ graceMs = graceMsDefault }: { graceMs?: number } = {}): Promise<Death> {
    return await this.#started().terminate(graceMs)
  }

  /** SIGKILL; resolves after its end. */
  async kill(): Promise<Death> {
    this.#started().signal('SIGKILL')
    return await this.#settled
  }

  /** Frees what belongs to it. Throws PROCESS_STATE while it runs. */
  close(): void {
    if (this.#child !== undefined && this.#death === undefined) {
      throw fail('PROCESS_STATE', { name: this.name, problem: 'still runs and cannot be closed' })
    }
    this.#closed = true
  }

  /** Terminates it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined && this.#death === undefined) await this.terminate()
    this.close()
  }

  #started(): Child {
    if (this.#child !== undefined && !this.#closed) return this.#child
    throw fail('PROCESS_STATE', { name: this.name, problem: this.#closed ? 'was closed' : 'was not started' })
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
    return { address: addressOf(this.#target ?? this.constructor), args: this.#args, state: undefined }
  }

  #hear(kind: number, values: Decoder): void {
    if (kind === message.result) this.#value = { result: values.value() as Awaited<Result> }
    else if (kind === message.failure) this.#failure = errorFromWire(values.value() as WireError)
    else if (kind === message.uncaught) this.#child?.blame(errorFromWire(values.value() as WireError))
    if (this.#failure !== undefined) this.#child?.blame(this.#failure)
  }

  async #end(child: Child): Promise<Death> {
    const stopWatching = this.#watchBeats(child)
    try {
      this.#death = await child.ended
      return this.#death
    } finally {
      stopWatching()
      active.delete(this as never)
    }
  }

  /** Any message is a sign of life; without one for too long it is killed. */
  #watchBeats(child: Child): () => void {
    const { hangMs } = this.#options
    if (hangMs === undefined) return () => {}
    let timer: NodeJS.Timeout | undefined
    const again = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => child.killAsHung(), hangMs).unref()
    }
    const { onMessage } = child
    child.onMessage = (kind, values) => {
      again()
      onMessage(kind, values)
    }
    again()
    return () => clearTimeout(timer)
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
