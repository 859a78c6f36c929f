/**
 * Programs without a keeper: after it was killed they are children of this process, or of nobody of ours after a restart. Then
 * they are signalled by pid and start time, and their ends are taken or, by who is no parent, only noticed.
 */
import { allProcesses, readEntry, reap, signalName, signalSame, type ProcessIdentity } from '../../process/index.ts'
import type { Held, ProgramEnding } from './types.ts'

const lookMs = 50
/** So long somebody else may take to hear of an end: a keeper that is being killed, which leaves it to us then. */
const othersMs = 1_000
/** An end that nobody saw. */
export const unseenEnd: ProgramEnding = { exitCode: undefined, signal: undefined, resources: undefined }

export class Orphans {
  readonly #onEnd: (held: Held, end: ProgramEnding) => void
  readonly #held = new Set<Held>()
  readonly #kills = new Map<Held, NodeJS.Timeout>()
  /** Since when their ends are told to nobody. */
  readonly #untold = new WeakMap<Held, number>()
  readonly #listener = (): void => this.#look()
  #timer: NodeJS.Timeout | undefined

  constructor(onEnd: (held: Held, end: ProgramEnding) => void) {
    this.#onEnd = onEnd
  }

  add(held: Held): void {
    this.#held.add(held)
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
    if (this.#held.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    process.off('SIGCHLD', this.#listener)
  }

  close(): void {
    for (const held of this.#held) this.forget(held)
  }

  #look(): void {
    for (const held of this.#held) {
      if (held.end !== undefined) continue
      held.parent = parentOf(held.pid)
      const end = endOf(held)
      if (end === 'untold' && this.#isAwaited(held)) continue
      if (end !== undefined) this.#onEnd(held, end === 'untold' ? unseenEnd : end)
    }
    this.#reapTheirs()
  }

  #isAwaited(held: Held): boolean {
    const since = this.#untold.get(held) ?? performance.now()
    this.#untold.set(held, since)
    return performance.now() - since < othersMs
  }

  /** Processes that our programs left behind become our children too; each such program has a session of its own. */
  #reapTheirs(): void {
    const sessions = new Set([...this.#held].filter(({ parent }) => parent === 'self').map(({ pid }) => pid))
    if (sessions.size === 0) return
    for (const { pid, parentPid, sessionId, state } of allProcesses()) {
      if (parentPid === process.pid && state === 'Z' && sessions.has(sessionId) && !sessions.has(pid)) reap(pid)
    }
  }
}

/** Undefined while it runs; 'untold' when its end is still another's to hear of. */
export function endOf({ pid, startTicks }: Pick<Held, 'pid' | 'startTicks'>): ProgramEnding | 'untold' | undefined {
  const entry = readEntry(pid)
  if (entry?.startTicks !== startTicks) return unseenEnd
  if (entry.state !== 'Z') return undefined
  const reaped = entry.parentPid === process.pid ? reap(pid) : undefined
  if (reaped === undefined) return 'untold'
  const { exitCode, resources } = reaped
  return { exitCode, signal: exitCode < 0 ? signalName(-exitCode) : undefined, resources }
}

/** Who it is that would hear of its end. */
export function parentOf(pid: number): 'self' | 'nobody' {
  return readEntry(pid)?.parentPid === process.pid ? 'self' : 'nobody'
}
