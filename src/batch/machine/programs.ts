/**
 * The way to programs: through the keeper, which is their parent, and past it after it was killed. A new keeper is started for
 * further programs; those of the old one are our children from then on.
 */
import {
  Keeper,
  LogBounds,
  adoptOrphans,
  cpuTimes,
  moveTree,
  ProcessHandle,
  readEntry,
  signalSame,
  type GroupSignal,
  type ProcessIdentity,
  type ProgramEntry,
  type ProgramPlan,
} from '../../process/index.ts'
import { findPrograms } from './find.ts'
import { endGuards, formerGuardsDone } from './former-guards.ts'
import { keeperOf } from './keeper-of.ts'
import { marksPath, programPlan } from './launch.ts'
import { compactMarks, readMarks } from './marks.ts'
import { Orphans, parentOf } from './orphans.ts'
import type { FoundProgram, Held, ProgramEnding } from './types.ts'

const retryMs = 500
/** A keeper that was killed hands its children over before it is a zombie. */
const handOverMs = 2_000

export interface Order {
  readonly held: Held
  readonly signal: NodeJS.Signals
  readonly cpus?: readonly number[] | undefined
}

export interface ProgramsEvents {
  /** Its main process has ended. */
  ended(held: Held, end: ProgramEnding): void
  /** The keeper was killed; `found` is what is known of its programs. */
  lost(found: readonly FoundProgram[]): void
  /** Programs can be started again. */
  ready(): void
  trouble(key: string, text: string | undefined): void
  /** The main processes of all jobs; 0 among them while one is being started. */
  mains(): ReadonlySet<number>
}

export class Programs {
  readonly #folder: string
  readonly #events: ProgramsEvents
  readonly #orphans: Orphans
  #keeper: Keeper | undefined
  #found: readonly FoundProgram[] = []
  #list: readonly ProgramEntry[] = []
  /** Output of those that no keeper looks after. */
  readonly #bounds: LogBounds
  #lostKeepersMs = 0
  /** Of the keeper, when it was looked at last. */
  #keeperMs = 0
  /** Of keepers that were killed, until another one guards what they started. */
  #formerGuards: readonly ProcessIdentity[] = []
  #lostPid: number | undefined
  #tellsOrphans = false
  #isClosed = false
  #holds = 0

  private constructor(folder: string, events: ProgramsEvents) {
    this.#folder = folder
    this.#events = events
    this.#orphans = new Orphans(folder, events.mains, (held, end) => {
      this.#bounds.remove(programPlan(held, folder))
      events.ended(held, end)
    })
    this.#bounds = new LogBounds((text) => events.trouble('logs', text))
  }

  /** Throws KEEPER_NOT_STARTED, FOLDER_NOT_PRIVATE. */
  static async open(folder: string, events: ProgramsEvents): Promise<Programs> {
    const programs = new Programs(folder, events)
    adoptOrphans()
    const hadKeeper = await programs.#open(() => formerGuardsDone(folder))
    if (!hadKeeper) compactMarks(marksPath(folder))
    return programs
  }

  get keeperPid(): number | undefined {
    return this.#keeper?.pid
  }

  get isReady(): boolean {
    return this.#keeper !== undefined
  }

  /** What ran before this process, as it was when the keeper was reached. */
  get found(): readonly FoundProgram[] {
    return this.#found
  }

  /** Rejects with the program's own error, or with `undefined` when the keeper was lost meanwhile: then `lost` follows. */
  async start(plan: Omit<ProgramPlan, 'parcel'>): Promise<ProgramEntry> {
    const keeper = this.#keeper
    if (keeper === undefined) throw undefined
    try {
      return await keeper.spawn(plan, [])
    } catch (error) {
      // The connection's end is told a turn before the keeper's loss.
      await new Promise((resolve) => setImmediate(resolve))
      throw keeper.isLost ? undefined : error
    }
  }

  /** Waits for the end of one that the keeper has. */
  follow(held: Held): void {
    const keeper = this.#keeper
    const { keeperId: id, pid, plan, startTicks } = held
    held.parent = 'keeper'
    held.handle ??= ProcessHandle.open(pid, startTicks)
    if (keeper === undefined) return // It was lost in this turn, which `lost` says.
    void keeper.endOf({ id, pid, name: plan.name }).then(
      (end) => {
        keeper.forget(id)
        this.#events.ended(held, end)
      },
      () => {}, // The keeper was lost, which `lost` says.
    )
  }

  /** Waits for the end of one that no keeper has. */
  followOrphan(held: Held): void {
    held.parent = parentOf(held.pid)
    held.handle ??= ProcessHandle.open(held.pid, held.startTicks)
    this.#orphans.add(held)
    this.#bounds.add(programPlan(held, this.#folder))
    this.#tellOrphans()
  }

  /** The keeper has it after all. */
  leaveOrphan(held: Held): void {
    this.#orphans.forget(held)
    this.#tellOrphans()
    this.#bounds.remove(programPlan(held, this.#folder))
  }

  /**
   * All at once, in their order. Past the keeper where the kernel lets us hold a process: that saves a way through two sockets
   * and a process that wakes up; else by its parent, which knows that nobody else has the pid. Processes outside a group are stopped once
   * they are guarded, and not before: who found them may be killed together with the keeper.
   */
  signalAll(orders: readonly Order[]): void {
    const requests: GroupSignal[] = []
    for (const { held, signal, cpus } of orders) {
      const { handle, strays, keeperId: id, parent, pid, startTicks, guardedStrays } = held
      this.#tellStrays(held)
      if (handle === undefined && parent === 'keeper') {
        requests.push({ id, signal, cpus })
        continue
      }
      if (cpus !== undefined) moveTree([pid, ...strays.map((stray) => stray.pid)], cpus)
      const reached = signal === 'SIGSTOP' ? guardedStrays : strays
      if (handle === undefined) this.#orphans.signal({ pid, startTicks, strays: reached }, signal)
      else {
        handle.signalGroup(signal)
        signalEach(reached, signal)
      }
    }
    if (requests.length > 0) this.#keeper?.signalAll(requests)
  }

  /** SIGTERM to all of it, stopped or not, and SIGKILL after the grace; `also` are processes that are no descendants any more. */
  terminate(held: Held, graceMs: number, also: readonly ProcessIdentity[]): void {
    if (held.parent === 'keeper') quietly(this.#keeper?.terminate(held.keeperId, graceMs, true, also))
    else this.#orphans.terminate(held, graceMs, also)
  }

  forget(held: Held): void {
    this.#orphans.forget(held)
    if (held.parent !== 'keeper') this.#tellOrphans()
    held.handle?.close()
    held.handle = undefined
  }

  /** While there are jobs this process does not end by itself. */
  hold(yes: boolean): void {
    const wanted = yes ? 1 : 0
    if (wanted === this.#holds) return
    this.#holds = wanted
    this.#keeper?.hold(yes ? 1 : -1)
  }

  /** CPU time of all keepers so far. */
  keepersMs(): number {
    const [now = 0] = this.#keeper === undefined ? [] : cpuTimes([this.#keeper.pid])
    this.#keeperMs = Math.max(this.#keeperMs, now)
    return this.#lostKeepersMs + this.#keeperMs
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#orphans.close()
    this.#bounds.close()
    await endGuards(this.#formerGuards)
    await this.#keeper?.close()
  }

  #tellStrays(held: Held): void {
    if (held.strays === held.sentStrays) return
    const { strays, keeperId, parent } = held
    held.sentStrays = strays
    if (parent !== 'keeper') return this.#tellOrphans()
    const told = this.#keeper?.setStrays(keeperId, strays)
    const guarded = (): void => this.#areGuarded(held, strays)
    told?.then(guarded, guarded)
  }

  /** Where their job is stopped they are now, too. Also where the keeper was lost meanwhile: nobody else can be asked. */
  #areGuarded(held: Held, strays: readonly ProcessIdentity[]): void {
    if (held.guardedStrays === strays) return
    held.guardedStrays = strays
    if (held.sent === 'stop' && held.graceMs === undefined && held.end === undefined) signalEach(strays, 'SIGSTOP')
  }

  /** Once a turn: the keeper lets those go on, too, that it did not start. */
  #tellOrphans(): void {
    if (this.#tellsOrphans) return
    this.#tellsOrphans = true
    setImmediate(() => {
      this.#tellsOrphans = false
      quietly(this.#setOrphans(this.#keeper))
    })
  }

  async #setOrphans(keeper: Keeper | undefined): Promise<void> {
    const told = this.#orphans.list().map((held) => ({ held, strays: held.strays }))
    try {
      await keeper?.setOrphans(told.map(({ held: { pid, startTicks }, strays }) => ({ pid, startTicks, strays })))
    } finally {
      for (const { held, strays } of told) this.#areGuarded(held, strays)
    }
  }

  /** Until then the guard of the lost keeper lets programs go on if this process dies. One that we only lost sight of keeps its own. */
  async #replaceGuards(keeper: Keeper): Promise<void> {
    await this.#setOrphans(keeper)
    const guards = this.#formerGuards
    this.#formerGuards = []
    if (keeper.pid !== this.#lostPid) await endGuards(guards)
  }

  /** True when the keeper was there before. */
  async #open(onNone: () => Promise<void>): Promise<boolean> {
    const keeper = await keeperOf(this.#folder, onNone)
    this.#list = await keeper.list()
    this.#found = this.#find(this.#list)
    this.#keeper = keeper
    if (this.#holds > 0) keeper.hold(1)
    void keeper.lost.then(() => this.#onLost(keeper))
    return this.#list.length > 0
  }

  #find(list: readonly ProgramEntry[]): FoundProgram[] {
    const folder = this.#folder
    return findPrograms({ folder, list, journal: Keeper.journal(folder), marks: readMarks(marksPath(folder)) })
  }

  async #onLost(keeper: Keeper): Promise<void> {
    this.#keeper = undefined
    this.#lostKeepersMs += this.#keeperMs
    this.#keeperMs = 0
    if (this.#isClosed) return
    await goneBy(keeper.pid, handOverMs)
    if (this.#isClosed) return
    this.#formerGuards = Keeper.guards(this.#folder)
    this.#lostPid = keeper.pid
    this.#orphans.watch()
    this.#events.lost(this.#find([]))
    this.#events.trouble('keeper', `The keeper of programs (pid ${keeper.pid}) was lost; another one was started.`)
    await this.#openAgain()
  }

  async #openAgain(): Promise<void> {
    while (!this.#isClosed) {
      try {
        await this.#open(async () => {})
        if (this.#isClosed) return await this.close()
        quietly(this.#keeper && this.#replaceGuards(this.#keeper))
        return this.#events.ready()
      } catch (error) {
        this.#events.trouble('keeper', `No program can be started: ${(error as Error).message}`)
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
  }
}

/**
 * Resolves when the process has ended with all its threads, reaped or not, or after `mostMs`. As long as one of its threads lives it has
 * children, and they get the signal of their parent's death once more when it ends.
 */
async function goneBy(pid: number, mostMs: number): Promise<void> {
  const deadline = performance.now() + mostMs
  while (performance.now() < deadline) {
    const entry = readEntry(pid)
    if (entry === undefined || entry.state === 'X' || (entry.state === 'Z' && entry.threads <= 1)) return
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

function signalEach(processes: readonly ProcessIdentity[], signal: NodeJS.Signals): void {
  for (const { pid, startTicks } of processes) signalSame(pid, startTicks, signal)
}

/** Its failure is the keeper's loss, which is noticed by itself. */
function quietly(answer: Promise<unknown> | undefined): void {
  answer?.catch(() => {})
}
