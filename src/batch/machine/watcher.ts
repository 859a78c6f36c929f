/**
 * Who wants a CPU. A job that may run is looked at every few milliseconds; what it costs is one system call a process as long as
 * it computes. Only when it does not are its threads looked at.
 *
 *            CPU time grew, or a thread is ready                 two looks on end without either
 *    wants ◀──────────────────────────────────── blocked ◀──────────────────────────────────── wants
 */
import { cpuTimes, hasWatch, type TreeEntry } from '../../process/index.ts'
import { treeOf } from './leftovers.ts'
import type { Held } from './types.ts'

/** So much of the time between two looks on a CPU counts as wanting it: whoever wakes up only to sleep again does not. */
const wantedShare = 0.1
/** Looks without a wish that make a job blocked. */
const quietLooks = 2
/** The first look at a job that goes on, unless it has always computed: its slice may be as short as 10 ms. */
const firstLookMs = 4
/** After so long the signal that lets it go on has reached all of it: who is stopped then was stopped by somebody else, and sleeps. */
const arrivalMs = 20
/** The second look, to be sure. */
const secondLookShare = 0.4
const longestMs = 50
/** Looks with a wish after which a job counts as one that computes, and is looked at less often. */
const busyLooks = 4
/** As many after which it is looked at so seldom that a slice of 100 ms is not broken for it: its end is a look, too. */
const steadyLooks = 16
const steadyMs = 120
/** Jobs that are due so soon are looked at together. */
const togetherMs = 2

export interface WatcherEvents {
  blocked(held: Held, since: number): void
  unblocked(held: Held): void
  /** After its processes were looked at one by one; they may have changed. */
  seen(held: Held, tree: readonly TreeEntry[]): void
}

interface Watched {
  readonly held: Held
  pids: number[]
  cpuMs: number[]
  lookedAt: number
  dueAt: number
  /** From then on the signal that lets it go on has reached all of it. */
  arrivedAt: number
  quiet: number
  /** Looks on end at which it wanted a CPU. */
  busy: number
  quietSince: number
  isBlocked: boolean
}

export class Watcher {
  readonly #watchMs: number
  /** Whether CPU times are told to the nanosecond, and not in ticks. */
  readonly #isPrecise = hasWatch()
  readonly #clock: () => number
  readonly #events: WatcherEvents
  readonly #watched = new Map<Held, Watched>()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity

  constructor(watchMs: number, clock: () => number, events: WatcherEvents) {
    this.#watchMs = Math.min(longestMs, Math.max(10, watchMs))
    this.#clock = clock
    this.#events = events
  }

  /** It may run from now on. */
  go(held: Held): void {
    const now = this.#clock()
    const known = this.#watched.get(held)
    const pids = known?.pids ?? [held.pid]
    const busy = known?.busy ?? 0
    const watched: Watched = {
      held,
      pids,
      cpuMs: [...cpuTimes(pids)],
      lookedAt: now,
      dueAt: now + (busy >= busyLooks ? restMs(busy) : firstLookMs),
      arrivedAt: now + arrivalMs,
      quiet: known?.quiet ?? 0,
      busy,
      quietSince: now,
      isBlocked: false,
    }
    this.#watched.set(held, watched)
    this.#wakeBy(watched.dueAt)
  }

  /** It is stopped: it wants nothing that it could get. */
  stop(held: Held): void {
    const watched = this.#watched.get(held)
    if (watched === undefined) return
    const { pids, cpuMs, lookedAt, dueAt } = watched
    watched.dueAt = Infinity
    watched.isBlocked = false
    if (dueAt === Infinity) return
    // A slice may be shorter than the wait for a look: then this is the look.
    const grownMs = grownOf(cpuTimes(pids), cpuMs)
    if (grownMs >= this.#wantedMs(lookedAt, this.#clock())) watched.busy++
    else watched.busy = 0
  }

  forget(held: Held): void {
    this.#watched.delete(held)
  }

  /** This process is awake anyway: who would be looked at soon is looked at now. */
  lookAhead(): void {
    const now = this.#clock()
    const soon = now + this.#watchMs * secondLookShare
    if (this.#timerAt <= soon)
      this.#lookAt(now, ({ dueAt, lookedAt }) => dueAt <= soon && lookedAt <= now - firstLookMs)
    this.#wakeForNext()
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#watched.clear()
  }

  #wakeBy(at: number): void {
    if (at >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, at - this.#clock()))
    this.#timer.unref()
  }

  #tick(): void {
    this.#timerAt = Infinity
    const now = this.#clock()
    this.#lookAt(now, ({ dueAt }) => dueAt <= now + togetherMs)
    this.#wakeForNext()
  }

  /** Not sooner than need be: who was stopped is not looked at any more. */
  #wakeForNext(): void {
    const next = Math.min(...[...this.#watched.values()].map(({ dueAt }) => dueAt))
    if (next === this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = Infinity
    this.#wakeBy(next)
  }

  #lookAt(now: number, isDue: (watched: Watched) => boolean): void {
    const due = [...this.#watched.values()].filter(isDue)
    const times = cpuTimes(due.flatMap(({ pids }) => pids))
    let from = 0
    for (const watched of due) {
      const own = times.subarray(from, from + watched.pids.length)
      from += watched.pids.length
      this.#look(watched, own, now)
    }
  }

  #look(watched: Watched, times: Float64Array, now: number): void {
    const { cpuMs, lookedAt, pids } = watched
    const grownMs = grownOf(times, cpuMs)
    const isGone = times.includes(-1)
    watched.cpuMs = [...times]
    watched.lookedAt = now
    const wantedMs = this.#wantedMs(lookedAt, now)
    let wants = grownMs >= wantedMs
    // Who is blocked and has not computed at all has not woken up either.
    const isAsleep = this.#isPrecise && watched.isBlocked && grownMs === 0 && !isGone
    if (!wants && !isAsleep) {
      const tree = this.#lookAtThreads(watched)
      // The signal that lets it go on has not reached it yet.
      if (now < watched.arrivedAt && tree.some(({ state }) => state === 'T')) return this.#isLate(watched, now)
      wants = tree.some(({ ready }) => ready) || grownMs + this.#newMs(tree, pids) >= wantedMs
    }
    if (wants) this.#wants(watched, now)
    else this.#isQuiet(watched, now, lookedAt + grownMs)
  }

  #lookAtThreads(watched: Watched): TreeEntry[] {
    const { held } = watched
    const tree = treeOf(held).filter(({ state }) => state !== 'Z')
    watched.pids = tree.map(({ pid }) => pid)
    watched.cpuMs = tree.map(({ cpuMs }) => cpuMs)
    this.#events.seen(held, tree)
    return tree
  }

  /** What those have computed that were not there before. */
  #newMs(tree: readonly TreeEntry[], before: readonly number[]): number {
    return tree.filter(({ pid }) => !before.includes(pid)).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
  }

  #wantedMs(from: number, to: number): number {
    return Math.max(0.2, (to - from) * wantedShare)
  }

  #isLate(watched: Watched, now: number): void {
    watched.dueAt = now + firstLookMs
  }

  #wants(watched: Watched, now: number): void {
    watched.quiet = 0
    watched.busy++
    watched.dueAt = now + (watched.busy >= busyLooks ? restMs(watched.busy) : this.#watchMs)
    if (!watched.isBlocked) return
    watched.isBlocked = false
    this.#events.unblocked(watched.held)
  }

  #isQuiet(watched: Watched, now: number, since: number): void {
    watched.busy = 0
    if (watched.quiet++ === 0) watched.quietSince = Math.min(since, now)
    // Soon once more to be sure; then, the longer it sleeps, the less does a moment more matter.
    const patience = watched.quiet === 1 ? secondLookShare : 1 + Math.max(0, watched.quiet - 10) / 10
    watched.dueAt = now + Math.min(longestMs, this.#watchMs * patience)
    if (watched.isBlocked || watched.quiet < quietLooks) return
    watched.isBlocked = true
    this.#events.blocked(watched.held, watched.quietSince)
  }
}

function restMs(busy: number): number {
  return busy >= steadyLooks ? steadyMs : longestMs
}

/** CPU time of those that live, since it was `before`. */
function grownOf(times: Float64Array, before: readonly number[]): number {
  let grownMs = 0
  for (let index = 0; index < times.length; index++) {
    const time = times[index] as number
    if (time >= 0) grownMs += time - (before[index] as number)
  }
  return grownMs
}
