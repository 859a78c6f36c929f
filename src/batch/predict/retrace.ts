/**
 * One job's way through its states, from the steps that were recorded, as the simulator would have written it down.
 *
 *   waiting, queued, paused before its first turn   new
 *   paused later; waiting for a retry               blocked, on `pause` or `retry`
 *   blocked                                         blocked, on `io`
 *   ready, running, ended                           ready, running, done
 */
import type { ControlBlock, CpuSpan, DeviceSpan, JobState, Transition, TransitionCause } from '../../schedule/index.ts'
import type { JobState as BatchState, Step } from '../types.ts'

/** What blocked stretches wait for: input and output, somebody, or the time of a retry. */
export const waits = { blocked: 'io', paused: 'pause', waiting: 'retry', queued: 'retry' } as const

export interface Trace {
  readonly transitions: Transition[]
  readonly cpu: CpuSpan[]
  readonly devices: DeviceSpan[]
  readonly controlBlocks: ControlBlock[]
}

/** A job between two of its steps. Times are milliseconds of the run. */
export class Retraced {
  readonly name: string
  readonly width: number
  state: JobState | undefined
  since = 0
  start: number | undefined
  finish: number | undefined
  admittedAt: number | undefined
  waiting = 0
  /** On a CPU, by the clock: not times its width. */
  ran = 0
  switches = 0
  preemptions = 0
  longestWait = 0
  /** Blocked, by what it waited for. */
  readonly blocked: Map<string, number> = new Map()
  /** Computing and waiting (for input or output, for the next attempt) by turns, for doing it again. */
  readonly bursts: { cpu: number; wait: number; on: string }[] = []
  readonly #trace: Trace
  readonly #cpuIndex: (cpu: number) => number
  #cpus: readonly number[] = []
  #level: number | undefined
  #waitsFor = ''
  #programCounter = 0
  #burst = 0
  /** Control blocks of the burst under way, which know what is left only when it is over. */
  #unfinished: { readonly index: number; readonly ran: number }[] = []

  constructor(name: string, width: number, trace: Trace, cpuIndex: (cpu: number) => number) {
    this.name = name
    this.width = width
    this.#trace = trace
    this.#cpuIndex = cpuIndex
  }

  /** Its next step. */
  take(step: Step): void {
    const { at, to } = step
    const next = this.#stateFor(to)
    if (next === 'running' && this.state === 'running') return this.#moves(step)
    const waitsOn = next === 'blocked' ? waits[to as keyof typeof waits] : ''
    // It goes on waiting: for memory instead of time, say.
    if (next === this.state && waitsOn === this.#waitsFor) return
    const leaves = this.state === 'running'
    this.#book(at)
    if (leaves) this.#endSpan(at)
    const from = this.state
    const cause = causeOf(step, from, next)
    this.#trace.transitions.push({ at, thread: this.name, from, to: next, cause, cpu: this.#firstCpu(step) })
    this.state = next
    this.since = at
    this.#waitsFor = waitsOn
    if (next === 'ready' || next === 'running') this.admittedAt ??= at
    if (next === 'running') this.#begins(step)
    if (next === 'done') this.finish = at
    if (cause === 'preempted' && leaves) this.preemptions++
    if (leaves) this.#leaves(at, next)
  }

  /** The record ends here. */
  close(at: number): void {
    if (this.state === 'done' || this.state === undefined) return
    this.#book(at)
    if (this.state === 'running') this.#endSpan(at)
    this.since = at
    this.#settle()
  }

  #stateFor(to: BatchState): JobState {
    if (to === 'ended') return 'done'
    if (to === 'ready' || to === 'running' || to === 'blocked') return to
    return this.admittedAt === undefined ? 'new' : 'blocked'
  }

  #firstCpu(step: Step): number | undefined {
    const cpu = step.cpus?.[0]
    return step.to === 'running' && cpu !== undefined ? this.#cpuIndex(cpu) : undefined
  }

  #begins(step: Step): void {
    this.start ??= step.at
    this.switches++
    this.#cpus = step.cpus ?? []
    this.#level = step.level
    const last = this.bursts.at(-1)
    if (last === undefined || last.wait > 0) this.bursts.push({ cpu: 0, wait: 0, on: '' })
  }

  /** On other CPUs, or on another level, without having been off. */
  #moves(step: Step): void {
    this.#book(step.at)
    this.#endSpan(step.at)
    this.since = step.at
    this.#cpus = step.cpus ?? this.#cpus
    this.#level = step.level
  }

  #book(at: number): void {
    const spent = at - this.since
    if (this.state === 'ready') {
      this.waiting += spent
      this.longestWait = Math.max(this.longestWait, spent)
    } else if (this.state === 'running') {
      this.ran += spent
      this.#burst += spent
      const burst = this.bursts.at(-1)
      if (burst !== undefined) burst.cpu += spent
    } else if (this.state === 'blocked') this.#waited(spent, at)
  }

  #waited(spent: number, to: number): void {
    const on = this.#waitsFor
    this.blocked.set(on, (this.blocked.get(on) ?? 0) + spent)
    if (this.bursts.length === 0) this.bursts.push({ cpu: 0, wait: 0, on })
    const burst = this.bursts.at(-1)
    // A pause is somebody's will; input, output and the time between two attempts come again.
    if (burst !== undefined && on !== waits.paused) {
      burst.wait += spent
      burst.on = on
    }
    if (spent > 0) this.#trace.devices.push({ device: on, from: this.since, to, thread: this.name, job: this.name })
  }

  #endSpan(to: number): void {
    if (to <= this.since) return
    for (const cpu of this.#cpus)
      this.#trace.cpu.push({
        cpu: this.#cpuIndex(cpu),
        from: this.since,
        to,
        kind: 'run',
        thread: this.name,
        job: this.name,
        ...(this.#level !== undefined && { level: this.#level }),
      })
  }

  /** It left its CPU: its control block is saved. */
  #leaves(at: number, to: JobState): void {
    if (to !== 'ready') {
      this.#settle()
      this.#programCounter += to === 'blocked' ? 2 : 1
    }
    const { controlBlocks } = this.#trace
    if (to === 'ready') this.#unfinished.push({ index: controlBlocks.length, ran: this.#burst })
    controlBlocks.push({
      at,
      thread: this.name,
      state: to,
      programCounter: this.#programCounter,
      remaining: 0,
      cpuUsed: this.ran,
      ...(to === 'blocked' && { waitsFor: this.#waitsFor }),
    })
  }

  /** The burst is over, so its control blocks know what was left. */
  #settle(): void {
    const { controlBlocks } = this.#trace
    for (const { index, ran } of this.#unfinished) {
      const block = controlBlocks[index]
      if (block !== undefined) controlBlocks[index] = { ...block, remaining: this.#burst - ran }
    }
    this.#unfinished = []
    this.#burst = 0
  }
}

/** The simulator's word for it. */
function causeOf({ cause }: Step, from: JobState | undefined, to: JobState): TransitionCause {
  if (to === 'done') return 'finished'
  if (to === 'running') return 'dispatched'
  if (to === 'blocked') return 'waits-for-io'
  if (to === 'new') return 'submitted'
  if (cause === 'expired') return 'expired'
  if (from === 'running') return 'preempted'
  return from === 'blocked' ? 'io-done' : 'admitted'
}
