// The ledger of killed workers. One run for each pool; `attempts` is how often
// a task may begin, as the pool promises. A pool that hangs makes the killer
// wait, so the run of each pool also ends after a number of minutes.

const numbers = ['--kills', '%kills', '--seed', '%seed', '--limit', '%limit']
const program = ['node', '--expose-gc', 'bench/process/programs/chaos-node.mjs', ...numbers]
const pythonProgram = ['python3', '-B', 'bench/process/programs/chaos-python.py', ...numbers]

const nodePools = [
  ['lanework-process', 'lanework, reject', 1],
  ['lanework-retry', 'lanework, retry (3 attempts)', 3],
  ['tinypool-process', 'tinypool, processes', 1],
  ['workerpool-process', 'workerpool, processes', 1],
]
const pythonPools = [
  ['pool', 'Python Pool.apply_async'],
  ['executor', 'Python ProcessPoolExecutor'],
]

export const chaosScenarios = [
  {
    topic: 'chaos',
    title: 'workers killed at random moments',
    aim: '0 lost, hung, doubled and wrong answers; nothing left behind',
    kind: 'chaos',
    once: true,
    peers: [
      ...nodePools.map(([kind, description, attempts]) => ({
        name: kind,
        description,
        command: [...program, '--kind', kind, '--attempts', `${attempts}`],
      })),
      ...pythonPools.map(([kind, description]) => ({
        name: `python-${kind}`,
        description,
        command: [...pythonProgram, '--kind', kind],
      })),
    ],
  },
]
