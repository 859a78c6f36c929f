/**
 * The machine of a batch: programs as children of a keeper. Orders are gathered until `flush` and go out as one request, those
 * that stop first; what comes of them is told by events.
 *
 *    start ─▶ keeper: fork, mark, exec ─▶ started ─▶ stop / go ... ─▶ its end, its leftovers' end ─▶ ended
 *                                                      │
 *    keeper killed: its programs are our children now (or nobody's), and a new keeper starts the next ones
 */
import type { EndRecord, GroupSignal, Keeper } from '../../process/index.ts'
import type { JobPlan, Machine, MachineEnd, MachineEvents } from '../types.ts'
import { keeperOf } from './keeper-of.ts'
import { logPaths, programPlan } from './launch.ts'
import type { Held, LogPaths, MachineOptions } from './types.ts'

export class KeeperMachine implements Machine {
  readonly #options: MachineOptions
  readonly #events: MachineEvents
  #keeper: Keeper
  readonly #jobs = new Map<number, Held>()
  /** With an order that was not sent yet. */
  readonly #dirty = new Set<Held>()
  #starts: Held[] = []

  private constructor(options: MachineOptions, events: MachineEvents, keeper: Keeper) {
    this.#options = options
    this.#events = events
    this.#keeper = keeper
  }

  /**
   * Becomes the owner of the folder's keeper, or starts one.
   * Throws KEEPER_NOT_STARTED, FOLDER_NOT_PRIVATE.
   */
  static async open(options: MachineOptions, events: MachineEvents): Promise<KeeperMachine> {
    return new KeeperMachine(options, events, await keeperOf(options.folder))
  }

  start(job: number, attempt: number, plan: JobPlan, cpus: readonly number[]): void {
    const logs = logPaths(this.#options.folder, job, plan.name)
    const held: Held = {
      job,
      attempt,
      plan,
      logs,
      pid: 0,
      startTicks: 0,
      keeperId: 0,
      parent: 'keeper',
      wanted: 'go',
      sent: 'go',
      cpus,
      sentCpus: cpus,
      graceMs: undefined,
      group: undefined,
      isOverMemory: false,
      use: undefined,
    }
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
    if (held === undefined || held.graceMs !== undefined) return
    held.graceMs = graceMs
    if (held.pid > 0) this.#terminate(held, graceMs)
  }

  flush(): void {
    const stops: GroupSignal[] = []
    const goes: GroupSignal[] = []
    for (const held of this.#dirty) {
      if (held.pid === 0) continue // Sent when it has started.
      const order = this.#orderOf(held)
      if (order !== undefined) (held.wanted === 'stop' ? stops : goes).push(order)
    }
    this.#dirty.clear()
    if (stops.length + goes.length > 0) quietly(this.#keeper.signalAll([...stops, ...goes]))
    for (const held of this.#starts.splice(0)) void this.#start(held)
  }

  /** What is known of a running job. */
  describe(job: number): { pid: number; startTicks: number; logs: LogPaths } | undefined {
    const held = this.#jobs.get(job)
    return held === undefined ? undefined : { pid: held.pid, startTicks: held.startTicks, logs: held.logs }
  }

  async close({ endJobs }: { readonly endJobs: boolean }): Promise<void> {
    if (endJobs) for (const held of this.#jobs.values()) this.end(held.job, held.plan.graceMs)
    await this.#keeper.close()
  }

  /** Undefined when nothing changes. */
  #orderOf(held: Held): GroupSignal | undefined {
    if (held.graceMs !== undefined) return undefined
    const { wanted, cpus, sent, sentCpus } = held
    const moves = this.#options.pin && wanted === 'go' && !isSame(cpus, sentCpus)
    if (wanted === sent && !moves) return undefined
    held.sent = wanted
    if (moves) held.sentCpus = cpus
    const signal = wanted === 'stop' ? 'SIGSTOP' : 'SIGCONT'
    return { id: held.keeperId, signal, cpus: moves ? cpus : undefined }
  }

  async #start(held: Held): Promise<void> {
    const { job, attempt } = held
    const keeper = this.#keeper
    try {
      const entry = await keeper.spawn(programPlan(held, this.#options.folder, this.#options.pin), [])
      held.pid = entry.pid
      held.startTicks = entry.startTicks
      held.keeperId = entry.id
      this.#events.started(job, attempt, entry.pid, this.#options.clock())
      if (held.graceMs !== undefined) this.#terminate(held, held.graceMs)
      this.#dirty.add(held)
      this.flush()
      this.#ended(held, await keeper.endOf(entry))
    } catch (error) {
      this.#jobs.delete(job)
      this.#events.notStarted(job, attempt, error as Error, this.#options.clock())
    }
  }

  #terminate(held: Held, graceMs: number): void {
    quietly(this.#keeper.terminate(held.keeperId, graceMs, true))
  }

  #ended(held: Held, end: EndRecord): void {
    this.#jobs.delete(held.job)
    this.#dirty.delete(held)
    this.#keeper.forget(held.keeperId)
    this.#events.ended(held.job, held.attempt, machineEnd(end, held), this.#options.clock())
  }
}

function machineEnd({ exitCode, signal, resources }: EndRecord, { use }: Held): MachineEnd {
  return { exitCode, signal, use, resources }
}

function isSame(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((cpu, index) => cpu === right[index])
}

/** Its failure is the keeper's loss, which is noticed by itself. */
function quietly(answer: Promise<unknown>): void {
  answer.catch(() => {})
}
