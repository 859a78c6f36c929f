/** One process or thread that runs lanework's bootstrap, with a channel to it; what it does is the user's matter. */
import type { Readable } from 'node:stream'

import { isLaneworkError } from '../../core/index.ts'
import { Channel, type Transport } from '../channel/index.ts'
import type { Decoder } from '../codec/index.ts'
import { diagnose, type Death } from '../death.ts'
import { oomKills } from '../memory-events.ts'
import { LastWords, LineRelay, Output, readToEnd } from './output.ts'

/** How a child is started; `spawn`: a process, `thread`: a worker thread. */
export type ChildKind = 'spawn' | 'thread'

export interface ChildOptions {
  /** Shown in the list of processes. */
  readonly name: string
  /** Whole environment of the child. @default this program's */
  readonly env?: NodeJS.ProcessEnv | undefined
  /** Only for processes. @default this program's */
  readonly cwd?: string | undefined
  /** Flags for Node. @default this program's own, so that its loaders work */
  readonly execArgv?: readonly string[] | undefined
  /**
   * inherit: this program's. pipe: read it from `stdout`, during its life or afterwards; of what nobody reads the last
   * 16 MiB are held. ignore: nowhere. @default 'inherit'
   */
  readonly stdout?: 'inherit' | 'pipe' | 'ignore' | undefined
  /** inherit: passed on to this program's, line by line. pipe: read it from `stderr`. ignore: only last words are kept. @default 'inherit' */
  readonly stderr?: 'inherit' | 'pipe' | 'ignore' | undefined
  /** Limit of V8's old space, in MiB. */
  readonly heapMiB?: number | undefined
}

/** The system's part of a child, as spawn-process.ts and spawn-thread.ts make it. */
export interface Body {
  readonly pid: number
  readonly transport: Transport
  readonly stdout: Readable | null
  readonly stderr: Readable | null
  /** Resolves once it has ended, be its output read or not. Rejects if it could not be started. */
  readonly ended: Promise<{ code: number | undefined; signal: NodeJS.Signals | undefined; error: Error | undefined }>
  signal(name: NodeJS.Signals): void
  isAlive(): boolean
  ref(yes: boolean): void
}

/** A child that lost its channel is of no use any more; it gets so long to end by itself. */
const channelLostMs = 2_000
/** The end of its channel and output is waited for so long after its own: processes it left behind may have inherited them. */
const restMs = 250

export class Child {
  readonly kind: ChildKind
  readonly name: string
  readonly channel: Channel
  /** How and why it ended, once all it said was heard. */
  readonly ended: Promise<Death>
  /** Gets each message; one that nobody waits for is dropped. */
  onMessage: (kind: number, values: Decoder) => void = () => {}
  readonly #body: Body
  readonly #words = new LastWords()
  readonly #stdout: Output | null
  readonly #stderr: Output | null
  readonly #oomBefore = oomKills()
  #channelEnded: () => void = () => {}
  #asked = false
  #hung = false
  #error: Error | undefined
  #death: Death | undefined

  constructor(kind: ChildKind, body: Body, options: ChildOptions) {
    this.kind = kind
    this.name = options.name
    this.#body = body
    const { stdout = 'inherit', stderr = 'inherit' } = options
    this.#stdout = stdout === 'pipe' && body.stdout !== null ? new Output(body.stdout) : null
    this.#stderr = stderr === 'pipe' && body.stderr !== null ? new Output(body.stderr) : null
    const relay = stderr === 'inherit' ? new LineRelay(body.stderr) : undefined
    const rest = Promise.all([
      body.stdout === null ? undefined : readToEnd(body.stdout, (chunk) => this.#stdout?.add(chunk)),
      body.stderr === null ? undefined : readToEnd(body.stderr, (chunk) => this.#hearStderr(chunk, relay)),
      new Promise<void>((resolve) => (this.#channelEnded = resolve)),
    ])
    this.channel = new Channel(body.transport, {
      message: (messageKind, values) => this.onMessage(messageKind, values),
      ended: (error) => this.#loseChannel(error),
    })
    this.ended = this.#watch(rest).finally(() => {
      this.channel.close()
      relay?.flush()
    })
  }

  get pid(): number {
    return this.#body.pid
  }

  /** With stdout 'pipe'. */
  get stdout(): Readable | null {
    return this.#stdout
  }

  /** With stderr 'pipe'. */
  get stderr(): Readable | null {
    return this.#stderr
  }

  /** Set once it has ended. */
  get death(): Death | undefined {
    return this.#death
  }

  /** Asks the kernel. */
  isAlive(): boolean {
    return this.#death === undefined && this.#body.isAlive()
  }

  /** Sends a signal; a thread knows only how to end. */
  signal(name: NodeJS.Signals): void {
    if (this.#death !== undefined) return
    if (name === 'SIGTERM' || name === 'SIGKILL' || name === 'SIGINT') this.#asked = true
    this.#body.signal(name)
  }

  /** SIGTERM, and SIGKILL if it still lives after the time of grace. Resolves after its end. */
  async terminate(graceMs: number): Promise<Death> {
    this.signal('SIGTERM')
    const timer = afterReading(graceMs, () => this.signal('SIGKILL'))
    try {
      return await this.ended
    } finally {
      clearTimeout(timer)
    }
  }

  /** It gave no sign of life. */
  killAsHung(): void {
    this.#hung = true
    this.#body.signal('SIGKILL')
  }

  /** An error that the child said it would end with. */
  blame(error: Error): void {
    this.#error ??= error
  }

  /** Whether it keeps this program running. */
  ref(yes: boolean): void {
    if (this.#death !== undefined) return
    this.#body.ref(yes)
    this.channel.ref(yes)
  }

  /** Mostly because it ends. Else nobody would ever hear of it again. */
  #loseChannel(error: Error | undefined): void {
    this.#channelEnded()
    if (this.#death !== undefined) return
    const isNonsense = isLaneworkError(error, 'FRAME_INVALID') || isLaneworkError(error, 'FRAME_TOO_LONG')
    if (isNonsense) this.blame(error)
    const killIfAlive = (): void => {
      if (this.#death === undefined) this.#body.signal('SIGKILL')
    }
    afterReading(isNonsense ? 0 : channelLostMs, killIfAlive).unref()
  }

  #hearStderr(chunk: Buffer, relay: LineRelay | undefined): void {
    this.#words.keep(chunk)
    this.#stderr?.add(chunk)
    relay?.write(chunk)
  }

  async #watch(rest: Promise<unknown>): Promise<Death> {
    const end = await this.#body.ended
    if (this.channel.closed) this.#channelEnded()
    this.#stdout?.release()
    this.#stderr?.release()
    await within(restMs, rest)
    // What is still open now belongs to others, and must not keep this program.
    this.#body.ref(false)
    this.#stdout?.finish()
    this.#stderr?.finish()
    const before = this.#oomBefore
    const after = before === undefined ? undefined : oomKills()
    this.#death = diagnose({
      code: end.code,
      signal: end.signal,
      asked: this.#asked,
      hung: this.#hung,
      error: this.#error ?? end.error,
      stderr: this.#words.text(),
      oomKills: before === undefined || after === undefined ? undefined : after - before,
    })
    return this.#death
  }
}

/** Waits for `work`, but not longer; what is there to be read by then has been read. */
async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<void>((resolve) => (timer = afterReading(limitMs, resolve)))
  await Promise.race([work, limit])
  clearTimeout(timer)
}

/** After a busy time a timer is due before the descriptors are looked at, which comes before the immediate. */
function afterReading(ms: number, then: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(then), ms)
}
