/**
 * Programs without a keeper: after it was killed they are children of this process, or of nobody of ours after a restart. Then
 * they are signalled by pid and start time, and their ends are taken or, by who is no parent, only noticed.
 */
import { readEntry, reap, signalName, signalSame, type ProcessIdentity } from '../../process/index.ts'
import { nameOf } from './find.ts'
import { childrenOf } from './leftovers.ts'
import type { Held, ProgramEnding } from './types.ts'

const lookMs = 50
/** So long somebody else may take to hear of an end: a keeper that is being killed leaves it to us then, an init may look seldom. */
const othersMs = 3_000
/** An end that nobody saw. */
export const unseenEnd: ProgramEnding = { exitCode: undefined, signal: undefined, resources: undefined }

export class Orphans {
  readonly #folder: string
  readonly #mains: () => ReadonlySet<number>
  readonly #onEnd: (held: Held, end: ProgramEnding) => void
  readonly #held = new Set<Held>()
  readonly #kills = new Map<Held, NodeJS.Timeout>()
  /** Since when their ends are told to nobody. */
  readonly #untold = new WeakMap<Held, number>()
  readonly #listener = (): void => this.#look()
  /** Children of this process with the start of each, and whether it belongs to a job of the batch. */
  #children = new Map<number, { readonly startTicks: number; readonly isOurs: boolean }>()
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string, mains: () => ReadonlySet<number>, onEnd: (held: Held, end: ProgramEnding) => void) {
    this.#folder = folder
    this.#mains = mains
    this.#onEnd = onEnd
  }

  add(held: Held): void {
    this.#held.add(held)
    this.watch()
  }

  /** Those that run. */
  list(): Held[] {
    return [...this.#held].filter(({ end, startTicks }) => end === undefined && startTicks > 0)
  }

  /** The keeper was killed: from now on what jobs left behind, of jobs that are over too, is reaped when it ends. */
  watch(): void {
    this.#lookAtChildren()
    if (this.#timer !== undefined) return
    this.#timer = setInterval(() => this.#look(), lookMs)
    this.#timer.unref()
    process.on('SIGCHLD', this.#listener)
  }

  /** To all of it; never to a stranger. */
  signal({ pid, startTicks, strays }: Pick<Held, 'pid' | 'startTicks' | 'strays'>, signal: NodeJS.Signals): void {
    if (startTicks > 0) signalSame(pid, startTicks, signal, true)
    for (const stray of strays) signalSame(stray.pid, stray.startTicks, signal)
  }

  /** SIGTERM, and SIGKILL after the grace. */
  terminate(held: Held, graceMs: number, also: readonly ProcessIdentity[]): void {
    const { pid, startTicks } = held
    const all = { pid, startTicks, strays: also }
    this.signal(all, 'SIGTERM')
    this.signal(all, 'SIGCONT')
    clearTimeout(this.#kills.get(held))
    const timer = setTimeout(() => this.signal(all, 'SIGKILL'), graceMs)
    timer.unref()
    this.#kills.set(held, timer)
  }

  forget(held: Held): void {
    clearTimeout(this.#kills.get(held))
    this.#kills.delete(held)
    this.#held.delete(held)
    this.#rest()
  }

  close(): void {
    for (const held of this.#held) this.forget(held)
    this.#children.clear()
    this.#rest()
  }

  /** When nobody is left to wait for. */
  #rest(): void {
    if (this.#held.size > 0 || [...this.#children.values()].some(({ isOurs }) => isOurs)) return
    clearInterval(this.#timer)
    this.#timer = undefined
    process.off('SIGCHLD', this.#listener)
  }

  #look(): void {
    for (const held of this.#held) {
      if (held.end !== undefined) continue
      held.parent = parentOf(held.pid)
      const end = endOf(held)
      if (end === 'untold' && this.#isAwaited(held)) continue
      if (end !== undefined) this.#onEnd(held, end === 'untold' ? unseenEnd : end)
    }
    this.#lookAtChildren()
    this.#rest()
  }

  #isAwaited(held: Held): boolean {
    const since = this.#untold.get(held) ?? performance.now()
    this.#untold.set(held, since)
    return performance.now() - since < othersMs
  }

  /**
   * Processes that our programs left behind become our children too. An environment can be read only while a process lives. One that
   * was not seen alive is known by its session: Node's own children, which Node waits for, are in ours or lead theirs.
   */
  #lookAtChildren(): void {
    const mains = this.#mains()
    // A child without a name may be one that a killed keeper has begun: its end belongs to its job.
    const isStarting = mains.has(0)
    const children = new Map<number, { startTicks: number; isOurs: boolean }>()
    const own = readEntry(process.pid)?.sessionId
    for (const pid of childrenOf(process.pid)) {
      const entry = mains.has(pid) ? undefined : readEntry(pid)
      if (entry === undefined) continue
      const { startTicks, sessionId, state } = entry
      const known = this.#children.get(pid)
      const isKnown = known?.startTicks === startTicks && known.isOurs
      const isOurs = isKnown || (state !== 'Z' && nameOf(this.#folder, pid) !== undefined)
      const isLeftover = isOurs || (sessionId !== own && sessionId !== pid)
      const isReaped = state === 'Z' && isLeftover && !isStarting && reap(pid) !== undefined
      if (!isReaped) children.set(pid, { startTicks, isOurs: isOurs || (isLeftover && isStarting) })
    }
    this.#children = children
  }
}

/** Undefined while it runs; 'untold' when its end is still another's to hear of: then the kernel may tell us, too. */
export function endOf({
  pid,
  startTicks,
  handle,
}: Pick<Held, 'pid' | 'startTicks' | 'handle'>): ProgramEnding | 'untold' | undefined {
  const entry = readEntry(pid)
  if (entry?.startTicks !== startTicks) return endingOf(handle?.exitCode(), undefined)
  if (entry.state !== 'Z') return undefined
  const reaped = entry.parentPid === process.pid ? reap(pid) : undefined
  if (reaped === undefined) return 'untold'
  return endingOf(reaped.exitCode, reaped.resources)
}

function endingOf(exitCode: number | undefined, resources: ProgramEnding['resources']): ProgramEnding {
  if (exitCode === undefined) return unseenEnd
  return { exitCode, signal: exitCode < 0 ? signalName(-exitCode) : undefined, resources }
}

/**
 * Who a program is whose start was not answered. One that has left its mark and nothing else may not have come to its program yet, or be
 * over already, and tells nobody its name then: it is the child of this process with that number, unless that is another's (`mains`).
 */
export function identityOf({ pid, startTicks }: ProcessIdentity, mains: ReadonlySet<number>): ProcessIdentity {
  if (startTicks > 0 || mains.has(pid)) return { pid, startTicks }
  const entry = readEntry(pid)
  return { pid, startTicks: entry?.parentPid === process.pid ? entry.startTicks : 0 }
}

/** Who it is that would hear of its end. */
export function parentOf(pid: number): 'self' | 'nobody' {
  return readEntry(pid)?.parentPid === process.pid ? 'self' : 'nobody'
}
