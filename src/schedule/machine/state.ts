/** The state of one simulated machine, which the parts of the simulator share. */
import { JobHeap } from '../heap.ts'
import { JobRing } from '../ring.ts'
import type { Policy } from '../types.ts'
import { Cache } from './cache.ts'
import { idleCpu, type Cpu } from './cpu.ts'
import { Recorder } from './recorder.ts'
import type { TransitionCause, JobState } from './simulation.ts'
import type { JobSpec, MachineSpec, Rules, SimulatedJob, SwitchCost } from './spec.ts'
import { JobTable } from './table.ts'
import type { JobRun, Thread } from './thread.ts'

/** What happens at an instant that is known beforehand; `place` is the heap's and the device queue's. */
export type Timer = IoRequest | ThreadStart | Release

export interface IoRequest {
  readonly kind: 'io'
  place: number
  at: number
  readonly thread: Thread
  readonly device: Device
  readonly length: number
  readonly sync: boolean
}

export interface ThreadStart {
  readonly kind: 'start'
  place: number
  readonly at: number
  readonly thread: Thread
}

/** The next release of a periodic job. */
export interface Release {
  readonly kind: 'release'
  place: number
  readonly at: number
  readonly spec: JobSpec
  readonly count: number
}

export interface Device {
  readonly name: string
  readonly servers: number
  busy: number
  readonly queue: JobRing<IoRequest>
  /** Time that each job, by its row, used it. */
  readonly used: Map<number, number>
}

export interface Machine {
  readonly spec: MachineSpec
  readonly policy: Policy<SimulatedJob>
  readonly eventLimit: number
  readonly rules: Readonly<Required<{ [Rule in keyof Rules]: Exclude<Rules[Rule], undefined> }>>
  readonly switchCost: Readonly<Required<SwitchCost>>
  readonly cpus: readonly Cpu[]
  readonly devices: Map<string, Device>
  readonly table: JobTable
  readonly record: Recorder | undefined
  readonly timers: JobHeap<Timer>
  now: number
  /** Something became ready, or the policy changed its mind: a running thread may have to give way. */
  recheck: boolean
  /** CPUs are not alike for all jobs: policies have to hear which of them asks. */
  offers: boolean
  /** Some job may run on some CPUs only. */
  hasAffinity: boolean
  freeCpus: number
  crashed: boolean
  /** Jobs that wait for memory or for their turn to be in it, in order. */
  readonly waiting: JobRing<JobRun>
  inMemory: number
  /** The first of the list of jobs under way. */
  jobs: JobRun | undefined
  events: number
  useful: number
  switching: number
  switches: number
  preemptions: number
  longestWait: number
  longestWaiter: string | undefined
  /** Size times time, by row; only where there is memory. */
  readonly memoryUsed: Map<number, number>
}

export function createMachine(spec: MachineSpec): Machine {
  const { policy, cache, contextSwitch: cost = 0 } = spec
  const size = spec.cpus ?? 1
  const devices = new Map<string, Device>()
  for (const [name, { servers = 1 }] of Object.entries(spec.devices ?? {})) devices.set(name, device(name, servers))
  return {
    spec,
    policy: policy as Policy<SimulatedJob>,
    eventLimit: spec.eventLimit ?? (spec.record === 'summary' ? 1_000_000_000 : 1_000_000),
    rules: {
      tie: 'arrival-first',
      aloneAtExpiry: 'keep',
      switchCountsAsWaiting: true,
      response: 'instruction',
      from: 'zero',
      slices: 'own',
      simultaneous: 'order',
      admission: 'in-order',
      ...given(spec.rules ?? {}),
    },
    switchCost:
      typeof cost === 'number'
        ? { in: cost, out: 0, when: 'dispatch' }
        : { in: cost.in, out: cost.out, when: cost.when ?? 'dispatch' },
    cpus: Array.from({ length: size }, (_, index) =>
      idleCpu(index, cache === undefined ? undefined : new Cache(cache)),
    ),
    devices,
    table: new JobTable(),
    record: spec.record === 'summary' ? undefined : new Recorder(),
    timers: new JobHeap<Timer>(spec.rules?.simultaneous === 'name' ? byName : undefined),
    now: 0,
    recheck: false,
    offers: size > 1 && policy.looksAtCpu === true,
    hasAffinity: false,
    freeCpus: size,
    crashed: false,
    waiting: new JobRing<JobRun>(),
    inMemory: 0,
    jobs: undefined,
    events: 0,
    useful: 0,
    switching: 0,
    switches: 0,
    preemptions: 0,
    longestWait: 0,
    longestWaiter: undefined,
    memoryUsed: new Map(),
  }
}

/** One that the machine does not list serves any number at once. */
export function deviceOf(machine: Machine, name: string): Device {
  const known = machine.devices.get(name)
  if (known !== undefined) return known
  const unlimited = device(name, Infinity)
  machine.devices.set(name, unlimited)
  return unlimited
}

function device(name: string, servers: number): Device {
  return { name, servers, busy: 0, queue: new JobRing(), used: new Map() }
}

/** Every change of a state goes through here. */
export function become(machine: Machine, thread: Thread, to: JobState, cause: TransitionCause, cpu?: number): void {
  machine.record?.transition(machine.now, thread, to, cause, cpu)
  bookState(machine, thread)
  thread.state = to
  thread.since = machine.now
}

/** Books the time that the thread spent in its state so far. */
export function bookState(machine: Machine, thread: Thread): void {
  const { table, now } = machine
  const { row, name } = thread.job
  const spent = now - thread.since
  if (thread.state === 'blocked') table.blocked[row] = (table.blocked[row] as number) + spent
  if (thread.state !== 'ready') return
  table.waiting[row] = (table.waiting[row] as number) + spent
  if (spent <= machine.longestWait) return
  machine.longestWait = spent
  machine.longestWaiter = name
}

function byName(a: Timer, b: Timer): number {
  const [one, other] = [nameOf(a), nameOf(b)]
  if (one === other) return 0
  return one < other ? -1 : 1
}

function nameOf(timer: Timer): string {
  return timer.kind === 'release' ? timer.spec.name : timer.thread.name
}

/** An option given as undefined is not given. */
function given(rules: Rules): Record<string, never> {
  return Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)) as Record<string, never>
}
