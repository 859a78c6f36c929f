/** The supervisor's view of one lane in a thread or process: what it was told, what it said, and how it ended. */
import { afterAwake, errorFromWire, fail, isLaneworkError, systemClock } from '../../core/index.ts'
import { Pipe, Process, type Connection, type Death } from '../../process/index.ts'
import type * as owner from '../owner/messages.ts'
import type { DrainReport } from '../types.ts'
import { runLane } from './lane-task.ts'
import type { Assignment, EventPayload, FromLane, LaneOrder, ServiceFacts, ToLane } from './messages.ts'

/** loading, standby: not yet at work. serving, retiring. dead: does not run any more. */
export type LaneChildState = 'loading' | 'standby' | 'starting' | 'serving' | 'retiring' | 'dead'

/** Why the supervisor ended it. */
export type KillReason = 'hang' | 'memory' | 'start' | 'deadline' | 'closed'

export interface LaneEnd {
  readonly death: Death | undefined
  /** What it could not do, or how it died. */
  readonly error: Error
  /** Set when the supervisor ended it. */
  readonly killed: KillReason | undefined
}

export interface LaneChildOptions {
  readonly name: string
  /** No other lane of the server has or had it. */
  readonly number: number
  readonly generation: number
  readonly order: LaneOrder
  readonly onEvent: (lane: LaneChild, name: string, payload: EventPayload) => void
  /** What it says to the service's owner. */
  readonly onAsk: (lane: LaneChild, message: owner.FromLane) => void
}

/** A lane that has said its last word has so long to end. */
const endMs = 1_000

export class LaneChild {
  readonly generation: number
  state: LaneChildState = 'loading'
  /** Set while it serves. */
  assignment: Assignment | undefined
  readyMs = 0
  /** What it told of the service. Rejects when it ends before. */
  readonly loaded: Promise<ServiceFacts>
  readonly ended: Promise<LaneEnd>
  readonly #options: LaneChildOptions
  readonly #process: Process<[LaneOrder, Connection<ToLane | FromLane>], Promise<void>>
  readonly #link: Connection<ToLane | FromLane>
  #killed: KillReason | undefined
  #failure: Error | undefined
  #tellLoaded: (facts: ServiceFacts) => void = () => {}
  #tellReady: () => void = () => {}
  #tellDrained: (report: DrainReport) => void = () => {}

  constructor(options: LaneChildOptions) {
    this.#options = options
    this.generation = options.generation
    const [ours, theirs] = Pipe<ToLane | FromLane>()
    this.#link = ours
    this.#process = new Process(runLane, [options.order, theirs], {
      name: options.name,
      startMethod: options.order.kind === 'thread' ? 'thread' : 'spawn',
    })
    const heard = this.#listen()
    this.ended = this.#run(heard, theirs)
    this.loaded = this.#before(new Promise((resolve) => (this.#tellLoaded = resolve)))
    this.loaded.catch(() => {})
  }

  get name(): string {
    return this.#options.name
  }

  get number(): number {
    return this.#options.number
  }

  /** 0 before the system knows it. */
  get pid(): number {
    try {
      return this.#process.pid
    } catch {
      return 0
    }
  }

  get isAlive(): boolean {
    return this.state !== 'dead'
  }

  /** Lets it serve; resolves when it is ready. Rejects with why it ended before. */
  async serve(assignment: Assignment): Promise<void> {
    const ready = this.#before(new Promise<void>((resolve) => (this.#tellReady = resolve)))
    if (this.isAlive) {
      this.assignment = assignment
      this.state = 'starting'
      this.send(['serve', assignment])
    }
    await ready
    // What it said last may be that it is ready; and it may have been told to end meanwhile.
    if (this.state !== 'starting') throw (await this.ended).error
    this.readyMs = performance.now()
    this.state = 'serving'
  }

  /** Ends it once it has finished its work, or cut off at the deadline; undefined when it ended without a report. */
  async finish(how: 'retire' | 'drain', deadlineMs: number): Promise<DrainReport | undefined> {
    if (this.state !== 'serving') {
      await this.close()
      return undefined
    }
    this.state = 'retiring'
    const report = new Promise<DrainReport>((resolve) => (this.#tellDrained = resolve))
    this.send([how, deadlineMs])
    const cut = setTimeout(() => this.kill('deadline'), Math.min(deadlineMs + endMs, 2 ** 31 - 1))
    try {
      return await Promise.race([report, this.ended.then(() => undefined)])
    } finally {
      clearTimeout(cut)
      setTimeout(() => this.kill('closed'), endMs).unref()
      await this.ended
    }
  }

  /** Ends it now, its service's `stop` included. */
  async close(): Promise<void> {
    this.#killed ??= 'closed'
    this.send(['close'])
    const timer = setTimeout(() => this.kill('closed'), endMs)
    await this.ended
    clearTimeout(timer)
  }

  /** Kills it because of an error of ours. */
  abandon(error: Error): void {
    if (this.isAlive) this.#failure ??= error
    this.kill('start')
  }

  kill(reason: KillReason): void {
    if (this.state === 'dead') return
    this.#killed ??= reason
    void this.#process.kill().catch(() => {})
  }

  send(message: ToLane): void {
    this.#link.send(message).catch((error: unknown) => {
      // Of one that is about to end the end says more; one that cannot get its sockets will never be ready.
      if (message[0] === 'serve' && !isLaneworkError(error, 'CLOSED')) this.abandon(error as Error)
    })
  }

  async #listen(): Promise<void> {
    try {
      for await (const message of this.#link) this.#hear(message as FromLane)
    } catch {
      // It died while it wrote; its end says why.
    }
  }

  #hear(message: FromLane): void {
    switch (message[0]) {
      case 'loaded':
        this.state = 'standby'
        return this.#tellLoaded(message[1])
      case 'ready':
        return this.#tellReady()
      case 'failed':
        this.#failure ??= errorFromWire(message[1])
        return
      case 'drained':
        return this.#tellDrained(message[1])
      case 'event':
        return this.#options.onEvent(this, message[1], message[2])
      default:
        return this.#options.onAsk(this, message)
    }
  }

  async #run(heard: Promise<void>, theirs: Connection<ToLane | FromLane>): Promise<LaneEnd> {
    let death: Death | undefined
    try {
      await this.#process.start()
      death = await this.#process.sentinel
    } catch (error) {
      this.#failure ??= error as Error
      theirs.close()
    }
    // What it said before it died is read first.
    await Promise.race([heard, new Promise<void>((resolve) => afterAwake(systemClock, endMs, resolve))])
    this.state = 'dead'
    this.#link.close()
    return { death, error: this.#failure ?? this.#died(death), killed: this.#killed }
  }

  #died(death: Death | undefined): Error {
    const { name, pid } = this
    const reason = this.#killed ?? death?.reason ?? 'exit'
    const description = this.#killed === undefined ? describe(death) : killedBecause[this.#killed]
    return fail(
      'PROCESS_DIED',
      { name, pid, reason, exitCode: death?.exitCode ?? 0, description, stderr: death?.stderr.join('\n') ?? '' },
      death?.error === undefined ? undefined : { cause: death.error },
    )
  }

  /** Resolves as the promise does, unless it ends before. */
  #before<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([
      promise,
      this.ended.then(({ error }) => {
        throw error
      }),
    ])
  }
}

const killedBecause: Readonly<Record<KillReason, string>> = {
  hang: 'gave no sign of life and was killed',
  memory: 'used more memory than it may',
  start: 'was not ready in time and was killed',
  deadline: 'did not finish in time and was killed',
  closed: 'was ended by the supervisor',
}

function describe(death: Death | undefined): string {
  if (death === undefined) return 'could not be started'
  if (death.reason === 'signal') return `was killed by ${death.signal}`
  if (death.error !== undefined) return `died of an uncaught ${death.error.name}: ${death.error.message}`
  return `ended with exit code ${death.exitCode} (${death.reason})`
}
