/** The classics of CPU scheduling: who waits for whom, and who starves. */
import type { JobSpec } from '../../machine/spec.ts'
import type { BuiltInWorkload } from '../workload.ts'

const compute = (name: string, arrival: number, cpu: number): JobSpec => ({ name, arrival, bursts: [{ cpu }] })

/** A job that computes a little and waits for the disk, several times over. */
function rounds(name: string, count: number, cpu: number, io: number, device: string): JobSpec {
  return { name, bursts: Array.from({ length: count }, () => [{ cpu }, { io, device }]).flat() }
}

const convoy: BuiltInWorkload = {
  name: 'convoy',
  title: 'FCFS and the convoy',
  shows:
    'One job computes for long, four use the disk for most of their time. In order of arrival the four queue behind the one, and the disk stands still meanwhile.',
  policies: [{ name: 'fcfs' }, { name: 'rr', options: { quantum: 4 } }, { name: 'srtf' }],
  machine: { devices: { disk: { servers: 4 } } },
  jobs: [
    { name: 'long', bursts: [{ cpu: 60 }, { io: 2, device: 'disk' }, { cpu: 60 }] },
    ...['A', 'B', 'C', 'D'].map((name) => rounds(name, 4, 2, 18, 'disk')),
  ],
}

const starvingSjf: BuiltInWorkload = {
  name: 'starving-sjf',
  title: 'SJF and the long job that starves',
  shows:
    'A job of 30 comes first but one, and short jobs keep coming faster than they are done: whoever takes the shortest lets it wait until the last of them is gone. Ageing (HRRN) ends that.',
  policies: [{ name: 'sjf' }, { name: 'srtf' }, { name: 'hrrn' }, { name: 'fcfs' }],
  machine: {},
  jobs: [
    compute('first', 0, 5),
    compute('long', 1, 30),
    ...Array.from({ length: 20 }, (_, index) => compute(`short ${index + 1}`, 2 + index * 4, 4)),
  ],
}

const feedback: BuiltInWorkload = {
  name: 'feedback',
  title: 'Equal slices, then levels by what was used',
  shows:
    'Nobody knows how long these jobs are. All begin with the same slice; who uses it up sinks a level. Short and waiting jobs stay on top, long ones end up below, and answers come almost as early as with SRTF.',
  policies: [{ name: 'mlfq' }, { name: 'rr', options: { quantum: 4 } }, { name: 'srtf' }, { name: 'fcfs' }],
  machine: {},
  jobs: [
    compute('compile', 0, 60),
    compute('render', 0, 90),
    { ...rounds('editor', 8, 1, 9, 'keyboard'), arrival: 2 },
    compute('list', 10, 3),
    compute('copy', 20, 12),
    compute('date', 40, 1),
  ],
}

const threeJobs: BuiltInWorkload = {
  name: 'ostep-3jobs',
  title: 'Three jobs, one of them long',
  shows:
    'A computes 100, B and C compute 10 and come a little later. Mean turnaround is 103.33 in order of arrival and with SJF, which cannot take the CPU back, and 50 with SRTF.',
  policies: [{ name: 'fcfs' }, { name: 'sjf' }, { name: 'srtf' }, { name: 'rr', options: { quantum: 1 } }],
  machine: {},
  jobs: [compute('A', 0, 100), compute('B', 10, 10), compute('C', 10, 10)],
}

const ageing: BuiltInWorkload = {
  name: 'ageing',
  title: 'A low priority that has to grow',
  shows:
    'Urgent jobs (0) come as fast as they are done, so the one with the lowest priority (9) never runs, until waiting raises it.',
  policies: [{ name: 'priority' }, { name: 'priority', options: { ageing: 0.5 } }],
  machine: {},
  jobs: [
    { ...compute('humble', 0, 6), priority: 9 },
    ...Array.from({ length: 24 }, (_, index) => ({ ...compute(`urgent ${index + 1}`, index * 3, 3), priority: 0 })),
  ],
}

const deadlines: BuiltInWorkload = {
  name: 'deadlines',
  title: 'EDF keeps deadlines that rate monotonic misses',
  shows:
    'Two periodic tasks need 25 of each 50 and 35 of each 80: 94 % of the CPU. Fixed priorities by period miss the deadline at 80; the earliest deadline first keeps all.',
  policies: [{ name: 'edf' }, { name: 'rm' }],
  machine: { horizon: 400 },
  jobs: [
    { name: 'P1', period: 50, deadline: 50, bursts: [{ cpu: 25 }] },
    { name: 'P2', period: 80, deadline: 80, bursts: [{ cpu: 35 }] },
  ],
}

export const classics: readonly BuiltInWorkload[] = [convoy, starvingSjf, feedback, threeJobs, ageing, deadlines]
