/**
 * Who wants a CPU. A job that may run is looked at every few milliseconds; what it costs is one system call a process as long as
 * it computes. Only when it does not are its threads looked at.
 *
 *            CPU time grew, or a thread is ready                 two looks on end without either
 *    wants ◀──────────────────────────────────── blocked ◀──────────────────────────────────── wants
 */
import { cpuTimes, hasWatch, processTree, type TreeEntry } from '../../process/index.ts'
import type { Held } from './types.ts'

/** So much of the time between two looks on a CPU counts as wanting it: whoever wakes up only to sleep again does not. */
const wantedShare = 0.1
/** Looks without a wish that make a job blocked. */
const quietLooks = 2
/** The first look at a job that goes on comes sooner: its slice may be short. */
const firstLookShare = 0.4
const longestMs = 50
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
  quiet: number
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
    const watched: Watched = {
      held,
      pids,
      cpuMs: [...cpuTimes(pids)],
      lookedAt: now,
      dueAt: now + this.#watchMs * firstLookShare,
      quiet: known?.quiet ?? 0,
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
    watched.dueAt = Infinity
    watched.isBlocked = false
  }

  forget(held: Held): void {
    this.#watched.delete(held)
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
    const due = [...this.#watched.values()].filter(({ dueAt }) => dueAt <= now + togetherMs)
    const times = cpuTimes(due.flatMap(({ pids }) => pids))
    let from = 0
    for (const watched of due) {
      const own = times.subarray(from, from + watched.pids.length)
      from += watched.pids.length
      this.#look(watched, own, now)
    }
    const next = Math.min(...[...this.#watched.values()].map(({ dueAt }) => dueAt))
    if (next < Infinity) this.#wakeBy(next)
  }

  #look(watched: Watched, times: Float64Array, now: number): void {
    const { cpuMs, lookedAt, pids } = watched
    let grownMs = 0
    let isGone = false
    for (let index = 0; index < pids.length; index++) {
      const time = times[index] as number
      if (time < 0) isGone = true
      else grownMs += time - (cpuMs[index] as number)
    }
    watched.cpuMs = [...times]
    watched.lookedAt = now
    const wantedMs = Math.max(0.2, (now - lookedAt) * wantedShare)
    let wants = grownMs >= wantedMs
    // Who is blocked and has not computed at all has not woken up either.
    const isAsleep = this.#isPrecise && watched.isBlocked && grownMs === 0 && !isGone
    if (!wants && !isAsleep) wants = this.#lookAtThreads(watched, grownMs, wantedMs)
    if (wants) this.#wants(watched, now)
    else this.#isQuiet(watched, now, lookedAt + grownMs)
  }

  /** Whether a thread is ready, or somebody new has computed. */
  #lookAtThreads(watched: Watched, grownMs: number, wantedMs: number): boolean {
    const { held, pids } = watched
    const tree = processTree([held.pid, ...held.strays.map(({ pid }) => pid)]).filter(({ state }) => state !== 'Z')
    const isNew = ({ pid }: TreeEntry): boolean => !pids.includes(pid)
    const newMs = tree.filter(isNew).reduce((sum, { cpuMs }) => sum + cpuMs, 0)
    watched.pids = tree.map(({ pid }) => pid)
    watched.cpuMs = tree.map(({ cpuMs }) => cpuMs)
    this.#events.seen(held, tree)
    return tree.some(({ ready }) => ready) || grownMs + newMs >= wantedMs
  }

  #wants(watched: Watched, now: number): void {
    watched.quiet = 0
    watched.dueAt = now + this.#watchMs
    if (!watched.isBlocked) return
    watched.isBlocked = false
    this.#events.unblocked(watched.held)
  }

  #isQuiet(watched: Watched, now: number, since: number): void {
    if (watched.quiet++ === 0) watched.quietSince = Math.min(since, now)
    // The longer it sleeps, the less does a moment more matter.
    const patience = 1 + Math.max(0, watched.quiet - 10) / 10
    watched.dueAt = now + Math.min(longestMs, this.#watchMs * patience)
    if (watched.isBlocked || watched.quiet < quietLooks) return
    watched.isBlocked = true
    this.#events.blocked(watched.held, watched.quietSince)
  }
}
