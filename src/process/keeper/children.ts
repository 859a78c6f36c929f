/**
 * The keeper's list of programs: started, signalled, ended with grace, remembered.
 * A signal goes to a pid only while its process has not been reaped, or after its start time was checked, so never to a
 * stranger that got the pid later.
 */
import { constants } from 'node:os'

import { allProcesses, descendants, isSameProcess, readEntry, type ProcessEntry } from '../process-table.ts'
import type { Outcome, Spawned, Spawner } from './spawner.ts'
import { hasWatch, moveTree, processTree, signalSame } from '../watch/index.ts'
import type { Guard } from './guard.ts'
import type {
  EndRecord,
  GroupSignal,
  OrphanedProgram,
  ProcessIdentity,
  ProgramEntry,
  ProgramPlan,
  StreamPlan,
} from './types.ts'

/** Ends that are remembered for those who ask later. */
const endsLimit = 10_000
/** Characters of the arguments that are remembered of one that runs, and of one that ended. */
const argvRuns = 4_096
const argvEnded = 256
/** How often the rest of a group is looked for, after its leader has ended. */
const restCheckMs = 20

/** Without its environment and most of its arguments: thousands of them must fit into a small process. */
export interface Child {
  entry: Omit<ProgramEntry, 'end'>
  readonly spawned: Spawned
  readonly graceMs: number
  readonly session: boolean
  /** Where its output goes, until it ends. */
  streams: readonly StreamPlan[]
  /** Its processes outside its group, as its owner found them. */
  strays: readonly ProcessIdentity[]
  /** On the clock of `performance.now`. */
  readonly limitAtMs: number
  isOverTime: boolean
  end: EndRecord | undefined
}

interface Ending {
  readonly deadlineMs: number
  readonly tree: readonly ProcessIdentity[]
}

export interface ChildrenEvents {
  onStart(child: Child): void
  onEnd(end: EndRecord): void
  /** Nothing runs any more, and nothing is being ended. */
  onIdle(): void
}

export class Children {
  readonly #spawner: Spawner
  readonly #guard: Guard
  readonly #events: ChildrenEvents
  readonly #children = new Map<number, Child>()
  readonly #running = new Map<number, Child>()
  readonly #endings = new Map<Child, Ending>()
  /** Programs that are being started: nobody knows of them yet. */
  readonly #starts = new Set<Promise<unknown>>()
  /** Ended so soon that `start` had not come back yet. */
  readonly #early = new Map<number, Outcome>()
  /** Of keepers that were killed: they are their owner's to stop, and ours to let go on. */
  #orphans: readonly OrphanedProgram[] = []
  /** Time limits, while there is no owner to keep them. */
  readonly #limits = new Map<Child, NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined
  #nextId = 1
  /** All processes, as they were in this turn. */
  #table: readonly ProcessEntry[] | undefined

  constructor(spawner: Spawner, guard: Guard, events: ChildrenEvents) {
    this.#spawner = spawner
    this.#guard = guard
    this.#events = events
    spawner.onEnd = (pid, outcome) => {
      if (!guard.hasEnded(pid)) this.#onEnd(pid, outcome)
    }
  }

  get isIdle(): boolean {
    return this.#running.size === 0 && this.#endings.size === 0 && this.#starts.size === 0
  }

  start(plan: ProgramPlan, descriptors: readonly number[]): Promise<Child> {
    const child = this.#start(plan, descriptors)
    const settled: Promise<unknown> = child.then(
      () => this.#starts.delete(settled),
      () => this.#starts.delete(settled),
    )
    this.#starts.add(settled)
    return child
  }

  /** Resolves when those are known that are being started, also for an owner that has died meanwhile. */
  async started(): Promise<void> {
    await Promise.all(this.#starts)
  }

  async #start(plan: ProgramPlan, descriptors: readonly number[]): Promise<Child> {
    if (plan.session === true) await this.#guard.start()
    const startedAt = Date.now()
    const spawned = await this.#spawner.start(plan, descriptors)
    const { pid } = spawned
    const found = readEntry(pid)
    const { name, argv, group, survives, graceMs, streams, session = false, timeLimitMs = Infinity } = plan
    const entry = {
      id: this.#nextId++,
      name,
      argv: shortened(argv, argvRuns),
      pid,
      startTicks: found?.startTicks ?? 0,
      sessionId: found?.sessionId ?? 0,
      group,
      survives,
      startedAt,
    }
    const child: Child = {
      entry,
      spawned,
      graceMs,
      session,
      streams,
      strays: [],
      limitAtMs: performance.now() + timeLimitMs,
      isOverTime: false,
      end: undefined,
    }
    this.#children.set(entry.id, child)
    this.#running.set(pid, child)
    if (plan.session === true) this.#guard.keep('group', entry)
    this.#events.onStart(child)
    const early = this.#early.get(pid)
    this.#early.delete(pid)
    if (early !== undefined) this.#onEnd(pid, early)
    return child
  }

  get(id: number): Child | undefined {
    return this.#children.get(id)
  }

  list(): ProgramEntry[] {
    return Array.from(this.#children.values(), ({ entry, end }) => Object.assign({ end }, entry))
  }

  /** False when it has ended. */
  signal(child: Child, signal: NodeJS.Signals, toGroup: boolean): boolean {
    if (child.end !== undefined) return false
    return kill(toGroup ? -child.entry.pid : child.entry.pid, signal)
  }

  /** Many at once, in their order; those whose leader has ended are left out, but for what is left of them. */
  signalAll(signals: readonly GroupSignal[]): void {
    for (const { id, signal, cpus } of signals) {
      const child = this.#children.get(id)
      if (child === undefined) continue
      if (cpus !== undefined && child.end === undefined) moveTree([child.entry.pid, ...pidsOf(child.strays)], cpus)
      this.signal(child, signal, true)
      for (const { pid, startTicks } of child.strays) signalSame(pid, startTicks, signal)
    }
  }

  /** What belongs to a program outside its group: it goes on with it when the owner is gone. */
  setStrays(id: number, strays: readonly ProcessIdentity[]): void {
    const child = this.#children.get(id)
    if (child === undefined) return
    this.#guard.replace('process', child.strays, strays)
    child.strays = strays
  }

  /** All that their owner has of keepers that were killed. Resolves when they are guarded. */
  async setOrphans(orphans: readonly OrphanedProgram[]): Promise<void> {
    const before = this.#orphans
    this.#orphans = orphans
    if (orphans.length > 0) await this.#guard.start()
    this.#guard.replace('group', before, orphans)
    this.#guard.replace('process', straysOf(before), straysOf(orphans))
  }

  /** Nothing stays stopped. */
  continueAll(): void {
    for (const child of this.#children.values()) {
      if (child.end === undefined) this.signal(child, 'SIGCONT', true)
      for (const { pid, startTicks } of child.strays) signalSame(pid, startTicks, 'SIGCONT')
    }
    for (const { pid, startTicks, strays } of this.#orphans) {
      signalSame(pid, startTicks, 'SIGCONT', true)
      for (const stray of strays) signalSame(stray.pid, stray.startTicks, 'SIGCONT')
    }
  }

  /** SIGTERM now, SIGKILL to whoever is left after the grace; to the group, or to all descendants too. */
  terminate(child: Child, graceMs: number, withTree: boolean, also: readonly ProcessIdentity[] = []): void {
    const tree = withTree && child.end === undefined ? this.#descendantsOf(child) : []
    for (const { pid, startTicks } of also) {
      if (readEntry(pid)?.startTicks === startTicks) tree.push({ pid, startTicks })
    }
    this.#each(child, tree, 'SIGTERM')
    // One that is stopped would get it only when continued.
    this.#each(child, tree, 'SIGCONT')
    this.#endings.set(child, { deadlineMs: performance.now() + graceMs, tree })
    this.#timer ??= setInterval(() => this.#checkEndings(), Math.min(restCheckMs, Math.max(1, graceMs)))
  }

  /** The owner is gone: nothing stays stopped, and what must not survive ends. */
  endAll(): void {
    this.#spawner.ownerGone()
    this.continueAll()
    for (const child of this.#running.values()) this.#keepLimit(child)
    for (const child of this.#children.values()) {
      if (child.entry.survives || this.#endings.has(child)) continue
      if (child.end === undefined || this.#leftOf(child, []).length > 0) {
        // In a session of its own it may have left its group.
        this.terminate(child, child.graceMs, child.session, child.strays)
      }
    }
  }

  /** There is an owner again, who keeps time limits. */
  ownerCame(): void {
    for (const timer of this.#limits.values()) clearTimeout(timer)
    this.#limits.clear()
  }

  #keepLimit(child: Child): void {
    if (child.limitAtMs === Infinity || this.#endings.has(child)) return
    const over = (): void => {
      child.isOverTime = true
      this.terminate(child, child.graceMs, child.session, child.strays)
    }
    clearTimeout(this.#limits.get(child))
    this.#limits.set(child, setTimeout(over, Math.max(0, child.limitAtMs - performance.now())))
  }

  #checkEndings(): void {
    const nowMs = performance.now()
    for (const [child, { deadlineMs, tree }] of this.#endings) {
      const isOver = child.end !== undefined && this.#leftOf(child, tree).length === 0
      if (!isOver && nowMs < deadlineMs) continue
      if (!isOver) {
        const late = child.end === undefined && tree.length > 0 ? this.#descendantsOf(child) : []
        this.#each(child, [...tree, ...late], 'SIGKILL')
      }
      if (isOver || child.end !== undefined) this.#endings.delete(child)
      if (isOver) this.setStrays(child.entry.id, [])
    }
    if (this.#endings.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
    if (this.isIdle) this.#events.onIdle()
  }

  /** The program or its group, and of a tree whoever is still the same process. */
  #each(child: Child, tree: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
    this.signal(child, signal, child.entry.group)
    for (const { pid } of this.#leftOf(child, tree)) kill(pid, signal)
  }

  /** Once the leader is gone its pid may be another's: members are those in our session that have its group still. */
  #leftOf(child: Child, tree: readonly ProcessIdentity[]): ProcessIdentity[] {
    const members = child.end !== undefined && child.entry.group ? this.#groupOf(child) : []
    return [...members, ...tree.filter(({ pid, startTicks }) => isSameProcess(pid, startTicks))]
  }

  /** The kernel's lists of children are read where it has them: the whole table for each of many would block us for seconds. */
  #descendantsOf({ entry }: Child): ProcessIdentity[] {
    if (hasWatch()) return processTree([entry.pid]).slice(1)
    return descendants(entry.pid, this.#processes())
  }

  #processes(): readonly ProcessEntry[] {
    if (this.#table === undefined) setImmediate(() => (this.#table = undefined))
    this.#table ??= allProcesses()
    return this.#table
  }

  #groupOf({ entry }: Child): ProcessIdentity[] {
    if (this.#running.has(entry.pid) || entry.startTicks === 0 || !kill(-entry.pid, 0)) return []
    return this.#processes().filter(({ groupId, sessionId, pid, startTicks }) => {
      const isMember = groupId === entry.pid && sessionId === entry.sessionId && pid !== process.pid
      return isMember && isSameProcess(pid, startTicks)
    })
  }

  #onEnd(pid: number, { exitCode, resources }: Outcome): void {
    const child = this.#running.get(pid)
    if (child === undefined) {
      this.#early.set(pid, { exitCode, resources })
      return
    }
    this.#running.delete(pid)
    this.#guard.drop('group', child.entry)
    const { id, startedAt } = child.entry
    const signal = exitCode < 0 ? signalName(-exitCode) : undefined
    clearTimeout(this.#limits.get(child))
    this.#limits.delete(child)
    const over = child.isOverTime ? ({ isOverTime: true } as const) : {}
    child.end = { id, pid, exitCode, signal, resources, startedAt, endedAt: Date.now(), ...over }
    this.#events.onEnd(child.end)
    child.streams = []
    child.entry = { ...child.entry, argv: shortened(child.entry.argv, argvEnded) }
    this.#forgetOldest()
    if (this.isIdle) this.#events.onIdle()
  }

  #forgetOldest(): void {
    if (this.#children.size - this.#running.size <= endsLimit) return
    for (const [id, child] of this.#children) {
      if (child.end === undefined || this.#endings.has(child)) continue
      this.#children.delete(id)
      return
    }
  }
}

function straysOf(orphans: readonly OrphanedProgram[]): ProcessIdentity[] {
  return orphans.flatMap(({ strays }) => strays)
}

function pidsOf(processes: readonly ProcessIdentity[]): number[] {
  return processes.map(({ pid }) => pid)
}

/** No more than so many characters, each argument copied: a slice would keep the whole of its string. */
function shortened(argv: readonly string[], most: number): string[] {
  const kept: string[] = []
  let room = most
  for (const argument of argv) {
    if (room <= 0) break
    const isWhole = argument.length <= room
    kept.push(isWhole ? argument : `${Buffer.from(argument.slice(0, room)).toString()}…`)
    room -= argument.length + 1
  }
  return kept
}

/** False when nobody is there. */
function kill(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

export function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`
}
