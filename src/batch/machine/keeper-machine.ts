/**
 * The machine of a batch: programs as children of a keeper. Orders are gathered until `flush` and go out as one request, those
 * that stop first; what comes of them is told by events.
 *
 *    start ─▶ keeper: fork, mark, exec ─▶ started ─▶ stop / go ... ─▶ its end, its leftovers' end ─▶ ended
 *                                                      │
 *    keeper killed: its programs are our children now (or nobody's), and a new keeper starts the next ones
 */

import { hasWatch, isSameProcess, makeFolder, type TreeEntry } from '../../process/index.ts'
import type { JobPlan, Machine, MachineEvents } from '../types.ts'
import { wasNotTried } from '../engine/untried.ts'
import { Endings } from './endings.ts'
import { logPaths, logsPath, programPlan } from './launch.ts'
import { MemoryGuard, measuredOnly } from './memory-guard.ts'
import { endOf, identityOf, unseenEnd } from './orphans.ts'
import { diskTrouble, lossTrouble } from './output.ts'
import { isSameSet, straysOf, treeOf } from './leftovers.ts'
import { Programs, type Order } from './programs.ts'
import { Troubles } from './troubles.ts'
import { useAtEnd, useOf } from './use.ts'
import { Watcher } from './watcher.ts'
import type { FoundProgram, Held, LogPaths, MachineOptions, ProgramEnding } from './types.ts'

const watchMsDefault = 25
const useMsDefault = 1_000
/** After SIGKILL, for those that a broken device holds. */
const patienceMs = 10_000
const withoutAddon =
  'The addon is not here: jobs are not kept on their CPUs, memory limits are measured and not enforced by the kernel, and a program ' +
  'whose start a kill -9 interrupted is told only by what the keeper wrote down.'

export class KeeperMachine implements Machine {
  readonly #options: MachineOptions
  readonly #events: MachineEvents
  readonly #troubles = new Troubles()
  readonly #jobs = new Map<number, Held>()
  /** With an order that was not sent yet. */
  readonly #dirty = new Set<Held>()
  /** Those that were stopped since use was measured last. */
  readonly #went = new Set<Held>()
  readonly #watcher: Watcher
  readonly #memory: MemoryGuard
  readonly #endings: Endings
  #programs!: Programs
  #starts: Held[] = []
  #useTimer: NodeJS.Timeout | undefined

  private constructor(options: MachineOptions, events: MachineEvents) {
    this.#options = options
    this.#events = events
    this.#watcher = new Watcher(options.watchMs ?? watchMsDefault, options.clock, {
      blocked: (held, since) => events.blocked(held.job, since, options.clock()),
      unblocked: (held) => events.unblocked(held.job, options.clock()),
      seen: (held, tree) => this.#seen(held, tree),
    })
    this.#memory = new MemoryGuard(options, (held, rssBytes) => this.#onOverMemory(held, rssBytes))
    this.#endings = new Endings(options.folder, {
      terminate: (held, left) => this.#programs.terminate(held, held.graceMs ?? held.plan.graceMs, left),
      over: (held) => this.#finish(held),
      adopter: () => this.#adopter,
      mains: () => this.#mains(),
      trouble: (held, text) => this.#troubles.add(`leftovers of ${held.job}`, text),
    })
  }

  /**
   * Becomes the owner of the folder's keeper, or starts one. What ran before is told by `find`, and goes on with `adopt`.
   * Throws KEEPER_NOT_STARTED, FOLDER_NOT_PRIVATE.
   */
  static async open(options: MachineOptions, events: MachineEvents): Promise<KeeperMachine> {
    makeFolder(logsPath(options.folder))
    const machine = new KeeperMachine(options, events)
    machine.#programs = await Programs.open(options.folder, {
      ended: (held, end) => machine.#onMainEnd(held, end),
      lost: (found) => machine.#onLost(found),
      ready: () => machine.#onReady(),
      trouble: (key, text) => machine.#troubles.add(key, text),
      mains: () => machine.#mains(),
    })
    if (!hasWatch()) machine.#troubles.add('addon', withoutAddon)
    return machine
  }

  get keeperPid(): number | undefined {
    return this.#programs.keeperPid
  }

  start(job: number, attempt: number, plan: JobPlan, cpus: readonly number[]): void {
    const held = this.#newHeld(job, attempt, plan, cpus)
    this.#jobs.set(job, held)
    this.#starts.push(held)
  }

  go(job: number, cpus: readonly number[]): void {
    const held = this.#jobs.get(job)
    if (held === undefined) return
    held.wanted = 'go'
    held.cpus = cpus
    this.#dirty.add(held)
  }

  stop(job: number): void {
    const held = this.#jobs.get(job)
    if (held === undefined) return
    held.wanted = 'stop'
    this.#dirty.add(held)
  }

  end(job: number, graceMs: number): void {
    const held = this.#jobs.get(job)
    if (held === undefined) return
    held.graceMs = graceMs
    // One that is being started is ended right after.
    if (held.pid > 0 && held.end === undefined) this.#programs.terminate(held, graceMs, held.strays)
  }

  flush(): void {
    const stops: Order[] = []
    const goes: Order[] = []
    for (const held of this.#dirty) {
      if (held.pid === 0) continue // Sent when it has started.
      const order = this.#orderOf(held)
      if (order !== undefined) (held.wanted === 'stop' ? stops : goes).push(order)
    }
    this.#dirty.clear()
    if (stops.length + goes.length > 0) {
      this.#programs.signalAll([...stops, ...goes])
      this.#watcher.lookAhead()
    }
    if (!this.#programs.isReady) return
    for (const held of this.#starts.splice(0)) void this.#start(held)
  }

  /** What ran before this process began, of all attempts that left a trace; those that ended meanwhile with their end. */
  find(): readonly FoundProgram[] {
    return this.#programs.found
  }

  /**
   * Goes on with a program that was found, and lets it run if it was stopped: `runs`, its end will be told. `ended`: its end is in
   * what was found. `unknown`: it is gone, and nobody saw how it ended.
   */
  adopt(
    job: number,
    attempt: number,
    plan: JobPlan,
    found: { readonly pid: number; readonly startTicks: number; readonly keeperId?: number | undefined },
  ): 'runs' | 'ended' | 'unknown' {
    const trace = this.find().find((each) => each.job === job && each.attempt === attempt)
    if (trace?.end !== undefined) return 'ended'
    const { pid, startTicks, keeperId } = found
    if (keeperId === undefined && !(startTicks > 0 && isSameProcess(pid, startTicks))) return 'unknown'
    const held = this.#newHeld(job, attempt, plan, [])
    Object.assign(held, { pid, startTicks, keeperId: keeperId ?? 0, group: this.#memory.groupOf(held) })
    this.#jobs.set(job, held)
    if (keeperId === undefined) this.#programs.followOrphan(held)
    else this.#programs.follow(held)
    this.#programs.signalAll([{ held, signal: 'SIGCONT' }])
    this.#runs(held)
    return 'runs'
  }

  /** What is known of a job that runs. */
  describe(job: number): { pid: number; startTicks: number; logs: LogPaths } | undefined {
    const held = this.#jobs.get(job)
    return held === undefined ? undefined : { pid: held.pid, startTicks: held.startTicks, logs: held.logs }
  }

  /** CPU time of this process and of the keeper, in ms: what scheduling costs. */
  overheadMs(): number {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000 + this.#programs.keepersMs()
  }

  /** What could not be done, for people; the newest last. */
  troubles(): readonly string[] {
    return this.#troubles.list()
  }

  /** Lets go: the keeper lets all go on that it has. With `endJobs` they are ended first. */
  async close({ endJobs }: { readonly endJobs: boolean }): Promise<void> {
    if (endJobs) {
      for (const held of this.#starts.splice(0)) this.#forget(held)
      for (const held of this.#jobs.values()) this.end(held.job, held.plan.graceMs)
      const graceMs = Math.max(0, ...[...this.#jobs.values()].map(({ plan }) => plan.graceMs))
      const deadline = performance.now() + graceMs + patienceMs
      while (this.#jobs.size > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10))
    }
    clearInterval(this.#useTimer)
    this.#watcher.close()
    this.#memory.close()
    this.#endings.close()
    // Those that no keeper lets go on.
    this.#programs.signalAll(
      [...this.#jobs.values()].filter(({ pid }) => pid > 0).map((held) => ({ held, signal: 'SIGCONT' })),
    )
    await this.#programs.close()
  }

  #newHeld(job: number, attempt: number, plan: JobPlan, cpus: readonly number[]): Held {
    return {
      job,
      attempt,
      plan,
      logs: logPaths(this.#options.folder, job, plan.name),
      pid: 0,
      startTicks: 0,
      keeperId: 0,
      handle: undefined,
      parent: 'keeper',
      wanted: 'go',
      sent: 'go',
      cpus,
      sentCpus: cpus,
      graceMs: undefined,
      strays: [],
      sentStrays: [],
      guardedStrays: [],
      group: undefined,
      end: undefined,
      isOverMemory: false,
      use: undefined,
    }
  }

  /** Undefined when nothing changes. */
  #orderOf(held: Held): Order | undefined {
    if (held.graceMs !== undefined || held.end !== undefined) return undefined
    const { wanted, cpus, sent, sentCpus } = held
    const moves = this.#options.pin && wanted === 'go' && cpus.length > 0 && !isSame(cpus, sentCpus)
    if (wanted === sent && !moves) return undefined
    if (sent === 'go') this.#went.add(held)
    held.sent = wanted
    if (moves) held.sentCpus = cpus
    if (wanted === 'stop') this.#watcher.stop(held)
    else if (sent === 'stop') this.#watcher.go(held)
    return { held, signal: wanted === 'stop' ? 'SIGSTOP' : 'SIGCONT', cpus: moves ? cpus : undefined }
  }

  async #start(held: Held): Promise<void> {
    const { job, attempt } = held
    try {
      held.group = this.#memory.groupOf(held)
      if (this.#memory.fallsBack(held)) this.#troubles.add('memory', measuredOnly)
      const { pid, startTicks, id } = await this.#programs.start(
        programPlan(held, this.#options.folder, {
          pins: this.#options.pin && hasWatch(),
          survives: this.#options.jobsSurvive,
        }),
      )
      Object.assign(held, { pid, startTicks, keeperId: id })
      this.#programs.follow(held)
      this.#hasStarted(held)
    } catch (error) {
      if (error === undefined) return // The keeper was lost: whether it runs is looked for when it is gone.
      this.#forget(held)
      if (wasNotTried(error as Error)) this.#troubles.add('start', startTrouble(held, error as Error))
      this.#events.notStarted(job, attempt, error as Error, this.#options.clock())
    }
  }

  #hasStarted(held: Held): void {
    this.#troubles.add('start', undefined)
    this.#events.started(held.job, held.attempt, held.pid, this.#options.clock())
    if (held.graceMs !== undefined) this.#programs.terminate(held, held.graceMs, [])
    this.#runs(held)
    this.#dirty.add(held)
    this.flush()
  }

  #runs(held: Held): void {
    this.#programs.hold(true)
    this.#watcher.go(held)
    this.#memory.add(held)
    this.#useTimer ??= setInterval(() => this.#lookAtUse(), this.#options.useMs ?? useMsDefault).unref()
  }

  /** Only of those that can have used something: who goes, or went at any time since the last look. */
  #lookAtUse(): void {
    this.#troubles.add('disk', diskTrouble(this.#options.folder))
    const running = [...this.#jobs.values()].filter(({ pid, end }) => pid > 0 && end === undefined)
    this.#endings.findAdopted(running, this.#adopter, this.#mains())
    // One that left its group just when it was stopped runs on.
    const loose = running.filter(({ sent, strays, sentStrays }) => sent === 'stop' && strays !== sentStrays)
    if (loose.length > 0) this.#programs.signalAll(loose.map((held) => ({ held, signal: 'SIGSTOP' })))
    for (const held of running) {
      if (held.sent !== 'go' && !this.#went.has(held)) continue
      this.#went.delete(held)
      this.#measure(held)
    }
  }

  #measure(held: Held): void {
    const tree = treeOf(held)
    this.#seen(held, tree)
    held.use = useOf(tree, held.use)
    this.#lookAtOutput(held)
    this.#events.used(held.job, held.use, this.#options.clock())
  }

  #lookAtOutput(held: Held): void {
    const loss = lossTrouble(held)
    if (loss !== undefined) this.#troubles.add(`output of ${held.job}`, loss)
  }

  #seen(held: Held, tree: readonly TreeEntry[]): void {
    const strays = straysOf(held, tree)
    if (!isSameSet(strays, held.strays)) held.strays = strays
  }

  /** Who becomes the parent of orphans. */
  get #adopter(): number {
    return this.#programs.keeperPid ?? process.pid
  }

  readonly #mains = (): Set<number> => new Set(Array.from(this.#jobs.values(), ({ pid }) => pid))

  #onOverMemory(held: Held, rssBytes: number): void {
    this.#events.overMemory(held.job, rssBytes, this.#options.clock())
    if (held.end === undefined) this.#programs.signalAll([{ held, signal: 'SIGKILL' }])
  }

  #onMainEnd(held: Held, end: ProgramEnding): void {
    if (held.end !== undefined || this.#jobs.get(held.job) !== held) return
    held.end = end
    this.#watcher.forget(held)
    this.#memory.checkAtEnd(held)
    this.#endings.begin(held)
  }

  #finish(held: Held): void {
    const { job, attempt, end = unseenEnd } = held
    this.#forget(held)
    this.#lookAtOutput(held)
    const use = useAtEnd(end.resources, held.use)
    const { exitCode, signal, resources } = end
    this.#events.ended(job, attempt, { exitCode, signal, resources, use }, this.#options.clock())
  }

  #forget(held: Held): void {
    this.#watcher.forget(held)
    this.#memory.forget(held)
    this.#programs.forget(held)
    this.#dirty.delete(held)
    this.#went.delete(held)
    if (this.#jobs.get(held.job) === held) this.#jobs.delete(held.job)
    if (this.#jobs.size > 0) return
    this.#programs.hold(false)
    clearInterval(this.#useTimer)
    this.#useTimer = undefined
  }

  /** Programs can be started again. If only the connection was lost, the keeper still has those that ran. */
  #onReady(): void {
    for (const held of this.#jobs.values()) {
      const trace = this.find().find(({ job, attempt }) => job === held.job && attempt === held.attempt)
      if (held.parent !== 'nobody' || trace?.keeperId === undefined || trace.pid !== held.pid) continue
      this.#programs.leaveOrphan(held)
      held.keeperId = trace.keeperId
      this.#programs.follow(held)
    }
    this.flush()
  }

  /** The keeper was killed. What runs goes on without it; what was being started either left a mark, or is started again. */
  #onLost(found: readonly FoundProgram[]): void {
    for (const held of this.#jobs.values()) {
      if (held.parent !== 'keeper' || held.end !== undefined || this.#starts.includes(held)) continue
      const trace = found.find(({ job, attempt }) => job === held.job && attempt === held.attempt)
      const wasStarting = held.pid === 0
      if (wasStarting && trace === undefined) {
        this.#starts.push(held)
        continue
      }
      if (wasStarting && trace !== undefined) Object.assign(held, identityOf(trace, this.#mains()))
      this.#programs.followOrphan(held)
      if (wasStarting) this.#hasStarted(held)
      const end = trace?.end ?? endOf(held)
      if (end === 'untold') continue
      if (end !== undefined) this.#onMainEnd(held, end)
      else this.#programs.signalAll([{ held, signal: held.sent === 'stop' ? 'SIGSTOP' : 'SIGCONT' }])
      if (end === undefined && held.graceMs !== undefined) this.#programs.terminate(held, held.graceMs, held.strays)
    }
  }
}

function startTrouble({ job, plan }: Held, { message }: Error): string {
  return `Job ${job} (${plan.name}) could not be started, and is tried again: ${message}`
}

/** Programs write their output past us, so that nobody else would tell. */
function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((cpu, index) => cpu === right[index])
}
