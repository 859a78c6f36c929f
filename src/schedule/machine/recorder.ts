/** Keeps every step of a simulation, for timelines and explanations. A machine that records only a summary has none. */
import type { Cpu } from './cpu.ts'
import type {
  ControlBlock,
  CpuSpan,
  Decision,
  DeviceSpan,
  JobState,
  MemorySpan,
  SimulationRecord,
  StrayAccess,
  Transition,
  TransitionCause,
} from './simulation.ts'
import type { JobRun, Thread } from './thread.ts'

/** A decision names no more of those that were ready; thousands of names at each decision would fill the memory. */
const namedReady = 100

export class Recorder implements SimulationRecord {
  readonly transitions: Transition[] = []
  readonly cpu: CpuSpan[] = []
  readonly devices: DeviceSpan[] = []
  readonly memory: MemorySpan[] = []
  readonly decisions: Decision[] = []
  readonly controlBlocks: ControlBlock[] = []
  readonly strayAccesses: StrayAccess[] = []
  readonly #ready = new Set<Thread>()

  /** To be called before the thread's state is changed. */
  transition(at: number, thread: Thread, to: JobState, cause: TransitionCause, cpu: number | undefined): void {
    if (to === 'ready') this.#ready.add(thread)
    else this.#ready.delete(thread)
    this.transitions.push({ at, thread: thread.name, from: thread.state, to, cause, cpu })
  }

  /** The stretch of the CPU's present mode that ends now. */
  span(cpu: Cpu, thread: Thread, to: number): void {
    if (to <= cpu.from || cpu.mode === 'idle' || cpu.mode === 'held') return
    const warm = cpu.cache === undefined || cpu.mode !== 'run' ? undefined : cpu.warmAt === -Infinity
    for (const { index } of [cpu, ...(cpu.held ?? [])]) {
      const kind = cpu.mode
      this.cpu.push({
        cpu: index,
        from: cpu.from,
        to,
        kind,
        thread: thread.name,
        job: thread.spec.name,
        ...(cpu.mode === 'run' && cpu.level !== undefined && { level: cpu.level }),
        ...(warm !== undefined && { warm }),
      })
    }
  }

  decision(at: number, cpu: number, thread: Thread, why: string): void {
    const ready: string[] = []
    for (const other of this.#ready) {
      if (ready.length === namedReady) break
      if (other !== thread) ready.push(other.name)
    }
    this.decisions.push({ at, cpu, thread: thread.name, why, ready })
  }

  device(device: string, thread: Thread, from: number, to: number): void {
    if (to > from) this.devices.push({ device, from, to, thread: thread.name, job: thread.spec.name })
  }

  memorySpan(job: JobRun, to: number): void {
    if (job.base !== undefined)
      this.memory.push({ job: job.name, base: job.base, size: job.size, from: job.memorySince, to })
  }

  controlBlock(at: number, thread: Thread): void {
    this.controlBlocks.push({
      at,
      thread: thread.name,
      state: thread.state ?? 'new',
      programCounter: thread.at,
      remaining: thread.left,
      cpuUsed: thread.cpuUsed,
      ...(thread.job.base !== undefined && { base: thread.job.base, limit: thread.job.size }),
      ...(thread.state === 'blocked' && { waitsFor: thread.waitsFor }),
    })
  }
}
