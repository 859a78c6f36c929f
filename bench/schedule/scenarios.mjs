// What is measured: each scenario is a table, each peer a row with the command
// that is run from the repository root and prints its figures as JSON.

const programs = 'bench/schedule/programs'
const lanework = (...words) => ['node', '--expose-gc', `${programs}/mm1-lanework.mjs`, ...words]
const python = (...words) => ['python3', '-B', `${programs}/mm1-python.py`, ...words]

/** Name in the table, and words of the command. */
const policies = [
  ['fcfs', []],
  ['sjf', []],
  ['srtf', []],
  ['rr', ['--quantum', '1']],
  ['priority', []],
  ['hrrn', []],
  ['mlfq', []],
  ['lottery', ['--quantum', '1']],
  ['stride', ['--quantum', '1']],
  ['fair', []],
  ['edf', []],
]

const pairOf = (policy, words = []) => [
  {
    name: 'lanework',
    description: 'lanework',
    command: (jobs) => lanework('--policy', policy, '--jobs', `${jobs}`, '--hold', ...words),
  },
  {
    name: 'python',
    description: 'Python event loop, heapq',
    command: (jobs) => python('--policy', policy, '--jobs', `${jobs}`, ...words),
  },
]

export const scenarios = [
  {
    name: 'fcfs',
    title: 'M/M/1 at load 0.8 in order of arrival',
    aim: 'a million jobs in 2 s or less, a million events a second or more',
    reference: 'python',
    jobs: 1_000_000,
    peers: pairOf('fcfs'),
  },
  {
    name: 'srtf',
    title: 'M/M/1 at load 0.8, shortest remaining time first',
    reference: 'python',
    jobs: 1_000_000,
    peers: pairOf('srtf'),
  },
  {
    name: 'rr',
    title: 'M/M/1 at load 0.8, round robin in slices of 0.25',
    reference: 'python',
    jobs: 500_000,
    peers: pairOf('rr', ['--quantum', '0.25']),
  },
  {
    name: 'policies',
    title: 'M/M/1 at load 0.8, policy by policy',
    jobs: 300_000,
    peers: policies.map(([policy, words]) => ({
      name: policy,
      description: [policy, ...words].join(' ').replace('--', ''),
      command: (jobs) => lanework('--policy', policy, '--jobs', `${jobs}`, '--hold', ...words),
    })),
  },
]
