/** A lane in the calling thread: the same API without another thread, for tests and for work that only waits. */
import { findTask } from '../task.ts'
import { runInContext } from './context.ts'
import type { Entry } from './entry.ts'
import type { Lane, LaneEvents } from './lane.ts'
import { callTask } from './call.ts'
import type { LaneState, LaneStatus } from './types.ts'

export class InlineLane implements Lane {
  readonly entries: Map<number, Entry> = new Map()
  state: LaneState
  startError: Error | undefined
  readonly #name: string
  readonly #events: LaneEvents
  readonly #controllers = new Map<number, AbortController>()
  #tasks = 0
  #nextId = 0
  #beganMs = 0

  /** `initialize` runs before the first task. */
  constructor(name: string, events: LaneEvents, initialize?: () => Promise<unknown>) {
    this.#name = name
    this.#events = events
    this.state = initialize === undefined ? 'ready' : 'starting'
    if (initialize !== undefined) void this.#initialize(initialize)
  }

  get status(): LaneStatus {
    const state = this.state === 'ready' && this.entries.size > 0 ? 'running' : this.state
    return {
      name: this.#name,
      kind: 'inline',
      pid: process.pid,
      state,
      tasks: this.#tasks,
      inFlight: this.entries.size,
    }
  }

  get hasRoom(): boolean {
    return this.state === 'ready' && this.entries.size === 0
  }

  give(entry: Entry): void {
    entry.id = ++this.#nextId
    this.entries.set(entry.id, entry)
    this.#beganMs = performance.now()
    void this.#run(entry)
  }

  /** It begins at once. */
  takeBack(): boolean {
    return false
  }

  hasBegun(): boolean {
    return true
  }

  runningMs(): number {
    return performance.now() - this.#beganMs
  }

  abort(entry: Entry): void {
    this.#controllers.get(entry.id)?.abort()
  }

  flush(): void {}

  /** It has no memory of its own. */
  rssBytes(): undefined {}

  drain(): void {
    if (this.state === 'dead') return
    this.state = 'draining'
    if (this.entries.size === 0) this.#end()
  }

  /** What runs in this thread cannot be killed; its result is not waited for. */
  kill(): void {
    this.#end()
  }

  async #initialize(initialize: () => Promise<unknown>): Promise<void> {
    try {
      await initialize()
    } catch (error) {
      this.startError = error as Error
      this.#end()
    }
    if (this.state !== 'starting') return
    this.state = 'ready'
    this.#events.ready(this)
  }

  async #run(entry: Entry): Promise<void> {
    const controller = new AbortController()
    this.#controllers.set(entry.id, controller)
    const context = { id: entry.id, attempt: entry.lost + 1, signal: controller.signal, lane: this.#name }
    const outcome = await runInContext(context, async () => {
      try {
        const run = await findTask(entry.address)
        return { value: await callTask(run, entry.mode, entry.args) }
      } catch (error) {
        return { error }
      }
    })
    this.#controllers.delete(entry.id)
    if (!this.entries.delete(entry.id)) return
    this.#tasks += 1
    this.#events.done(this, entry, (performance.now() - this.#beganMs) * 1000, outcome)
    if (this.state === 'draining') this.#end()
  }

  #end(): void {
    if (this.state === 'dead') return
    this.state = 'dead'
    this.#events.ended(this, undefined)
    this.entries.clear()
  }
}
