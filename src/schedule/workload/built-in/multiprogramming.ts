/** Why a machine is shared at all: what slicing costs, and what waiting for I/O gives away. */
import type { Burst, JobSpec } from '../../machine/spec.ts'
import type { BuiltInWorkload } from '../workload.ts'

const pureCompute: BuiltInWorkload = {
  name: 'pure-compute',
  title: 'Slices cost, when nobody waits',
  shows:
    'Ten jobs that only compute, and a switch that costs 1. One after the other takes 10,010; slices of 10 take 11,000, and all jobs end late instead of one by one.',
  policies: [
    { name: 'fcfs' },
    { name: 'rr', options: { quantum: 10 } },
    { name: 'rr', options: { quantum: 100 } },
    { name: 'rr', options: { quantum: 1_000 } },
  ],
  machine: { contextSwitch: 1, rules: { aloneAtExpiry: 'switch' } },
  jobs: Array.from({ length: 10 }, (_, index) => ({ name: `J${index}`, bursts: [{ cpu: 1_000 }] })),
}

const ioMix: BuiltInWorkload = {
  name: 'io-mix',
  title: 'Sharing gains, when jobs wait',
  shows:
    'Five jobs that wait for I/O four fifths of their time. Alone each of them uses a fifth of the CPU; together they use most of it. Try --degree 1 to 5.',
  policies: [{ name: 'fcfs' }, { name: 'rr', options: { quantum: 5 } }],
  machine: {},
  jobs: Array.from({ length: 5 }, (_, index) => ({
    name: `J${index + 1}`,
    // Rounds of different lengths, so that the jobs do not march in step: 10 of CPU and 40 of I/O on average.
    bursts: Array.from({ length: 20 }, (_unused, round): Burst[] => [
      { cpu: 4 + ((round * 5 + index * 3) % 13) },
      { io: 16 + ((round * 17 + index * 11) % 49) },
    ]).flat(),
  })),
}

const eras: BuiltInWorkload = {
  name: 'eras',
  title: 'One day of a computing centre',
  shows:
    'Cards are read, programs computed, results printed, terminals answered: the same jobs on machines from manual operation to time sharing. Compare how much of the time the CPU computes.',
  policies: [{ name: 'fcfs' }, { name: 'rr', options: { quantum: 5 } }],
  machine: { devices: { keyboard: {}, disk: {}, network: {}, display: {} } },
  jobs: [
    dayJob('payroll', 'office', 0, 40, 6, 4),
    dayJob('weather', 'science', 0, 120, 4, 3),
    dayJob('orbit', 'science', 10, 90, 3, 3),
    dayJob('ledger', 'office', 20, 25, 8, 5),
    { ...dayJob('lesson', 'class', 30, 12, 5, 6), queue: 'foreground' },
    { ...dayJob('letters', 'office', 40, 16, 6, 8), queue: 'foreground' },
  ],
}

/** Reads its input, computes and fetches from the disk in turn, and shows what it found. */
function dayJob(name: string, owner: string, arrival: number, cpu: number, fetches: number, show: number): JobSpec {
  const part = cpu / (fetches + 1)
  const middle = Array.from({ length: fetches }, (): Burst[] => [{ cpu: part }, { io: 6, device: 'disk' }]).flat()
  const bursts: Burst[] = [{ io: 5, device: 'keyboard' }, ...middle, { cpu: part }, { io: show, device: 'display' }]
  return { name, owner, arrival, bursts }
}

const threeStates: BuiltInWorkload = {
  name: 'three-states',
  title: 'Ready, running, blocked',
  shows:
    'Two jobs go round the three states: whose I/O is done becomes ready, not running, and whose slice is over does too. No way leads from blocked to running.',
  policies: [{ name: 'rr', options: { quantum: 3 } }],
  machine: { devices: { keyboard: {}, disk: {} } },
  jobs: [
    {
      name: 'editor',
      bursts: [{ cpu: 2 }, { io: 4, device: 'keyboard' }, { cpu: 2 }, { io: 4, device: 'keyboard' }, { cpu: 1 }],
    },
    { name: 'report', arrival: 1, bursts: [{ cpu: 7 }, { io: 3, device: 'disk' }, { cpu: 2 }] },
  ],
}

const async: BuiltInWorkload = {
  name: 'async',
  title: 'Synchronous and asynchronous submission',
  shows:
    'Both jobs fetch three things from the network and compute on. One waits for each of them, blocked; the other hands all three in, goes on, and asks for the results at the end.',
  policies: [{ name: 'fcfs' }],
  machine: { cpus: 2, devices: { network: { servers: 4 } } },
  jobs: [
    { name: 'sync', bursts: [{ cpu: 1 }, ...fetches('sync'), { cpu: 9 }] },
    { name: 'async', bursts: [{ cpu: 1 }, ...fetches('async'), { cpu: 9 }, { await: true }, { cpu: 1 }] },
  ],
}

function fetches(submission: 'sync' | 'async'): Burst[] {
  return [8, 6, 4].flatMap((io): Burst[] => [{ cpu: 1 }, { io, device: 'network', submission }])
}

const answer: readonly Burst[] = [{ cpu: 2 }, { io: 6, device: 'disk' }, { cpu: 1 }]

const threads: BuiltInWorkload = {
  name: 'threads',
  title: 'The process owns, the thread runs',
  shows:
    'A server with three threads goes on answering while one of them waits for the disk; the same work in one thread stands still. The memory belongs to the process and is counted once.',
  policies: [{ name: 'rr', options: { quantum: 2 } }],
  machine: { cpus: 2, memory: 64, devices: { disk: { servers: 2 } } },
  jobs: [
    {
      name: 'server',
      memory: 32,
      threads: ['first', 'second', 'third'].map((name, index) => ({ name, delay: index, bursts: answer })),
    },
    { name: 'one by one', memory: 32, bursts: [...answer, ...answer, ...answer] },
  ],
}

const concurrency: BuiltInWorkload = {
  name: 'concurrency',
  title: 'Concurrency is not parallelism',
  shows:
    'A runner whose lace comes undone stops, ties it and runs on: one CPU, one thing at a time, all done in the end. Music while running is a second CPU: try --cpus 1 and --cpus 2.',
  policies: [{ name: 'rr', options: { quantum: 2 } }, { name: 'fcfs' }],
  machine: { cpus: 1 },
  jobs: [
    { name: 'run', bursts: [{ cpu: 12 }] },
    { name: 'tie the lace', arrival: 4, bursts: [{ cpu: 2 }] },
    { name: 'music', bursts: [{ cpu: 12 }] },
  ],
}

export const multiprogrammingWorkloads: readonly BuiltInWorkload[] = [
  pureCompute,
  ioMix,
  eras,
  threeStates,
  async,
  threads,
  concurrency,
]
