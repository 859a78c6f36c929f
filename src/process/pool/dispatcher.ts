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
import type { Entry } from './entry.ts'
import { expect, learn, learnAtLeast } from './habits.ts'
import { Keeper } from './lanes.ts'
import type { Lane, LaneEvents, Outcome } from './lane.ts'
import { Measures } from './measures.ts'
import type { Quarantined, RecycleOptions } from './types.ts'

/** A task that keeps others waiting in its lane longer than this loses them to other lanes. */
const stallMs = 5
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
  readonly keeper: Keeper
  readonly #options: DispatcherOptions
  readonly #policy: Policy<Entry>
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
    this.keeper = new Keeper(options, this, (error) => this.#rejectWaiting(error))
  }

  get waiting(): number {
    return this.#policy.size
  }

  get open(): number {
    return this.#open
  }

  /** Takes a task in; its promise settles once, whatever happens. */
  submit(entry: Entry): void {
    if (this.#policy.size >= this.#options.pending) {
      entry.reject(fail('QUEUE_FULL', { queue: 'the pool', limit: this.#options.pending }))
      return
    }
    const refusal = this.keeper.refusal
    if (refusal !== undefined) return entry.reject(refusal)
    this.measures.submitted += 1
    this.#open += 1
    if (this.#open === 1) this.#awake.ref()
    this.keeper.start()
    if (entry.signal !== undefined) this.#listen(entry, entry.signal)
    if (entry.state === 'settled') return
    expect(entry)
    this.#policy.ready(entry, performance.now())
    this.#schedule()
  }

  /** Resolves once no task is open. */
  async idle(): Promise<void> {
    while (this.#open > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Rejects all that waits and runs, and ends the lanes at once. */
  terminate(error: Error): void {
    this.#rejectWaiting(error)
    for (const lane of this.keeper.lanes) {
      for (const entry of lane.entries.values()) this.#settle(entry, { error })
    }
    this.keeper.kill()
  }

  // What lanes tell.

  ready(lane: Lane): void {
    this.keeper.markReady(lane)
    this.#pump()
  }

  done(lane: Lane, entry: Entry, ranUs: number, outcome: Outcome): void {
    this.measures.runUs.record(ranUs)
    learn(entry, ranUs)
    this.#policy.finish?.(entry, ranUs / 1000, performance.now())
    this.#settle(entry, outcome)
    this.keeper.countTask(lane)
    if (this.#policy.size > 0) this.#schedule()
  }

  ended(lane: Lane, death: Death | undefined): void {
    const lost = [...lane.entries.values()]
    const expected = this.keeper.ended(lane, death)
    if (!expected && death !== undefined) this.measures.countDeath(death.reason)
    for (const entry of lost) {
      if (entry.state === 'settled') continue
      if (lane.hasBegun(entry)) this.#lost(entry, lane, death)
      else this.#waitAgain(entry)
    }
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
    if (this.#policy.size === 0) return
    let ahead = false
    for (const lane of this.keeper.lanes) {
      this.#fill(lane)
      ahead ||= lane.entries.size > 1
    }
    if (ahead) this.#stalls ??= setInterval(() => this.#relieve(), stallMs).unref()
  }

  #fill(lane: Lane): void {
    let gave = false
    while (lane.hasRoom) {
      const nowMs = performance.now()
      const entry = this.#policy.pick(nowMs)
      if (entry === undefined) break
      try {
        lane.give(entry)
      } catch (error) {
        this.#settle(entry, { error: named(error, entry) })
        continue
      }
      gave = true
      entry.state = 'sent'
      this.measures.waitUs.record((nowMs - entry.submittedMs) * 1000)
      if (entry.timeoutMs !== Infinity) this.#limit(lane, entry, entry.timeoutMs)
    }
    if (gave) lane.flush()
  }

  #settle(entry: Entry, outcome: Outcome): void {
    if (entry.state === 'settled') return
    entry.state = 'settled'
    entry.disarm()
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

  /** A task whose lane died before it began. */
  #waitAgain(entry: Entry): void {
    if (entry.timer !== undefined) clearTimeout(entry.timer)
    entry.timer = undefined
    entry.state = 'waiting'
    expect(entry)
    this.#policy.ready(entry, performance.now(), 'preempted')
  }

  #lost(entry: Entry, lane: Lane, death: Death | undefined): void {
    const nowMs = performance.now()
    this.#policy.abort?.(entry, 0, nowMs)
    entry.lost += 1
    const description = death === undefined ? 'was ended' : describeDeath(death)
    ;(entry.deaths ??= []).push(`${lane.status.name} (pid ${lane.status.pid}) ${description}`)
    if (entry.onWorkerLost === 'retry' && entry.lost < entry.attempts && this.keeper.open) {
      this.measures.retried += 1
      return this.#waitAgain(entry)
    }
    const cause = death?.error === undefined ? undefined : { cause: death.error }
    if (entry.onWorkerLost === 'retry') {
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

  #listen(entry: Entry, signal: AbortSignal): void {
    entry.onAbort = () => {
      const error = fail('ABORTED', { what: `the task ${entry.name}` }, { cause: signal.reason })
      this.#stop(entry, error)
    }
    if (signal.aborted) entry.onAbort()
    else signal.addEventListener('abort', entry.onAbort, { once: true })
  }

  /** Its time counts from when it begins; looked at when it could be over at the earliest. */
  #limit(lane: Lane, entry: Entry, leftMs: number): void {
    entry.timer = setTimeout(() => {
      const ranMs = lane.runningMs(entry)
      if (ranMs < entry.timeoutMs) return this.#limit(lane, entry, Math.max(1, entry.timeoutMs - ranMs))
      this.#stop(entry, fail('TIMED_OUT', { what: `The task ${entry.name}`, timeoutMs: entry.timeoutMs }))
    }, leftMs)
  }

  /** Settles a task before its end, and sees to it that it no longer keeps a lane busy. */
  #stop(entry: Entry, error: LaneworkError<ErrorCode>): void {
    const lane = entry.state === 'sent' ? this.keeper.laneOf(entry) : undefined
    if (entry.state === 'waiting') this.#policy.withdraw(entry)
    this.#settle(entry, { error })
    if (lane === undefined || lane.takeBack(entry)) return this.#schedule()
    lane.abort(entry)
    this.#takeAllBack(lane)
    const { id } = entry
    setTimeout(() => {
      if (lane.entries.get(id) === entry) lane.kill()
    }, this.#options.graceMs).unref()
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
    for (const lane of this.keeper.lanes) {
      if (lane.entries.size < 2) continue
      ahead = true
      if (!this.keeper.stalls(lane)) continue
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
      const entry = this.#policy.pick(performance.now())
      if (entry === undefined) return
      this.#settle(entry, { error })
    }
  }
}

/** Says which task it was that could not be sent. */
function named(error: unknown, entry: Entry): unknown {
  const { code, detail } = error as LaneworkError<'NOT_SERIALIZABLE'>
  if (code !== 'NOT_SERIALIZABLE') return error
  return fail('NOT_SERIALIZABLE', { what: `the arguments of ${entry.name}`, reason: detail.reason }, { cause: error })
}
