/**
 * A foreign program as an object. It is a child of the keeper, which reaps it and knows how it ended even
 * when this process does not live to see that.
 *
 *    new ──start()──▶ running ──pause()──▶ stopped ──resume()──▶ running ──▶ ended: wait() gives the record
 */
import type { Readable, Writable } from 'node:stream'

import { checkKnownKeys, fail } from '../core/index.ts'
import { loadNative } from '../native/index.ts'
import { ownKeeper, type Keeper } from './keeper/keeper.ts'
import { OwnerStreams } from './keeper/streams.ts'
import { fileTail } from './keeper/tail.ts'
import type { EndRecord, ProgramEntry, ProgramPlan } from './keeper/types.ts'
import { allProcesses, isSameProcess } from './process-table.ts'
import { checkBlocking, noOptions } from './sync/options.ts'
import { planOf, type ProgramOptions } from './program-options.ts'

export type { FileStream, ProgramOptions, ProgramStream } from './program-options.ts'

/** After the end, the last of stderr may still be on its way; others may hold the pipe open for ever. */
const tailWaitMs = 250

/** How a program ended, what it used, and what it last said. */
export interface ProgramEnd extends EndRecord {
  readonly name: string
  /** The last 4,096 bytes of stderr, when it was piped or went to a file. */
  readonly stderrTail: string
}

export interface TerminateOptions {
  /** Between SIGTERM and SIGKILL. @default the program's own */
  readonly graceMs?: number
  /** Also its children, their children and so on, whatever group they are in. @default false */
  readonly tree?: boolean
}

/**
 * A program that runs, or will.
 *
 * @example
 * const program = new Program(['sort', '-n'], { stdin: 'pipe', stdout: 'pipe' })
 * await program.start()
 * program.stdin.end('3\n1\n2\n')
 * for await (const chunk of program.stdout) console.log(String(chunk))
 * console.log((await program.wait()).exitCode)
 */
export class Program {
  readonly name: string
  readonly argv: readonly string[]
  readonly #plan: Omit<ProgramPlan, 'parcel'>
  readonly #givenKeeper: Keeper | undefined
  #keeper: Keeper | undefined
  #streams: OwnerStreams | undefined
  #entry: ProgramEntry | undefined
  #end: ProgramEnd | undefined
  #ended: Promise<ProgramEnd> | undefined
  #state: 'new' | 'starting' | 'started' = 'new'
  #isHolding = false
  readonly #taken = new Set<'stdout' | 'stderr'>()

  /** Throws OPTION_INVALID; nothing is started yet. */
  constructor(argv: readonly string[], options: ProgramOptions = {}) {
    this.#plan = planOf(argv, options)
    this.#givenKeeper = options.keeper
    this.name = this.#plan.name
    this.argv = this.#plan.argv
  }

  /** Undefined before the start. */
  get pid(): number | undefined {
    return this.#entry?.pid
  }

  /** In the keeper's list; undefined before the start. */
  get id(): number | undefined {
    return this.#entry?.id
  }

  /** The exit code, or minus the number of the signal that killed it; undefined while it runs, as of a Process. */
  get exitCode(): number | undefined {
    return this.#end?.exitCode
  }

  /** Its input, with `stdin: 'pipe'`. Throws OPTION_INVALID otherwise, CLOSED before the start. */
  get stdin(): Writable {
    return this.#stream('stdin', this.#started().#streams?.stdin)
  }

  /** Its output, with `stdout: 'pipe'`; while nobody reads, the program waits. */
  get stdout(): Readable {
    this.#taken.add('stdout')
    return this.#stream('stdout', this.#started().#streams?.stdout)
  }

  /** Its errors, with `stderr: 'pipe'`. */
  get stderr(): Readable {
    this.#taken.add('stderr')
    return this.#stream('stderr', this.#started().#streams?.stderr)
  }

  /**
   * Starts it; resolves when it runs. Throws PROGRAM_NOT_FOUND, PROGRAM_NOT_STARTED (with the step that failed and the errno),
   * KEEPER_NOT_STARTED, UNSUPPORTED, and OPTION_INVALID when it was started before.
   */
  async start(): Promise<this> {
    if (this.#state !== 'new') {
      throw fail('OPTION_INVALID', { option: 'start', rule: 'called once', got: `a second call for ${this.name}` })
    }
    if (this.#plan.affinity !== undefined && loadNative() === undefined) {
      throw fail('UNSUPPORTED', { feature: 'affinity of programs', reason: 'it needs the native addon' })
    }
    this.#state = 'starting'
    const keeper = this.#givenKeeper ?? (await ownKeeper())
    const streams = new OwnerStreams(this.#plan, keeper)
    keeper.hold(1)
    try {
      this.#entry = await keeper.spawn(this.#plan, streams.passed)
      streams.started(keeper, this.#entry.id)
    } catch (error) {
      streams.drop()
      keeper.hold(-1)
      this.#state = 'new'
      throw error
    }
    this.#isHolding = true
    this.#keeper = keeper
    this.#streams = streams
    this.#state = 'started'
    this.#ended = this.#awaitEnd(keeper, this.#entry)
    this.#ended.catch(() => {}) // Whoever waits sees it.
    return this
  }

  /** Asks the kernel: false before the start, and from the end on, reaped or not. */
  isAlive(): boolean {
    if (this.#entry === undefined || this.#end !== undefined) return false
    const { pid, startTicks } = this.#entry
    return startTicks === 0 || isSameProcess(pid, startTicks)
  }

  /**
   * How it ended. Output that is piped and was never asked for is dropped from now on.
   * Throws TIMED_OUT (it runs on), KEEPER_LOST, OPTION_INVALID, CLOSED before the start.
   */
  async wait(options: { readonly timeoutMs?: number } = noOptions): Promise<ProgramEnd> {
    checkBlocking(options)
    const ended = this.#started().#ended as Promise<ProgramEnd>
    for (const name of ['stdout', 'stderr'] as const) if (!this.#taken.has(name)) this.#streams?.[name]?.resume()
    const { timeoutMs } = options
    if (timeoutMs === undefined || timeoutMs === Infinity) return ended
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(fail('TIMED_OUT', { what: `Program ${this.name}`, timeoutMs })), timeoutMs)
    })
    return Promise.race([ended, late]).finally(() => clearTimeout(timer))
  }

  /** Sends a signal to its group (or to it alone, with `group: false`); false when it has ended. */
  async signal(signal: NodeJS.Signals): Promise<boolean> {
    const { id, pid, startTicks } = this.#started().#entry as ProgramEntry
    const keeper = this.#keeper as Keeper
    if (this.#end !== undefined) return false
    if (!keeper.isLost) return keeper.signal(id, signal, this.#plan.group)
    return startTicks !== 0 && isSameProcess(pid, startTicks) && killQuietly(pid, signal)
  }

  /** SIGSTOP: it keeps all it has, and computes nothing. */
  pause(): Promise<boolean> {
    return this.signal('SIGSTOP')
  }

  /** SIGCONT. */
  resume(): Promise<boolean> {
    return this.signal('SIGCONT')
  }

  /** SIGTERM, and SIGKILL for whoever is left after the grace; resolves when it has ended. */
  async terminate(options: TerminateOptions = {}): Promise<ProgramEnd> {
    checkKnownKeys('options', options, ['graceMs', 'tree'])
    const { id } = this.#started().#entry as ProgramEntry
    const { graceMs = this.#plan.graceMs, tree = false } = options
    if (this.#end === undefined && this.#keeper?.isLost === false) await this.#keeper.terminate(id, graceMs, tree)
    else await this.signal('SIGKILL')
    return this.wait()
  }

  /** SIGKILL; resolves when it has ended. */
  async kill(): Promise<ProgramEnd> {
    await this.signal('SIGKILL')
    return this.wait()
  }

  /** Whether it keeps this process running while it runs. @default true */
  ref(yes: boolean): void {
    this.#streams?.ref(yes)
    if (this.#end === undefined) this.#hold(yes)
  }

  /** Ends it if it runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'started' || this.#end !== undefined) return
    await this.terminate().catch(() => {})
  }

  async #awaitEnd(keeper: Keeper, entry: ProgramEntry): Promise<ProgramEnd> {
    try {
      const end = await keeper.endOf(entry)
      keeper.forget(entry.id)
      this.#end = { ...end, name: this.name, stderrTail: await this.#stderrTail() }
      return this.#end
    } catch (error) {
      afterKeeper(entry)
      throw error
    } finally {
      this.#hold(false)
    }
  }

  /** Waits for what is on its way, unless somebody else holds the pipe, or a reader is slow. */
  async #stderrTail(): Promise<string> {
    const plan = this.#plan.streams[2]
    if (plan.kind === 'file') return fileTail(plan.path)
    const stream = this.#streams?.stderr
    if (stream === undefined) return ''
    if (!this.#taken.has('stderr')) stream.resume()
    if (!stream.readableEnded && !stream.destroyed) {
      await new Promise<void>((resolve) => {
        // If it was this program that was held up, what came meanwhile is read by the next immediate.
        const timer = setTimeout(() => setImmediate(resolve), tailWaitMs)
        stream.once('close', () => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
    return this.#streams?.stderrTail.text ?? ''
  }

  #hold(yes: boolean): void {
    if (yes === this.#isHolding) return
    this.#isHolding = yes
    this.#keeper?.hold(yes ? 1 : -1)
  }

  #started(): this {
    if (this.#state !== 'started') throw fail('CLOSED', { what: `program ${this.name} (not started)` })
    return this
  }

  #stream<Stream>(option: string, stream: Stream | undefined): Stream {
    if (stream !== undefined) return stream
    throw fail('OPTION_INVALID', { option, rule: "'pipe' to be read or written here", got: 'another' })
  }
}

/** The keeper was killed: what must not survive it ends with its group, what may goes on and is not left stopped. */
function afterKeeper({ pid, startTicks, sessionId, survives }: ProgramEntry): void {
  if (survives) {
    if (startTicks !== 0 && isSameProcess(pid, startTicks)) killQuietly(-pid, 'SIGCONT')
    return
  }
  const members = allProcesses().filter((entry) => entry.groupId === pid && entry.sessionId === sessionId)
  const isStranger = members.some((entry) => entry.pid === pid && entry.startTicks !== startTicks)
  if (!isStranger) for (const member of members) killQuietly(member.pid, 'SIGKILL')
}

function killQuietly(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}
