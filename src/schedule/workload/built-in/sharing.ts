/** Who gets how much: users, tickets, CPUs, memory. */
import type { JobSpec } from '../../machine/spec.ts'
import type { BuiltInWorkload } from '../workload.ts'

const fairTenants: BuiltInWorkload = {
  name: 'fair-tenants',
  title: 'A fair share for each user, not for each job',
  shows:
    'One user hands in eight jobs, the other two. Round robin gives the first four fifths of the CPU; a fair share between owners gives each of them half.',
  policies: [{ name: 'rr', options: { quantum: 5 } }, { name: 'fair-share' }],
  machine: {},
  jobs: [
    ...Array.from({ length: 8 }, (_, index) => ({ name: `many ${index + 1}`, owner: 'anna', bursts: [{ cpu: 40 }] })),
    ...Array.from({ length: 2 }, (_, index) => ({ name: `few ${index + 1}`, owner: 'ben', bursts: [{ cpu: 40 }] })),
  ],
}

const tickets: BuiltInWorkload = {
  name: 'tickets',
  title: 'Shares by tickets, drawn or counted',
  shows:
    'Three jobs hold 100, 50 and 250 tickets. A lottery comes close to these shares after many slices, stride is never off by more than one.',
  policies: [{ name: 'lottery' }, { name: 'stride' }, { name: 'fair' }],
  machine: { horizon: 400 },
  jobs: [
    { name: 'A', tickets: 100, bursts: [{ cpu: Infinity }] },
    { name: 'B', tickets: 50, bursts: [{ cpu: Infinity }] },
    { name: 'C', tickets: 250, bursts: [{ cpu: Infinity }] },
  ],
}

const multicore: BuiltInWorkload = {
  name: 'multicore',
  title: 'Warm caches and affinity',
  shows:
    'Two CPUs, each with a cache for one large working set or two small ones. From a common queue large jobs wander and find cold caches; the small ones, bound to a CPU, stay warm and run at double speed. Try --per-cpu.',
  policies: [{ name: 'rr', options: { quantum: 10 } }],
  machine: { cpus: 2, cache: { size: 100, warmUp: 10, rate: 2 }, rules: { slices: 'global' } },
  jobs: [
    { name: 'wanders 1', workingSet: 100, bursts: [{ cpu: 100 }] },
    { name: 'bound to 0', workingSet: 50, affinity: [0], bursts: [{ cpu: 100 }] },
    { name: 'also to 0', workingSet: 50, affinity: [0], bursts: [{ cpu: 100 }] },
    { name: 'wanders 2', workingSet: 100, bursts: [{ cpu: 100 }] },
  ],
}

const parallel = (name: string, arrival: number, width: number, run: number, limit: number): JobSpec => ({
  name,
  arrival,
  width,
  limit,
  bursts: [{ cpu: run }],
})

const backfill: BuiltInWorkload = {
  name: 'backfill',
  title: 'Filling the gap before a wide job',
  shows:
    'A job that needs all eight CPUs waits for the last one to be free, and in order of arrival everybody behind it does too. EASY lets short jobs pass that are done before it could start.',
  policies: [{ name: 'fcfs' }, { name: 'easy' }],
  machine: { cpus: 8 },
  jobs: [
    parallel('model', 0, 6, 50, 60),
    parallel('wide', 1, 8, 20, 30),
    parallel('short 1', 2, 1, 20, 25),
    parallel('short 2', 3, 2, 30, 40),
    parallel('long', 4, 2, 80, 100),
    parallel('short 3', 5, 1, 15, 20),
  ],
}

const memoryWait: BuiltInWorkload = {
  name: 'memory-wait',
  title: 'Waiting for memory before waiting for the CPU',
  shows:
    'The machine has 100 of memory. A job that does not fit is not even ready: it waits until others have left, and a large one that waits in front lets nobody pass.',
  policies: [{ name: 'fcfs' }, { name: 'sjf' }],
  machine: { memory: 100 },
  jobs: [
    { name: 'A', memory: 60, bursts: [{ cpu: 10 }, { io: 10 }, { cpu: 10 }] },
    { name: 'B', arrival: 1, memory: 30, bursts: [{ cpu: 5 }, { io: 5 }, { cpu: 5 }] },
    { name: 'large', arrival: 2, memory: 80, bursts: [{ cpu: 20 }] },
    { name: 'small', arrival: 3, memory: 10, bursts: [{ cpu: 5 }] },
  ],
}

const protection: BuiltInWorkload = {
  name: 'protection',
  title: 'A fault hurts one job, or all',
  shows:
    'One job writes outside its own space. With protection it is ended and the others finish; without, it overwrites what is there, and takes the system down with it.',
  policies: [{ name: 'rr', options: { quantum: 4 } }],
  machine: { memory: 100 },
  jobs: [
    { name: 'good', memory: 20, bursts: [{ cpu: 6 }, { access: 10, write: true }, { cpu: 6 }] },
    { name: 'wild', memory: 20, bursts: [{ cpu: 3 }, { access: -30, write: true }, { cpu: 9 }] },
    { name: 'bystander', memory: 30, bursts: [{ cpu: 15 }] },
  ],
}

export const sharingWorkloads: readonly BuiltInWorkload[] = [
  fairTenants,
  tickets,
  multicore,
  backfill,
  memoryWait,
  protection,
]
