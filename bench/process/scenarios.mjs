// What is measured: each scenario is a table, each peer a row with the command
// that is run from the repository root and prints its figures as JSON.

import { chaosScenarios } from './chaos-scenarios.mjs'

const programs = 'bench/process/programs'
const node = (file, ...words) => ['node', `${programs}/${file}.mjs`, ...words]
const python = (file, ...words) => ['python3', '-B', `${programs}/${file}.py`, ...words]
const withoutNative = { LANEWORK_NO_NATIVE: '1' }

const nodeQueues = [
  ['fork-json', 'child_process.fork, json'],
  ['fork-advanced', 'child_process.fork, advanced'],
  ['thread', 'worker_threads postMessage'],
]
const pythonQueues = [
  ['Queue', 'Python multiprocessing.Queue'],
  ['SimpleQueue', 'Python multiprocessing.SimpleQueue'],
]

function queuePeers(shape) {
  const lanework = node('queue-lanework', '--shape', shape)
  return [
    { name: 'lanework', description: 'lanework Queue', command: lanework },
    ...(shape === 'doubles'
      ? []
      : [
          {
            name: 'lanework-plain',
            description: 'lanework Queue without the native part',
            command: lanework,
            environment: withoutNative,
          },
        ]),
    ...nodeQueues.map(([kind, description]) => ({
      name: kind,
      description,
      command: node('queue-node', '--kind', kind, '--shape', shape),
    })),
    ...pythonQueues.map(([kind, description]) => ({
      name: `python-${kind}`,
      description,
      command: python('queue-python', '--kind', kind, '--shape', shape),
    })),
  ]
}

/** `pinning` is "two" (one core each) or "one" (both on core 0). */
function pipePeers(pinning) {
  const cores = '0'
  const pin = pinning === 'two' ? ['--pin', '1'] : []
  const c = ['bench/build/round-trip-c', '%seconds']
  return [
    {
      name: 'c',
      description: 'C socket pair, blocking',
      command: [...c, 'blocking', '0', pinning === 'two' ? '1' : '0'],
      cores: '0,1',
    },
    ...(pinning === 'two'
      ? [
          {
            name: 'c-spinning',
            description: 'C socket pair, spinning',
            command: [...c, 'spinning', '0', '1'],
            cores: '0,1',
          },
        ]
      : []),
    {
      name: 'lanework',
      description: 'lanework Pipe, bytes',
      command: node('round-trip-lanework', '--kind', 'bytes', ...pin),
      cores,
    },
    {
      name: 'lanework-values',
      description: 'lanework Pipe, values',
      command: node('round-trip-lanework', '--kind', 'values', ...pin),
      cores,
    },
    {
      name: 'lanework-blocking',
      description: 'lanework Pipe, blocking calls',
      command: node('round-trip-lanework', '--kind', 'blocking', ...pin),
      cores,
    },
    ...nodeQueues.map(([kind, description]) => ({
      name: kind,
      description,
      command: node('round-trip-node', '--kind', kind, ...pin),
      cores,
    })),
    {
      name: 'python',
      description: 'Python Pipe, bytes',
      command: python('round-trip-python', '--kind', 'bytes', ...pin),
      cores,
    },
    {
      name: 'python-values',
      description: 'Python Pipe, values',
      command: python('round-trip-python', '--kind', 'values', ...pin),
      cores,
    },
  ]
}

const pools = [
  ['lanework-process', 'lanework Pool, processes'],
  ['lanework-thread', 'lanework Pool, threads'],
  ['piscina', 'piscina (threads)'],
  ['tinypool-thread', 'tinypool, threads'],
  ['tinypool-process', 'tinypool, processes'],
  ['workerpool-thread', 'workerpool, threads'],
  ['workerpool-process', 'workerpool, processes'],
]
const sharedPiscina = ['piscina-shared', 'piscina, 64 tasks at a time on a thread']

const poolPeers = (list, mode) =>
  list.map(([kind, description]) => ({
    name: kind,
    description,
    command: node('pool-node', '--kind', kind, '--mode', mode),
  }))

const plainPool = (mode) => ({
  name: 'lanework-plain',
  description: 'lanework Pool, processes, without the native part',
  command: node('pool-node', '--kind', 'lanework-process', '--mode', mode),
  environment: withoutNative,
})

const pythonPool = (mode, description, kind = 'pool') => ({
  name: `python-${kind === 'pool' ? mode : 'executor'}`,
  description,
  command: python('pool-python', '--kind', kind, '--mode', mode),
})

function mapPeers() {
  const own = ['lanework-process', 'lanework-thread'].map((kind) => ({
    name: kind,
    description: `lanework pool.map, ${kind === 'lanework-process' ? 'processes' : 'threads'}`,
    command: node('pool-node', '--kind', kind, '--mode', 'map-own'),
  }))
  const byHand = [...pools, ['workerpool-advanced', 'workerpool, processes, advanced']].map(([kind, description]) => ({
    name: `${kind}-by-hand`,
    description: `${description}: 8 arrays by hand`,
    command: node('pool-node', '--kind', kind, '--mode', 'map'),
  }))
  const typed = ['lanework-process', 'piscina'].map((kind) => ({
    name: `${kind}-typed`,
    description: `${kind}: 8 Float64Arrays by hand`,
    command: node('pool-node', '--kind', kind, '--mode', 'map-typed'),
  }))
  return [...own, pythonPool('map', 'Python Pool.map'), ...byHand, ...typed]
}

function arrayPeers() {
  const peer = (name, description, kind, mode) => ({
    name,
    description,
    command: node('array-node', '--kind', kind, '--mode', mode),
  })
  return [
    peer('lanework-shared', 'lanework SharedArray, processes', 'lanework-process', 'shared'),
    peer('lanework-copied', 'lanework Float64Array, processes', 'lanework-process', 'copied'),
    peer('lanework-thread', 'lanework Float64Array, threads', 'lanework-thread', 'copied'),
    peer('piscina-shared-buffer', 'piscina, SharedArrayBuffer (threads)', 'piscina', 'shared'),
    peer('piscina-moved', 'piscina, transferred (threads)', 'piscina', 'moved'),
    peer('piscina-copied', 'piscina, copied (threads)', 'piscina', 'copied'),
    peer('tinypool-process', 'tinypool, processes', 'tinypool-process', 'copied'),
    peer('workerpool-advanced', 'workerpool, processes, advanced', 'workerpool-advanced', 'copied'),
    pythonPool('array-shared', 'Python Pool, SharedMemory attached in each task'),
    pythonPool('array', 'Python Pool, array of doubles'),
    pythonPool('array-bytes', 'Python Pool, bytearray'),
  ]
}

const startRuns = ['--runs', '%runs']
const startPeers = [
  ...['warm', 'spawn', 'thread'].map((kind) => ({
    name: `lanework-${kind}`,
    description: `lanework Process, ${kind}`,
    command: node('start-node', '--kind', `lanework-${kind}`, ...startRuns),
  })),
  { name: 'fork', description: 'child_process.fork', command: node('start-node', '--kind', 'fork', ...startRuns) },
  {
    name: 'worker',
    description: 'worker_threads Worker',
    command: node('start-node', '--kind', 'worker', ...startRuns),
  },
  ...['fork', 'spawn', 'forkserver'].map((kind) => ({
    name: `python-${kind}`,
    description: `Python Process, ${kind}`,
    command: python('start-python', '--kind', kind, ...startRuns),
  })),
]

const idlePeers = [
  ...[
    ['lanework-process', 'lanework Pool, process lane'],
    ['lanework-thread', 'lanework Pool, thread lane'],
    ['fork', 'child_process.fork, bare'],
    ['worker', 'worker_threads Worker, bare'],
    ['piscina', 'piscina (thread)'],
    ['tinypool-process', 'tinypool, process'],
    ['workerpool-process', 'workerpool, process'],
  ].map(([kind, description]) => ({
    name: kind,
    description,
    command: ['node', '--expose-gc', `${programs}/idle-node.mjs`, '--kind', kind],
  })),
  ...['fork', 'spawn'].map((kind) => ({
    name: `python-${kind}`,
    description: `Python Pool worker, ${kind}`,
    command: python('idle-python', '--kind', kind),
  })),
]

const rate = (topic, title, aim, reference, peers, rateUnit = 1_000) => ({
  topic,
  title,
  aim,
  reference,
  peers,
  kind: 'rate',
  rateUnit,
})

export const scenarios = [
  rate('queue', 'queue: 64-byte messages one by one', '>= 500 thousand a second', 'python-Queue', queuePeers('one')),
  rate(
    'queue',
    'queue: 64-byte messages, 64 at a time',
    '>= 2,000 thousand a second',
    'python-Queue',
    queuePeers('batch'),
  ),
  rate(
    'queue',
    'queue: doubles, 4,096 at a time',
    '>= 20 million a second',
    'python-Queue',
    queuePeers('doubles'),
    1e6,
  ),
  rate('pipe', 'round trips of 64 bytes, one core each', '>= 0.5 of C, blocking', 'c', pipePeers('two')),
  rate('pipe', 'round trips of 64 bytes, both on one core', '>= 0.5 of C, blocking', 'c', pipePeers('one')),
  rate('pool', 'pool of 2: add(a, b), each awaited', 'above the other pools', 'piscina', [
    ...poolPeers(pools, 'one'),
    plainPool('one'),
    pythonPool('one', 'Python Pool.apply'),
    pythonPool('one', 'Python ProcessPoolExecutor.submit', 'executor'),
  ]),
  rate('pool', 'pool of 2: add(a, b), 1,000 in flight', '>= 100 thousand a second on process lanes', 'piscina', [
    ...poolPeers([...pools, sharedPiscina], 'many'),
    plainPool('many'),
    pythonPool('imap', 'Python Pool.imap'),
    pythonPool('many', 'Python Pool.apply_async'),
    pythonPool('many', 'Python ProcessPoolExecutor.submit', 'executor'),
  ]),
  rate('map', 'pool of 2: map of 1,000,000 numbers', "faster than Python's Pool.map", 'python-map', mapPeers(), 1e6),
  {
    topic: 'array',
    title: 'an array of 1 MiB to a lane and back',
    aim: 'shared without a copy',
    reference: 'piscina-copied',
    peers: arrayPeers(),
    kind: 'trip',
  },
  {
    topic: 'start',
    title: 'start and join one process',
    aim: 'warm: first result within 3 ms',
    reference: 'fork',
    peers: startPeers,
    kind: 'start',
  },
  {
    topic: 'idle',
    title: 'a lane that waits',
    aim: undefined,
    reference: 'fork',
    peers: idlePeers,
    kind: 'idle',
    once: true,
  },
  ...chaosScenarios,
]

function isOurs({ name }) {
  return name.startsWith('lanework')
}

/** The command of a peer with the numbers of this run. */
export function commandOf(peer, options) {
  const filled = peer.command.map((word) => {
    if (word === '%seconds') return `${options.seconds}`
    if (word === '%runs') return options.quick ? '2' : '5'
    if (word === '%kills') return `${options.kills}`
    if (word === '%limit') return `${(isOurs(peer) ? options.chaosMinutes : options.peerMinutes) * 60}`
    if (word === '%seed') return `${options.seed}`
    return word
  })
  if (peer.command.includes('%seconds')) return filled
  return [...filled, '--seconds', `${options.seconds}`, '--warm-up', `${options.warmUpSeconds}`]
}
