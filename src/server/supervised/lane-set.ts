/**
 * The lanes of a server and their seats: a seat is a lane's number with its sockets, which stay when the lane dies.
 *
 *      start ─▶ loading ─▶ standby ──assign──▶ starting ─▶ serving ──retire──▶ retiring ─▶ dead
 *                             ▲                                │ dies
 *                             └── one more is started ◀────────┘ its seat waits for the next that stands by
 */
import { availableParallelism } from 'node:os'
import { fail } from '../../core/index.ts'
import type { DrainReport, SupervisionOptions } from '../types.ts'
import type { KillReason, LaneChild, LaneEnd } from './lane-child.ts'
import { Pace } from './pace.ts'

export interface Seat {
  readonly id: number
  lane: LaneChild | undefined
  restarts: number
  lastEnd: string | undefined
}

/** What the set is given. */
export interface LaneSetOptions {
  readonly lanes: number
  readonly supervision: Required<Omit<SupervisionOptions, 'memoryBytes'>>
  /** Starts a lane of a generation. */
  readonly start: (generation: number) => LaneChild
  /** Gives a lane a seat; resolves when it is ready. */
  readonly assign: (lane: LaneChild, seat: Seat) => Promise<void>
  readonly onReady: (lane: LaneChild, seat: Seat) => void
  /** A lane does not run any more, for whatever reason; called once for each that had a seat. */
  readonly onGone: (lane: LaneChild) => void
  /** A lane died, or (undefined) could not even be started; `restartMs` undefined: there were too many deaths. */
  readonly onDeath: (
    seat: Seat | undefined,
    lane: LaneChild | undefined,
    error: Error,
    restartMs: number | undefined,
    killed?: KillReason,
  ) => void
  readonly onGiveUp: (deaths: number, error: Error) => void
}

/** Lanes that load beside others at work leave these half of the cores: a lane that waits for a core loses what overflows. */
const halfOfMachine = Math.max(1, Math.floor(availableParallelism() / 2))

export class LaneSet {
  readonly seats: readonly Seat[]
  /** Of the newest lanes. */
  generation = 1
  readonly #options: LaneSetOptions
  /** All that have not ended, wherever they belong: nobody is forgotten at the end. */
  readonly #running = new Set<LaneChild>()
  readonly #standby = new Set<LaneChild>()
  readonly #retiring = new Set<LaneChild>()
  readonly #pace: Pace
  #timer: NodeJS.Timeout | undefined
  /** new: nobody steps in for the dead yet. replacing: those that stand by do, but nobody is started, with new code perhaps. */
  #state: 'new' | 'running' | 'replacing' | 'stopped' = 'new'

  constructor(options: LaneSetOptions) {
    this.#options = options
    this.#pace = new Pace(options.supervision)
    this.seats = Array.from({ length: options.lanes }, (_, id) => {
      return { id, lane: undefined, restarts: 0, lastEnd: undefined }
    })
  }

  /** Lanes that are ready. */
  get serving(): LaneChild[] {
    return this.seats.flatMap(({ lane }) => (lane?.state === 'serving' ? [lane] : []))
  }

  get retiring(): readonly LaneChild[] {
    return [...this.#retiring]
  }

  /** The first lanes, loaded; `begin` seats them. Rejects with the reason of the first that fails. */
  async load(): Promise<LaneChild[]> {
    return await this.#startLoaded(this.seats.length, this.generation, this.seats.length)
  }

  /** Seats the first lanes; from now on the dead are replaced. */
  async begin(lanes: readonly LaneChild[]): Promise<void> {
    this.#mustGoOn()
    await Promise.all(this.seats.map((seat, index) => this.#seat(lanes[index] as LaneChild, seat)))
    this.#mustGoOn()
    this.#state = 'running'
    this.#fill()
  }

  /**
   * Replaces all lanes by a new generation. `ready` is awaited when the new ones have loaded, before any serves; when it
   * rejects, or a lane fails, the new ones are ended and the old ones go on.
   */
  async replaceAll(
    ready: (lane: LaneChild) => Promise<void>,
    deadlineMs: number,
  ): Promise<Promise<DrainReport | undefined>[]> {
    this.#mustGoOn()
    this.#state = 'replacing'
    const generation = this.generation + 1
    let fresh: LaneChild[] = []
    try {
      fresh = await this.#startLoaded(this.seats.length, generation, halfOfMachine)
      this.#mustGoOn()
      await ready(fresh[0] as LaneChild)
      this.#mustGoOn()
      await Promise.all(this.seats.map((seat, index) => this.#ready(fresh[index] as LaneChild, seat)))
      this.#mustGoOn()
      const dead = fresh.find(({ isAlive }) => !isAlive)
      if (dead !== undefined) throw (await dead.ended).error
    } catch (error) {
      // Those that were ready may have taken connections: they finish them.
      for (const lane of fresh) this.#dismiss(lane, deadlineMs)
      this.#goOn()
      throw error
    }
    this.generation = generation
    const old = this.seats.flatMap(({ lane }) => lane ?? [])
    for (const [index, seat] of this.seats.entries()) seat.lane = fresh[index]
    for (const lane of this.#standby) void lane.close()
    this.#standby.clear()
    this.#goOn()
    return old.map((lane) => this.#retire(lane, deadlineMs))
  }

  /**
   * Replaces one lane that still works; it goes on until its successor is ready. False when it did not come to that: the
   * lane has gone meanwhile, or all are being replaced. Rejects with why the successor could not start.
   */
  async replace(seat: Seat, reason: string, deadlineMs: number): Promise<boolean> {
    const old = seat.lane
    const isWanted = (): boolean => old !== undefined && seat.lane === old && this.#state === 'running'
    if (!isWanted()) return false
    const [fresh] = (await this.#startLoaded(1, this.generation, 1)) as [LaneChild]
    if (isWanted()) await this.#ready(fresh, seat)
    if (!isWanted() || !fresh.isAlive) {
      this.#dismiss(fresh, deadlineMs)
      return false
    }
    seat.lane = fresh
    seat.restarts++
    seat.lastEnd = reason
    void this.#retire(old as LaneChild, deadlineMs)
    return true
  }

  /** No more lanes are started. */
  stop(): void {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
  }

  /** Drains or retires all lanes, and ends those that stand by. */
  async finish(how: 'retire' | 'drain', deadlineMs: number): Promise<(DrainReport | undefined)[]> {
    this.stop()
    const others = [...this.#running].filter((lane) => !this.#retiring.has(lane))
    // Those that retire have had their time; they go on to the same deadline.
    const retiring = [...this.#retiring].map((lane) => this.#cut(lane, deadlineMs))
    const reports = await Promise.all(others.map((lane) => lane.finish(how, deadlineMs)))
    await Promise.all(retiring)
    return reports
  }

  async close(): Promise<void> {
    this.stop()
    await Promise.all([...this.#running].map((lane) => lane.close()))
  }

  /** Throws CLOSED once it was stopped: whoever stopped it ends all lanes. */
  #mustGoOn(): void {
    if (this.#state === 'stopped') throw fail('CLOSED', { what: 'server' })
  }

  #goOn(): void {
    if (this.#state === 'replacing') this.#state = 'running'
    this.#fill()
  }

  async #cut(lane: LaneChild, deadlineMs: number): Promise<void> {
    const timer = setTimeout(() => lane.kill('deadline'), deadlineMs)
    await lane.ended
    clearTimeout(timer)
  }

  #retire(lane: LaneChild, deadlineMs: number): Promise<DrainReport | undefined> {
    this.#retiring.add(lane)
    const report = lane.finish('retire', deadlineMs)
    void lane.ended.then(() => this.#retiring.delete(lane))
    return report
  }

  /** Ends one that got no seat. */
  #dismiss(lane: LaneChild, deadlineMs: number): void {
    if (this.#state !== 'stopped') void this.#retire(lane, deadlineMs)
  }

  #start(generation: number): LaneChild {
    const lane = this.#options.start(generation)
    this.#running.add(lane)
    void lane.ended.then(() => this.#running.delete(lane))
    return lane
  }

  /** So many, all loaded, some at a time; else none, and the reason. */
  async #startLoaded(count: number, generation: number, atOnce: number): Promise<LaneChild[]> {
    const lanes: LaneChild[] = []
    const { readyMs } = this.#options.supervision
    try {
      while (lanes.length < count) {
        const next = Math.min(count, lanes.length + atOnce)
        while (lanes.length < next) lanes.push(this.#start(generation))
        await Promise.all(lanes.map((lane) => within(lane, readyMs, lane.loaded)))
        this.#mustGoOn()
      }
      return lanes
    } catch (error) {
      for (const lane of lanes) void lane.close()
      throw error
    }
  }

  async #ready(lane: LaneChild, seat: Seat): Promise<void> {
    void lane.ended.then((end) => this.#gone(lane, seat, end))
    try {
      await within(lane, this.#options.supervision.readyMs, this.#options.assign(lane, seat))
    } catch (error) {
      lane.abandon(error as Error)
      throw error
    }
    this.#options.onReady(lane, seat)
  }

  async #seat(lane: LaneChild, seat: Seat): Promise<void> {
    seat.lane = lane
    await this.#ready(lane, seat)
  }

  #gone(lane: LaneChild, seat: Seat, end: LaneEnd): void {
    this.#options.onGone(lane)
    if (seat.lane !== lane) return // it was replaced, or failed before it had the seat
    seat.lane = undefined
    if (this.#state === 'new' || this.#state === 'stopped') return
    seat.restarts++
    seat.lastEnd = end.error.message
    this.#died(seat, lane, end)
  }

  #died(
    seat: Seat | undefined,
    lane: LaneChild | undefined,
    { error, killed }: Pick<LaneEnd, 'error' | 'killed'>,
  ): void {
    const nowMs = performance.now()
    const readyMs = lane?.readyMs ?? 0
    // One that cannot stand by is no reason to stop those that serve.
    const isMissed = this.serving.length < this.seats.length
    const goesOn = this.#pace.died(nowMs, readyMs === 0 ? 0 : nowMs - readyMs, isMissed)
    const restartMs = goesOn ? Math.max(0, this.#pace.dueMs - nowMs) : undefined
    this.#options.onDeath(seat, lane, error, restartMs, killed)
    if (goesOn) this.#fill()
    else if (this.#state !== 'stopped') {
      this.stop()
      this.#options.onGiveUp(this.#pace.deaths, error)
    }
  }

  /** Seats whoever stands by where nobody sits, and starts as many as are missing then. */
  #fill(): void {
    clearTimeout(this.#timer)
    if (this.#state !== 'running' && this.#state !== 'replacing') return
    const waitMs = this.#pace.dueMs - performance.now()
    if (waitMs > 0) {
      this.#timer = setTimeout(() => this.#fill(), waitMs)
      return
    }
    const ready = [...this.#standby].filter(({ state }) => state === 'standby')
    const empty = this.seats.filter(({ lane }) => lane === undefined)
    for (const seat of empty) {
      const lane = ready.shift()
      if (lane === undefined) break
      this.#standby.delete(lane)
      // Its end is heard as that of any other; there is nobody else to tell.
      this.#seat(lane, seat).catch(() => {})
    }
    if (this.#state === 'replacing') return
    const missing = this.seats.filter(({ lane }) => lane === undefined).length
    const wanted = missing + this.#options.supervision.standby
    while (this.#standby.size < wanted && this.#startStandby());
  }

  /** False when it could not be started, for want of a descriptor, say; that counts as a death. */
  #startStandby(): boolean {
    let lane: LaneChild
    try {
      lane = this.#start(this.generation)
    } catch (error) {
      this.#died(undefined, undefined, { error: error as Error, killed: undefined })
      return false
    }
    this.#standby.add(lane)
    const { readyMs } = this.#options.supervision
    within(lane, readyMs, lane.loaded).then(
      () => this.#fill(),
      () => {},
    )
    void lane.ended.then((end) => {
      if (this.#standby.delete(lane) && this.#state === 'running') this.#died(undefined, lane, end)
    })
    return true
  }
}

/** Ends a lane that takes too long. */
async function within<Value>(lane: LaneChild, limitMs: number, work: Promise<Value>): Promise<Value> {
  const reason: KillReason = 'start'
  const timer = setTimeout(() => lane.kill(reason), limitMs)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** The error of a server whose lanes do not stay alive. */
export function lanesFailed(service: string, deaths: number, withinMs: number, cause: Error): Error {
  return fail('LANES_FAILED', { service, deaths, withinMs, reason: cause.message }, { cause })
}
