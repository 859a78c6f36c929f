/** The tour of scheduling as data. What shares memory and disks is in table-space.ts. */
import type { TourRow, TourSection } from './row.ts'

export const schedulingSections: readonly TourSection[] = [
  {
    id: 'sharing',
    part: 'scheduling',
    title: 'Many programs, one machine',
    introduction:
      'An operating system is there to share: one CPU, one memory, one disk, and many programs that must not ' +
      'harm each other. These examples run on a simulated machine, so every number is the same each time.',
  },
  {
    id: 'next',
    part: 'scheduling',
    title: 'Who is next',
    introduction:
      'When several programs could run, a policy says which. Each is good for somebody and bad for somebody ' +
      'else. `npx lanework simulate` has sixteen of them, on workloads by name or your own.',
  },
  {
    id: 'states',
    part: 'scheduling',
    title: 'The states of a program',
    introduction: 'What a program is doing, as the system sees it.',
  },
]

export const schedulingRows: readonly TourRow[] = [
  {
    section: 'sharing',
    name: 'eras',
    title: 'Six eras: from punched cards to batch behind time sharing',
    explanation:
      'By hand, the CPU waits for an operator, a card reader and a printer. A monitor saves the operator ' +
      '(online batch), a small machine beside the large one saves the cards (offline batch), several jobs in ' +
      'memory save the waiting (multiprogramming). Slices then give people at terminals their answers soon ' +
      '(time sharing), and soonest when batch jobs compute only in what they leave. `npx lanework simulate ' +
      'eras` shows the table, `npx lanework simulate eras --era manual` one machine.',
    seed:
      'history of operating systems: punched cards, online and offline batch processing, multiprogramming, time ' +
      'sharing; CPU utilisation',
    expected: [
      'manual: CPU busy 22 %, results at the terminals after 1212',
      'online-batch: CPU busy 25 %, results at the terminals after 1077',
      'offline-batch: CPU busy 29 %, results at the terminals after 923',
      'multiprogramming: CPU busy 82 %, results at the terminals after 324',
      'time-sharing: CPU busy 93 %, results at the terminals after 159',
      'general-purpose: CPU busy 90 %, results at the terminals after 99',
    ],
  },
  {
    section: 'sharing',
    name: 'gain-of-sharing',
    title: 'What sharing gains, when jobs wait for I/O',
    explanation:
      'A job that waits four fifths of its time uses a fifth of the CPU. The system takes the CPU away from ' +
      'whoever waits and gives it to another, so n such jobs use more of it: 1 - p^n as a rule of thumb, and a ' +
      'little more by the exact law, since jobs that wait for the CPU are not waiting for I/O.',
    seed: 'when a program enters the I/O state, the system takes the CPU away from it',
    expected: [
      '1 in memory: CPU busy 21 %; 1 - p^n says 20 %, the exact law 20 %',
      '2 in memory: CPU busy 39 %; 1 - p^n says 36 %, the exact law 38 %',
      '3 in memory: CPU busy 55 %; 1 - p^n says 49 %, the exact law 55 %',
      '4 in memory: CPU busy 70 %; 1 - p^n says 59 %, the exact law 69 %',
      '5 in memory: CPU busy 84 %; 1 - p^n says 67 %, the exact law 80 %',
    ],
  },
  {
    section: 'sharing',
    name: 'cost-of-slices',
    title: 'What slicing costs, when nobody waits',
    explanation:
      'Jobs that only compute gain nothing from taking turns: each switch saves one state and restores another, ' +
      'and the last job ends later. What slices buy is the first answer of everybody. The art is to make slices ' +
      "long against a switch and short against a person's patience.",
    seed: 'when a program occupies the CPU for long, the system takes it away; switching costs',
    expected: [
      'no slices: done at 10010, 10 of it for switching; first answers after 4505.5',
      'slices of 1000: done at 10010, 10 of it for switching; first answers after 4505.5',
      'slices of 100: done at 10100, 100 of it for switching; first answers after 455.5',
      'slices of 10: done at 11000, 1000 of it for switching; first answers after 50.5',
      'slices of 1: done at 20000, 10000 of it for switching; first answers after 10',
    ],
  },
  {
    section: 'sharing',
    name: 'switch-and-save',
    title: 'Switch, and save the state',
    explanation:
      'Before another program runs, all that the first one had in the CPU (where it stood, its registers, the ' +
      'bounds of its memory) goes into its process control block, and comes back later. Both take time in which ' +
      "nobody's work is done, so all time is useful, switching, or idle.",
    seed: 'multi-channel technology: switching plus saving the state',
    expected: [
      '0 to 0.5: switch-in A',
      '0.5 to 2.5: run A',
      '2.5 to 3: switch-out A',
      '3 to 3.5: switch-in B',
      '3.5 to 5.5: run B',
      '5.5 to 6: switch-out B',
      '6 to 6.5: switch-in A',
      '6.5 to 8.5: run A',
      '8.5 to 9: switch-out A',
      'saved at 3: A, ready, burst 0, 2 left',
      'saved at 6: B, done, burst 1, 0 left',
      'saved at 9: A, done, burst 1, 0 left',
      'useful 6, switching 3, idle 0',
    ],
  },
  {
    section: 'sharing',
    name: 'one-cpu-or-two',
    title: 'Concurrency on one CPU, parallelism on two',
    explanation:
      'One CPU runs one program at each instant; fast turns make two look simultaneous. That is concurrency. To ' +
      'run both at the same instant is parallelism, and needs a second CPU.',
    seed: 'parallelism and concurrency: a single CPU cannot be parallel, but concurrent',
    expected: [
      'one CPU: all done at 24',
      'CPU runs━━runs━━runs━━runs━━',
      'two CPUs: all done at 12',
      'CPU 0 run━━━━━━━━━━━━━━━━━━━━━',
      'CPU 1 sing━━━━━━━━━━━━━━━━━━━━',
    ],
  },
  {
    section: 'next',
    name: 'convoy',
    title: 'First come, first served, and the convoy',
    explanation:
      'In order of arrival, a long job in front makes all others wait, however short they are. With slices the ' +
      'short ones are done while the long one still runs, and it ends no later than it must. `npx lanework ' +
      'simulate convoy` has a larger one, with a disk.',
    seed: 'FCFS: unfriendly to short jobs',
    expected: [
      'fcfs: mean turnaround 27.0, mean waiting 17.0',
      'CPU long━━━━━━━━━━━━━━━━━━━━A━━B━━',
      'rr: mean turnaround 15.7, mean waiting 5.7',
      'CPU longA━━B━━long━━━━━━━━━━━━━━━━',
    ],
  },
  {
    section: 'next',
    name: 'starving',
    title: 'Shortest job first, and the long job that starves',
    explanation:
      'Taking the shortest job gives the least waiting on average, and no promise to anybody: as long as ' +
      'shorter ones come, the long one waits. Highest response ratio next counts the waiting too, so the long ' +
      "job's turn comes.",
    seed: 'short job first: unfriendly to long jobs',
    expected: [
      'fcfs: long waits 4, all wait 30.2 on average',
      'sjf: long waits 84, all wait 6.5 on average',
      'hrrn: long waits 24, all wait 24.3 on average',
    ],
  },
  {
    section: 'next',
    name: 'feedback-levels',
    title: 'Equal slices, sorted into feedback levels',
    explanation:
      'Nobody tells the system how long a job will be. It gives all the same slice, and whoever uses it up goes ' +
      'to a level with longer slices that runs only when those above are empty. So short jobs are soon done, ' +
      'and long ones are interrupted seldom.',
    seed:
      'time slices and the multilevel feedback queue: first the same slice for all, then sorted by the slices ' +
      'used',
    expected: [
      'CPU 0, 0 to 2: render, from level 0',
      'CPU 0, 2 to 4: copy, from level 0',
      'CPU 0, 4 to 6: date, from level 0',
      'CPU 0, 6 to 10: render, from level 1',
      'CPU 0, 10 to 14: copy, from level 1',
      'CPU 0, 14 to 28: render, from level 2',
      'render is done at 28',
      'copy is done at 14',
      'date is done at 6',
    ],
  },
  {
    section: 'states',
    name: 'three-states',
    title: 'Ready, running, blocked',
    explanation:
      'Who waits for I/O is blocked; who could run is ready; who has the CPU runs. A blocked job whose I/O is ' +
      'done becomes ready and waits for its turn like all others: the only way into running leads through ' +
      'ready.',
    seed: 'the three states of a process; ready comes before running',
    expected: [
      '0: editor: nothing -> new (submitted)',
      '0: editor: new -> ready (admitted)',
      '0: report: nothing -> new (submitted)',
      '0: report: new -> ready (admitted)',
      '0: editor: ready -> running (dispatched)',
      '1: editor: running -> blocked (waits-for-io)',
      '1: report: ready -> running (dispatched)',
      '5: editor: blocked -> ready (io-done)',
      '6: report: running -> done (finished)',
      '6: editor: ready -> running (dispatched)',
      '7: editor: running -> done (finished)',
      'into running only from ready: true',
    ],
  },
  {
    section: 'states',
    name: 'handed-in',
    title: 'Waiting for each answer, or handing all in',
    explanation:
      'Synchronous: hand in, and do nothing until the answer is there. Asynchronous: hand in, go on, and be ' +
      'told. The first job spends most of its time blocked; the second is only ready or running, since its ' +
      'answers are there by the time it asks.',
    seed: 'synchronous and asynchronous submission; blocking (blocked) and non-blocking (ready and running)',
    expected: [
      'sync: done at 31, blocked for 18',
      'async: done at 14, blocked for 0',
      'sync  ████╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌██╌╌╌╌╌╌╌╌╌╌╌╌██╌╌╌╌╌╌╌╌██████████████████',
      'async ████████████████████████████',
    ],
  },
]
