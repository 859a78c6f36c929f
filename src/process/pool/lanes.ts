/** Keeps a pool's lanes: starts them, replaces those that died or reached a limit, and ends them. */
import { fail, type LaneworkError } from '../../core/index.ts'
import { describeDeath, type Death } from '../death.ts'
import type { Entry } from './entry.ts'
import type { Lane, LaneEvents } from './lane.ts'
import type { RecycleOptions } from './types.ts'

/** A pool whose lanes die so often before they are of use, one after the other, is broken. */
const startFailuresLimit = 5
/** SIGKILL comes from outside; it says little about whether lanes can start. */
const killedCounts = 0.05
/** Between such failures, doubled each time. */
const firstPauseMs = 50
const longestPauseMs = 1_000
/** A lane that was ready, but dies sooner than this and was given nothing, was of no use either. */
const youngMs = 1_000
const limitsEveryMs = 1_000

export interface LaneSetOptions {
  readonly lanes: number
  readonly makeLane: (number: number, events: LaneEvents) => Lane
  readonly recycle: RecycleOptions
}

export class LaneSet {
  readonly lanes: Lane[] = []
  recycled: number = 0
  readonly #options: LaneSetOptions
  readonly #events: LaneEvents
  readonly #onBroken: (error: Error) => void
  #made = 0
  #failures = 0
  #state: 'new' | 'open' | 'closed' | 'broken' = 'new'
  #broken: LaneworkError | undefined
  #refuses = false
  #limitsTimer: NodeJS.Timeout | undefined
  readonly #ready = new WeakSet<Lane>()
  readonly #madeMs = new WeakMap<Lane, number>()
  readonly #draining = new WeakSet<Lane>()
  readonly #finished = new Map<Lane, number>()
  readonly #limits = new Map<Lane, { tasks: number; endMs: number }>()
  #ended: (() => void)[] = []

  constructor(options: LaneSetOptions, events: LaneEvents, onBroken: (error: Error) => void) {
    this.#options = options
    this.#events = events
    this.#onBroken = onBroken
  }

  /** Why no task is taken any more; undefined while tasks are. */
  get refusal(): LaneworkError | undefined {
    if (this.#state === 'closed' || this.#refuses) return fail('CLOSED', { what: 'pool' })
    return this.#broken
  }

  /** Set once its lanes cannot be started. */
  get broken(): LaneworkError | undefined {
    return this.#broken
  }

  /** Whether lanes that die are replaced. */
  get open(): boolean {
    return this.#state === 'open'
  }

  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'open'
    for (let count = 0; count < this.#options.lanes && this.#broken === undefined; count++) this.#add()
    const { rssBytes, ageMs } = this.#options.recycle
    if (rssBytes === undefined && ageMs === undefined) return
    this.#limitsTimer = setInterval(() => this.#checkLimits(), Math.min(limitsEveryMs, ageMs ?? Infinity)).unref()
  }

  /** Whether a lane may be given one more without going beyond the tasks it is to run. */
  mayGive(lane: Lane): boolean {
    const limits = this.#limits.get(lane)
    return limits === undefined || lane.entries.size < limits.tasks
  }

  laneOf(entry: Entry): Lane | undefined {
    return this.lanes.find((lane) => lane.entries.get(entry.id) === entry)
  }

  /** A lane has finished a task; it may have done enough. */
  countTask(lane: Lane): void {
    this.#failures = 0
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
    const expected = this.#draining.has(lane)
    if (this.lanes.length === 0) for (const resolve of this.#ended.splice(0)) resolve()
    if (this.#state !== 'open' || expected) return true
    if (this.#wasOfUse(lane, death)) this.#add()
    else this.#tryAgain(death, lane.startError)
    return false
  }

  #wasOfUse(lane: Lane, death: Death | undefined): boolean {
    if (!this.#ready.has(lane)) return false
    if (lane.status.tasks > 0 || lane.entries.size > 0 || wasKilled(death)) return true
    return performance.now() - (this.#madeMs.get(lane) ?? 0) > youngMs
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
    clearInterval(this.#limitsTimer)
  }

  /** Noted by the pool's events: a lane that was ready once does not count as one that cannot start. */
  markReady(lane: Lane): void {
    this.#ready.add(lane)
  }

  #add(): void {
    let lane: Lane
    try {
      lane = this.#options.makeLane(++this.#made, this.#events)
    } catch (error) {
      return this.#tryAgain(undefined, error as Error)
    }
    this.lanes.push(lane)
    this.#madeMs.set(lane, performance.now())
    if (lane.state === 'ready') this.markReady(lane)
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

  #checkLimits(): void {
    const { rssBytes = Infinity } = this.#options.recycle
    for (const lane of this.lanes.slice()) {
      const endMs = this.#limits.get(lane)?.endMs ?? Infinity
      if (!this.#ready.has(lane)) continue
      if (performance.now() >= endMs || (rssBytes !== Infinity && (lane.rssBytes() ?? 0) > rssBytes))
        this.#replace(lane)
    }
  }

  #tryAgain(death: Death | undefined, error: Error | undefined): void {
    this.#failures += wasKilled(death) ? killedCounts : 1
    if (this.#failures < startFailuresLimit) {
      const pauseMs = Math.min(firstPauseMs * 2 ** (this.#failures - 1), longestPauseMs)
      setTimeout(() => this.#state === 'open' && this.#add(), pauseMs)
      return
    }
    const reason = error?.message ?? (death === undefined ? 'cannot be started' : describeDeath(death))
    const cause = error ?? death?.error
    this.#state = 'broken'
    clearInterval(this.#limitsTimer)
    this.#broken = fail(
      'POOL_BROKEN',
      { failures: Math.ceil(this.#failures), reason },
      cause === undefined ? undefined : { cause },
    )
    this.#onBroken(this.#broken)
  }

  /** The lanes alone do not keep the program running; who waits for their end does. */
  async #allEnded(): Promise<void> {
    if (this.lanes.length === 0) return
    const awake = setInterval(() => {}, 0x7fffffff)
    await new Promise<void>((resolve) => this.#ended.push(resolve))
    clearInterval(awake)
  }
}

function wasKilled(death: Death | undefined): boolean {
  return death?.signal === 'SIGKILL' && !death.asked && death.reason === 'signal'
}
