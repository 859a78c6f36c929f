/**
 * The heart of a pool: tasks wait in the policy's queue, go to lanes that have room, and settle once.
 *
 *   submit ─▶ waiting ─▶ sent ─▶ done                     settled with its value or error
 *               ▲          ├─▶ aborted, out of time       settled at once; its lane is asked to stop it, then killed
 *               │          └─▶ its lane died ─▶ not begun: waits again, as if nothing had happened
 *               │                             ─▶ begun: rejected, or, to be retried,
 *               └──────────────────────────────────────  waits again, until its attempts are used up
 */
import { fail, type ErrorCode, type LaneworkError } from '../../core/index.ts'
import type { Policy } from '../../schedule/index.ts'
import { describeDeath, type Death } from '../death.ts'
import { Aborts } from './aborts.ts'
import type { Entry } from './entry.ts'
import { expect, learn, learnAtLeast } from './habits.ts'
import { LaneSet } from './lanes.ts'
import type { Lane, LaneEvents, Outcome } from './lane.ts'
import { Measures } from './measures.ts'
import type { Quarantined, RecycleOptions } from './types.ts'

/** A task that keeps others waiting in its lane longer than this loses them to other lanes. */
const stallMs = 5
/** A task next to be begun by a lane that dies, so often, is taken to be what kills them: its arguments, mostly. */
const suspectedLimit = 5
/** A lane that does not begin a task whose time is limited for so long, though it has nothing else to do, is stopped. */
const unresponsiveMs = 2_000
/** Of the tasks that were quarantined, the last so many are kept to be looked at. */
const quarantineKept = 100

export interface DispatcherOptions {
  readonly policy: Policy<Entry>
  readonly pending: number
  readonly graceMs: number
  /** Makes a lane; each has a number. */
  readonly makeLane: (number: number, events: LaneEvents) => Lane
  readonly lanes: number
  readonly recycle: RecycleOptions
}

export class Dispatcher implements LaneEvents {
  readonly measures: Measures = new Measures()
  readonly quarantined: Quarantined[] = []
  readonly laneSet: LaneSet
  readonly #options: DispatcherOptions
  readonly #policy: Policy<Entry>
  /** Taken back from lanes before they began: they go first, in their order, as if they had never left. */
  #returned: Entry[] = []
  readonly #aborts = new Aborts<Entry>((entry, signal) => this.#abort(entry, signal))
  /** Tasks that are neither settled nor forgotten. */
  #open = 0
  #pumping = false
  #stalls: NodeJS.Timeout | undefined
  /** Keeps the program running while tasks are open; the lanes themselves do not. */
  readonly #awake = setInterval(() => {}, 0x7fffffff).unref()
  #idle: (() => void)[] = []

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#policy = options.policy
    this.laneSet = new LaneSet(options, this, (error) => this.#rejectWaiting(error))
  }

  get policy(): Policy<Entry> {
    return this.#policy
  }

  get waiting(): number {
    return this.#policy.size + this.#returned.length
  }

  get open(): number {
    return this.#open
  }

  /** Takes a task in; its promise settles once, whatever happens. */
  submit(entry: Entry): void {
    if (this.waiting >= this.#options.pending) {
      entry.reject(fail('QUEUE_FULL', { queue: 'the pool', limit: this.#options.pending }))
      return
    }
    const refusal = this.laneSet.refusal
    if (refusal !== undefined) return entry.reject(refusal)
    this.measures.submitted += 1
    this.#open += 1
    if (this.#open === 1) this.#awake.ref()
    this.laneSet.start()
    if (entry.signal?.aborted === true) return this.#abort(entry, entry.signal)
    if (entry.signal !== undefined) this.#aborts.add(entry.signal, entry)
    const { broken } = this.laneSet
    if (broken !== undefined) return this.#settle(entry, { error: broken })
    expect(entry)
    try {
      this.#policy.ready(entry, performance.now())
    } catch (error) {
      // It says something of itself that the policy cannot use: a queue that is not there.
      return this.#settle(entry, { error })
    }
    this.#schedule()
  }

  /** Resolves once no task is open. */
  async idle(): Promise<void> {
    while (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Rejects all that waits and runs, and ends the lanes at once. */
  terminate(error: Error): void {
    this.#rejectWaiting(error)
    for (const lane of this.laneSet.lanes) {
      for (const entry of lane.entries.values()) this.#settle(entry, { error })
    }
    this.laneSet.kill()
  }

  /** Nothing is open and nothing will be submitted any more. */
  dispose(): void {
    clearInterval(this.#awake)
  }

  // What lanes tell.

  ready(lane: Lane): void {
    this.laneSet.markReady(lane)
    this.#pump()
  }

  done(lane: Lane, entry: Entry, ranUs: number, outcome: Outcome): void {
    this.measures.runUs.record(ranUs)
    if (entry.state === 'settled') this.#forget(entry)
    else {
      learn(entry, ranUs)
      this.#policy.finish?.(entry, ranUs / 1000, performance.now())
      this.#settle(entry, outcome)
    }
    this.laneSet.countTask(lane)
    if (this.waiting > 0) this.#schedule()
  }

  ended(lane: Lane, death: Death | undefined): void {
    const lost = [...lane.entries.values()]
    const suspect = lost.some((entry) => lane.hasBegun(entry)) ? undefined : lost[0]
    const expected = this.laneSet.ended(lane, death)
    if (!expected && death !== undefined) this.measures.countDeath(death.reason)
    for (const entry of lost) {
      if (entry.state === 'settled') this.#forget(entry)
      else if (lane.hasBegun(entry) || (entry === suspect && ++entry.suspected >= suspectedLimit))
        this.#lost(entry, lane, death)
      else this.#waitAgain(entry)
    }
    const { broken } = this.laneSet
    if (broken !== undefined) this.#rejectWaiting(broken)
    this.#pump()
  }

  #schedule(): void {
    if (this.#pumping) return
    this.#pumping = true
    // At the end of the turn, so that what is submitted together is sent together.
    queueMicrotask(() => this.#pump())
  }

  #pump(): void {
    this.#pumping = false
    if (this.waiting === 0) return
    let ahead = false
    for (const lane of this.laneSet.lanes) {
      this.#fill(lane)
      ahead ||= lane.entries.size > 1
    }
    if (ahead) this.#stalls ??= setInterval(() => this.#relieve(), stallMs).unref()
  }

  #fill(lane: Lane): void {
    let gave = false
    while (lane.hasRoom && this.laneSet.mayGive(lane)) {
      const nowMs = performance.now()
      const entry = this.#next(nowMs)
      if (entry === undefined) break
      try {
        lane.give(entry)
      } catch (error) {
        this.#forget(entry)
        this.#settle(entry, { error: named(error, entry) })
        continue
      }
      gave = true
      entry.state = 'sent'
      this.measures.waitUs.record((nowMs - entry.submittedMs) * 1000)
      if (entry.timeoutMs !== Infinity) this.#limit(lane, entry, nowMs, entry.timeoutMs)
    }
    if (gave) lane.flush()
  }

  #next(nowMs: number): Entry | undefined {
    return this.#returned.shift() ?? this.#policy.pick(nowMs)
  }

  /** A task that the policy gave out and that did not run to its end. */
  #forget(entry: Entry): void {
    this.#policy.abort?.(entry, 0, performance.now())
  }

  #settle(entry: Entry, outcome: Outcome): void {
    if (entry.state === 'settled') return
    entry.state = 'settled'
    clearTimeout(entry.timer)
    if (entry.signal !== undefined) this.#aborts.remove(entry.signal, entry)
    if ('error' in outcome) {
      this.measures.rejected += 1
      entry.reject(outcome.error)
    } else {
      this.measures.fulfilled += 1
      entry.resolve(outcome.value)
    }
    this.#open -= 1
    if (this.#open > 0) return
    this.#awake.unref()
    clearInterval(this.#stalls)
    this.#stalls = undefined
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** A task that a lane was given and had not begun. */
  #waitAgain(entry: Entry): void {
    clearTimeout(entry.timer)
    entry.state = 'waiting'
    expect(entry)
    this.#returned.push(entry)
  }

  /** A task that began and is to begin again. */
  #retry(entry: Entry): void {
    this.measures.retried += 1
    clearTimeout(entry.timer)
    entry.state = 'waiting'
    expect(entry)
    this.#policy.ready(entry, performance.now())
  }

  #lost(entry: Entry, lane: Lane, death: Death | undefined): void {
    this.#forget(entry)
    entry.lost += 1
    const description = death === undefined ? 'was ended' : describeDeath(death)
    ;(entry.deaths ??= []).push(`${lane.status.name} (pid ${lane.status.pid}) ${description}`)
    const isTired = entry.lost >= entry.attempts || entry.suspected >= suspectedLimit
    if (entry.onWorkerLost === 'retry' && !isTired && this.laneSet.open) return this.#retry(entry)
    const cause = death?.error === undefined ? undefined : { cause: death.error }
    if (entry.onWorkerLost === 'retry' && isTired) {
      this.#quarantine(entry)
      const detail = { task: entry.name, attempts: entry.lost, deaths: entry.deaths.join('; ') }
      return this.#settle(entry, { error: fail('TASK_QUARANTINED', detail, cause) })
    }
    const { name, pid } = lane.status
    const detail = {
      task: entry.name,
      lane: name,
      pid,
      reason: death?.reason ?? 'exit',
      exitCode: death?.exitCode ?? 0,
      description,
      stderr: death?.stderr.join('\n') ?? '',
    }
    this.#settle(entry, { error: fail('WORKER_LOST', detail, cause) })
  }

  #quarantine(entry: Entry): void {
    this.quarantined.push({ task: entry.name, args: entry.args, deaths: entry.deaths ?? [] })
    if (this.quarantined.length > quarantineKept) this.quarantined.shift()
  }

  #abort(entry: Entry, signal: AbortSignal): void {
    this.#stop(entry, fail('ABORTED', { what: `the task ${entry.name}` }, { cause: signal.reason }))
  }

  /** Its time counts from when it begins; looked at when it could be over at the earliest. */
  #limit(lane: Lane, entry: Entry, givenMs: number, leftMs: number): void {
    const { id } = entry
    entry.timer = setTimeout(() => {
      const ranMs = lane.runningMs(entry)
      if (ranMs === 0 && performance.now() - givenMs > unresponsiveMs && isStopped(lane, entry)) lane.kill()
      if (ranMs < entry.timeoutMs) return this.#limit(lane, entry, givenMs, Math.max(1, entry.timeoutMs - ranMs))
      whenRead(() => {
        if (entry.state !== 'sent' || lane.entries.get(id) !== entry) return
        this.#stop(entry, fail('TIMED_OUT', { what: `The task ${entry.name}`, timeoutMs: entry.timeoutMs }))
      })
    }, leftMs)
  }

  /** Settles a task before its end, and sees to it that it no longer keeps a lane busy. */
  #stop(entry: Entry, error: LaneworkError<ErrorCode>): void {
    const lane = entry.state === 'sent' ? this.laneSet.laneOf(entry) : undefined
    if (entry.state === 'waiting') this.#withdraw(entry)
    this.#settle(entry, { error })
    if (lane === undefined) return
    if (lane.takeBack(entry)) {
      this.#forget(entry)
      return this.#schedule()
    }
    lane.abort(entry)
    this.#takeAllBack(lane)
    const { id } = entry
    const killIfBusy = (): void => {
      if (lane.entries.get(id) === entry) lane.kill()
    }
    setTimeout(() => whenRead(killIfBusy), this.#options.graceMs).unref()
  }

  #withdraw(entry: Entry): void {
    if (this.#policy.withdraw(entry)) return
    const index = this.#returned.indexOf(entry)
    if (index < 0) return
    this.#returned.splice(index, 1)
    this.#forget(entry)
  }

  /** Tasks that wait behind another one in a lane go where there is room. */
  #takeAllBack(lane: Lane): void {
    for (const entry of Array.from(lane.entries.values())) {
      if (entry.state === 'sent' && lane.takeBack(entry)) this.#waitAgain(entry)
    }
    this.#schedule()
  }

  #relieve(): void {
    let ahead = false
    for (const lane of this.laneSet.lanes) {
      if (lane.entries.size < 2) continue
      ahead = true
      if (!this.laneSet.stalls(lane)) continue
      const first = lane.entries.values().next().value
      if (first !== undefined) learnAtLeast(first, stallMs * 1000)
      this.#takeAllBack(lane)
    }
    if (ahead) return
    clearInterval(this.#stalls)
    this.#stalls = undefined
  }

  #rejectWaiting(error: Error): void {
    for (;;) {
      const entry = this.#next(performance.now())
      if (entry === undefined) return
      this.#forget(entry)
      this.#settle(entry, { error })
    }
  }
}

/** If it was this program that was held up, results wait to be read; they are by the next immediate. */
function whenRead(then: () => void): void {
  setImmediate(then)
}

/** It would be the next that the lane begins, and the lane does nothing else. */
function isStopped(lane: Lane, entry: Entry): boolean {
  return lane.entries.values().next().value === entry && !lane.hasBegun(entry)
}

/** Says which task it was that could not be sent. */
function named(error: unknown, entry: Entry): unknown {
  const { code, detail } = error as LaneworkError<'NOT_SERIALIZABLE'>
  if (code !== 'NOT_SERIALIZABLE') return error
  return fail('NOT_SERIALIZABLE', { what: `the arguments of ${entry.name}`, reason: detail.reason }, { cause: error })
}
