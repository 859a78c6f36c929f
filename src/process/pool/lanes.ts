/** Keeps a pool's lanes: starts them, replaces those that died or reached a limit, and ends them. */
import { fail, type LaneworkError } from '../../core/index.ts'
import { describeDeath, type Death } from '../death.ts'
import { ChildLane } from './child-lane.ts'
import type { Entry } from './entry.ts'
import type { Lane, LaneEvents } from './lane.ts'
import type { RecycleOptions } from './types.ts'

/** A pool whose lanes die so often before they are ready, one after the other, is broken. */
const startFailuresLimit = 5
/** Between such failures, doubled each time. */
const firstPauseMs = 50
const rssEveryMs = 1_000

export interface KeeperOptions {
  readonly lanes: number
  readonly makeLane: (number: number, events: LaneEvents) => Lane
  readonly recycle: RecycleOptions
}

export class Keeper {
  readonly lanes: Lane[] = []
  recycled: number = 0
  readonly #options: KeeperOptions
  readonly #events: LaneEvents
  readonly #onBroken: (error: Error) => void
  #made = 0
  #failures = 0
  #state: 'new' | 'open' | 'closed' | 'broken' = 'new'
  #broken: LaneworkError | undefined
  #refuses = false
  #rssTimer: NodeJS.Timeout | undefined
  readonly #ready = new WeakSet<Lane>()
  readonly #draining = new WeakSet<Lane>()
  readonly #finished = new Map<Lane, number>()
  readonly #limits = new Map<Lane, { tasks: number; endMs: number }>()
  #ended: (() => void)[] = []

  constructor(options: KeeperOptions, events: LaneEvents, onBroken: (error: Error) => void) {
    this.#options = options
    this.#events = events
    this.#onBroken = onBroken
  }

  /** Why no task is taken any more; undefined while tasks are. */
  get refusal(): LaneworkError | undefined {
    if (this.#state === 'closed' || this.#refuses) return fail('CLOSED', { what: 'pool' })
    return this.#broken
  }

  /** Whether lanes that die are replaced. */
  get open(): boolean {
    return this.#state === 'open'
  }

  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'open'
    for (let count = 0; count < this.#options.lanes; count++) this.#add()
    if (this.#options.recycle.rssBytes !== undefined) {
      this.#rssTimer = setInterval(() => this.#checkMemory(), rssEveryMs).unref()
    }
  }

  laneOf(entry: Entry): Lane | undefined {
    return this.lanes.find((lane) => lane.entries.get(entry.id) === entry)
  }

  /** A lane has finished a task; it may have done enough. */
  countTask(lane: Lane): void {
    const limits = this.#limits.get(lane)
    if (limits === undefined) return
    limits.tasks -= 1
    if (limits.tasks <= 0 || performance.now() >= limits.endMs) this.#replace(lane)
  }

  /** True when a lane finished nothing since this was asked last. */
  stalls(lane: Lane): boolean {
    const { tasks } = lane.status
    const before = this.#finished.get(lane)
    this.#finished.set(lane, tasks)
    return before === tasks
  }

  /** Forgets a lane; true when its end was expected. Another one takes its place. */
  ended(lane: Lane, death: Death | undefined): boolean {
    const index = this.lanes.indexOf(lane)
    if (index >= 0) this.lanes.splice(index, 1)
    this.#finished.delete(lane)
    this.#limits.delete(lane)
    const wasReady = lane.status.tasks > 0 || this.#ready.has(lane)
    const expected = this.#draining.has(lane)
    if (this.lanes.length === 0) for (const resolve of this.#ended.splice(0)) resolve()
    if (this.#state !== 'open') return true
    if (expected) return true
    if (wasReady) this.#failures = 0
    else if (!this.#tryAgain(lane, death)) return false
    if (wasReady) this.#add()
    return false
  }

  /** From now on nothing is taken; what was taken is finished, on new lanes if need be. */
  refuse(): void {
    this.#refuses = true
  }

  /** Lets every lane finish, and resolves when all have ended. No lane is started any more. */
  async close(): Promise<void> {
    this.#stop()
    for (const lane of this.lanes.slice()) lane.drain()
    await this.#allEnded()
  }

  kill(): void {
    this.#stop()
    for (const lane of this.lanes.slice()) lane.kill()
  }

  async allEnded(): Promise<void> {
    await this.#allEnded()
  }

  /** From now on nothing is taken. */
  #stop(): void {
    this.#state = 'closed'
    clearInterval(this.#rssTimer)
  }

  /** Noted by the pool's events: a lane that was ready once does not count as one that cannot start. */
  markReady(lane: Lane): void {
    this.#ready.add(lane)
    this.#failures = 0
  }

  #add(): void {
    const lane = this.#options.makeLane(++this.#made, this.#events)
    this.lanes.push(lane)
    const { tasks = Infinity, ageMs = Infinity } = this.#options.recycle
    if (tasks !== Infinity || ageMs !== Infinity) this.#limits.set(lane, { tasks, endMs: performance.now() + ageMs })
  }

  /** The successor starts at once, beside the one that finishes. */
  #replace(lane: Lane): void {
    if (this.#draining.has(lane) || this.#state !== 'open') return
    this.#draining.add(lane)
    this.recycled += 1
    lane.drain()
    this.#add()
  }

  #checkMemory(): void {
    const limit = this.#options.recycle.rssBytes ?? Infinity
    for (const lane of this.lanes.slice()) {
      if (lane instanceof ChildLane && (lane.rssBytes() ?? 0) > limit) this.#replace(lane)
    }
  }

  #tryAgain(lane: Lane, death: Death | undefined): boolean {
    this.#failures += 1
    const error = lane instanceof ChildLane ? lane.startError : undefined
    if (this.#failures < startFailuresLimit) {
      setTimeout(() => this.#state === 'open' && this.#add(), firstPauseMs * 2 ** (this.#failures - 1))
      return true
    }
    const reason = death === undefined ? (error?.message ?? 'they cannot be started') : describeDeath(death)
    const cause = death?.error ?? error
    this.#state = 'broken'
    this.#broken = fail(
      'POOL_BROKEN',
      { failures: this.#failures, reason },
      cause === undefined ? undefined : { cause },
    )
    this.#onBroken(this.#broken)
    return false
  }

  async #allEnded(): Promise<void> {
    if (this.lanes.length > 0) await new Promise<void>((resolve) => this.#ended.push(resolve))
  }
}
