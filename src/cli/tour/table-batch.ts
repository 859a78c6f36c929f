/** The tour of batches as data: what the simulator shows, with real programs. */
import type { TourRow, TourSection } from './row.ts'

export const batchSections: readonly TourSection[] = [
  {
    id: 'batch',
    part: 'scheduling',
    title: 'The same with real programs',
    introduction:
      'The policies of the simulator decide here over programs of this machine: who has the CPU goes on (SIGCONT), who has lost it is stopped ' +
      '(SIGSTOP). So figures differ from run to run, and what follows from the policy does not. `npx lanework batch run FILE` does it with your ' +
      'own programs, `npx lanework batch start` as a service; both are told in [Batch](batch.md).',
  },
]

export const batchRows: readonly TourRow[] = [
  {
    section: 'batch',
    name: 'batch-policies',
    title: 'Three programs under FCFS, SJF, round robin and feedback queues',
    explanation:
      'One CPU, and three programs that compute for a long, a middle and a short time, handed in in this order. First come, first served lets the short ' +
      'one wait for the long one; shortest job first does not, but has to know which is which. Slices need to know nothing: the short one is done early ' +
      'under round robin and under feedback queues, and the long one is stopped again and again for that. `npx lanework batch run FILE --policy ' +
      'fcfs,sjf,rr,mlfq` prints the same with times.',
    seed: 'the evolution of scheduling: FCFS, unfriendly to short jobs; SJF, unfriendly to long ones; slices with feedback queues',
    picture: {
      file: 'batch-rr-gantt.svg',
      alt: 'A Gantt chart of real programs under round robin: the CPU goes from one to the next every slice, until the short ones are done.',
    },
    expected: [
      'fcfs: long, middle, short; long was stopped: false',
      'sjf: short, middle, long; long was stopped: false',
      'rr: short, middle, long; long was stopped: true',
      'mlfq: short, middle, long; long was stopped: true',
    ],
  },
  {
    section: 'batch',
    name: 'batch-states',
    title: 'A job that waits and one that computes',
    explanation:
      'Running, ready and blocked as the kernel tells them: a program that sleeps wants no CPU, so it is blocked, and its CPU goes to the other at ' +
      'once. When it wants one again, it is ready first and has to be picked. A job that is blocked is never stopped, so that its input and output go on.',
    seed: 'ready, running, blocked: input and output take no CPU; a process must be ready before it runs',
    expected: [
      'waits: mostly blocked, much CPU time: false',
      'waits: into running only from ready: true',
      'computes: mostly running, much CPU time: true',
      'computes: into running only from ready: true',
    ],
  },
  {
    section: 'batch',
    name: 'batch-together',
    title: 'Several programs in memory at once: when it pays',
    explanation:
      'The degree of multiprogramming is how many jobs are admitted at once: 1 is the batch monitor of the second era. Four programs that wait are done ' +
      'in about the time of one if all are in memory; four that compute share one CPU and are done no sooner.',
    seed: 'when one program waits for I/O, the CPU turns to another at once: the programs run alternately',
    expected: [
      'four that wait, 1 in memory: 1 blocked at a time, done in <number> ms',
      'four that wait, 4 in memory: 4 blocked at a time, done in <number> ms',
      'four that compute, 1 in memory: 1 running at a time, done in <number> ms',
      'four that compute, 4 in memory: 1 running at a time, done in <number> ms',
    ],
  },
  {
    section: 'batch',
    name: 'batch-predicted',
    title: 'Foretold by the simulator, done by the machine',
    explanation:
      'The record of a real run holds how long each program computed and waited. The simulator gets the same jobs and the same policy object, and says ' +
      'who should have been done when. `npx lanework batch report` prints both side by side, with the error of each figure.',
    seed: 'switching + saving the state: time multiplexing, in the model and on the machine',
    expected: [
      'measured: short, middle, long',
      'predicted: short, middle, long',
      'all done: <number> ms, predicted <number> ms',
    ],
  },
  {
    section: 'batch',
    name: 'batch-survives',
    title: 'The scheduler is killed, its programs are not',
    explanation:
      'Programs are children of a keeper, not of the one who schedules them. When that one dies, by kill -9 too, the keeper lets go on whatever was ' +
      'stopped; the next scheduler reads the journal and takes the same processes over. None is started twice, and no exit code is lost.',
    seed: 'processes are isolated from each other: the end of one is not the end of another',
    expected: [
      'the scheduler is killed',
      'another scheduler goes on: true',
      'with the same process: true',
      'attempt 1 ends with exit code 7',
    ],
  },
]
