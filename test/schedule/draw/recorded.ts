/** Simulations made by hand: spans are given, and transitions, results and sums follow from them. */
import type {
  CpuSpan,
  DeviceSpan,
  JobResult,
  MemorySpan,
  Simulation,
  SimulationRecord,
  SystemResult,
  Transition,
} from '#lanework/schedule/index.js'

export interface Recorded {
  /** `[thread, from, to]`, or with a fourth for the CPU, a fifth for the kind. */
  readonly cpu: readonly (readonly [string, number, number, number?, CpuSpan['kind']?])[]
  readonly devices?: readonly (readonly [string, string, number, number])[]
  readonly memory?: readonly (readonly [string, number, number, number, number])[]
  readonly cpus?: number
  readonly policy?: string
  /** Arrivals that are not 0. */
  readonly arrivals?: Readonly<Record<string, number>>
  readonly record?: Partial<SimulationRecord>
}

/** Who has a slash in its name is a thread of what stands before it. */
function jobOf(thread: string): string {
  return thread.split('/')[0] ?? thread
}

export function recorded(given: Recorded): Simulation {
  const cpu = given.cpu.map(([thread, from, to, cpu = 0, kind = 'run']): CpuSpan => ({
    thread,
    job: jobOf(thread),
    from,
    to,
    cpu,
    kind,
  }))
  const devices = (given.devices ?? []).map(([device, thread, from, to]): DeviceSpan => ({
    device,
    thread,
    job: jobOf(thread),
    from,
    to,
  }))
  const memory = (given.memory ?? []).map(([job, base, size, from, to]): MemorySpan => ({ job, base, size, from, to }))
  const names = [...new Set(cpu.map(({ job }) => job))]
  const arrivalOf = (name: string): number => given.arrivals?.[name] ?? 0
  const jobs = names.map((name) => resultOf(name, arrivalOf(name), cpu, devices))
  const cpus = given.cpus ?? 1
  const makespan = Math.max(0, ...cpu.map(({ to }) => to), ...devices.map(({ to }) => to))
  const transitions = [...new Set(cpu.map(({ thread }) => thread))]
    .flatMap((thread) => transitionsOf(thread, arrivalOf(jobOf(thread)), cpu, devices))
    .sort((a, b) => a.at - b.at)
  return {
    jobs,
    system: systemOf(given.policy ?? 'by-hand', cpus, makespan, jobs, cpu),
    accounts: names.map((job) => ({
      owner: 'user',
      job,
      resource: 'cpu',
      used: sum(cpu.filter((s) => s.job === job)),
    })),
    record: { transitions, cpu, devices, memory, decisions: [], controlBlocks: [], strayAccesses: [], ...given.record },
  }
}

function sum(spans: readonly { from: number; to: number }[]): number {
  return spans.reduce((total, { from, to }) => total + to - from, 0)
}

function resultOf(name: string, arrival: number, cpu: readonly CpuSpan[], devices: readonly DeviceSpan[]): JobResult {
  const runs = cpu.filter(({ job, kind }) => job === name && kind === 'run')
  const requests = devices.filter(({ job }) => job === name)
  const start = Math.min(...runs.map(({ from }) => from))
  const finish = Math.max(...[...runs, ...requests].map(({ to }) => to))
  const alone = sum(runs) + sum(requests)
  return {
    name,
    owner: 'user',
    arrival,
    start,
    finish,
    turnaround: finish - arrival,
    waiting: finish - arrival - alone,
    response: start - arrival,
    slowdown: (finish - arrival) / alone,
    cpu: sum(runs),
    blocked: sum(requests),
    waitedForMemory: 0,
    switches: runs.length,
    preemptions: 0,
    missedDeadline: false,
    end: 'done',
  }
}

function systemOf(
  policy: string,
  cpus: number,
  makespan: number,
  jobs: readonly JobResult[],
  cpu: readonly CpuSpan[],
): SystemResult {
  const useful = sum(cpu.filter(({ kind }) => kind === 'run'))
  const switching = sum(cpu) - useful
  const mean = (valueOf: (job: JobResult) => number | undefined): number =>
    jobs.reduce((total, job) => total + (valueOf(job) ?? 0), 0) / jobs.length
  return {
    policy,
    cpus,
    makespan,
    useful,
    switching,
    idle: makespan * cpus - useful - switching,
    utilization: useful / (makespan * cpus),
    throughput: jobs.length / makespan,
    switches: cpu.length,
    preemptions: 0,
    fairness: 1,
    longestWait: { job: jobs[0]?.name, time: Math.max(0, ...jobs.map(({ waiting }) => waiting)) },
    average: {
      turnaround: mean((job) => job.turnaround),
      waiting: mean((job) => job.waiting),
      response: mean((job) => job.response),
      slowdown: mean((job) => job.slowdown),
    },
    events: cpu.length,
  }
}

function transitionsOf(
  thread: string,
  arrival: number,
  cpu: readonly CpuSpan[],
  devices: readonly DeviceSpan[],
): Transition[] {
  const stretches = [
    ...cpu.filter((span) => span.thread === thread).map(({ from, to }) => ({ from, to, state: 'running' as const })),
    ...devices
      .filter((span) => span.thread === thread)
      .map(({ from, to }) => ({ from, to, state: 'blocked' as const })),
  ].sort((a, b) => a.from - b.from)
  const steps: Transition[] = [
    { at: arrival, thread, from: undefined, to: 'new', cause: 'submitted' },
    { at: arrival, thread, from: 'new', to: 'ready', cause: 'admitted' },
  ]
  let now = arrival
  const enter = (at: number, to: Transition['to'], cause: Transition['cause']): void => {
    steps.push({ at, thread, from: steps.at(-1)?.to, to, cause })
  }
  for (const { from, to, state } of stretches) {
    if (steps.at(-1)?.to !== 'ready' && (from > now || state === 'running')) enter(now, 'ready', 'expired')
    if (state === 'running') enter(from, 'running', 'dispatched')
    else enter(from, 'blocked', 'waits-for-io')
    now = to
  }
  enter(now, 'done', 'finished')
  return steps
}

/** Three jobs in turn, one of them with a request to the disk, with switches and an idle stretch. */
export function threeJobs(): Simulation {
  return recorded({
    policy: 'rr',
    cpu: [
      ['A', 0, 3],
      ['B', 3, 4, 0, 'switch-in'],
      ['B', 4, 7],
      ['C', 7, 9],
      ['A', 14, 17],
    ],
    devices: [['disk', 'A', 3, 14]],
    memory: [
      ['A', 0, 64, 0, 17],
      ['B', 64, 32, 0, 7],
      ['C', 96, 32, 0, 9],
    ],
  })
}
