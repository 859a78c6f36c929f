// Measures WebSockets beside plain `ws`: an echo, and a message that goes to 1,000 clients. Server on core 1, load on core 0; in every
// round the servers take turns, and ratios are taken within the round.
//
//   node bench/ws/run.mjs [--rounds N] [--seconds S] [--clients N] [--bytes N] [--only echo|room] [--quick]

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import { join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { describeMachine } from '../lib/machine.mjs'
import { number } from '../lib/number.mjs'
import { bench, partialResults, results, root } from '../lib/paths.mjs'
import { processorNsBetween, readProcessorTime, residentKib } from '../lib/process.mjs'
import { median, pairwiseRatio, rotate } from '../lib/statistics.mjs'

const servers = [
  { name: 'lanework', title: '`lanework`, `prepare()`' },
  { name: 'lanework-node', title: '`lanework` without the addon' },
  { name: 'ws', title: 'plain `ws`' },
]
const titles = {
  echo: 'Echo: each client has one message on its way',
  room: 'Room: each message goes to all clients, two on their way at once',
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      clients: { type: 'string', default: '1000' },
      bytes: { type: 'string', default: '100' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
    },
  })
  const { quick, only } = values
  if (only !== undefined && titles[only] === undefined) throw new Error(`--only takes echo or room, not "${only}"`)
  return {
    quick,
    scenarios: only === undefined ? ['echo', 'room'] : [only],
    isWhole: !quick && only === undefined,
    rounds: Math.round(number(values.rounds ?? (quick ? 1 : 7), 'rounds', 1, 50)),
    seconds: number(values.seconds ?? (quick ? 1 : 3), 'seconds', 0.2, 60),
    warmUpSeconds: quick ? 0.5 : 1,
    clients: Math.round(number(values.clients, 'clients', 1, 20_000)),
    bytes: Math.round(number(values.bytes, 'bytes', 1, 60_000)),
  }
}

/** A program on a core of its own, and its lines. */
function start(core, words, environment = {}) {
  const child = spawn('taskset', ['-c', String(core), process.execPath, ...words], {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${words.join(' ')} ended`)
    return value
  }
  return { child, line }
}

async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function measure({ name }, scenario, { clients, bytes, seconds, warmUpSeconds }) {
  const environment = name === 'lanework-node' ? { LANEWORK_NO_NATIVE: '1' } : {}
  const server = start(1, [join(bench, 'ws/server.mjs'), name, scenario], environment)
  let load
  try {
    const address = await server.line()
    const { pid } = server.child
    const emptyKib = residentKib(pid)
    load = start(0, [join(bench, 'ws/load.mjs'), address, scenario, clients, bytes, seconds, warmUpSeconds].map(String))
    await load.line()
    const before = readProcessorTime(pid)
    const measured = JSON.parse(await load.line())
    const busyNs = processorNsBetween(before, readProcessorTime(pid))
    return {
      ...measured,
      usPerMessage: busyNs / 1_000 / measured.received,
      busyShare: busyNs / (seconds * 1e9),
      kibPerClient: (residentKib(pid) - emptyKib) / clients,
    }
  } finally {
    if (load !== undefined) await stop(load)
    await stop(server)
  }
}

function table(rows) {
  const titleCells = [
    'server',
    'thousand a second',
    '÷ `ws`',
    'server µs each',
    'core busy',
    'p50 ms',
    'p99 ms',
    'KiB a client',
  ]
  const line = (cells) => `| ${cells.join(' | ')} |`
  const plain = rows.get('ws')
  const body = servers.map(({ name, title }) => {
    const rounds = rows.get(name)
    const of = (pick) => median([...rounds.values()].map(pick))
    return line([
      title,
      of(({ perSecond }) => perSecond / 1_000).toFixed(1),
      pairwiseRatio(rounds, plain, ({ perSecond }) => perSecond).toFixed(2),
      of(({ usPerMessage }) => usPerMessage).toFixed(2),
      `${(of(({ busyShare }) => busyShare) * 100).toFixed(0)} %`,
      of(({ p50Ms }) => p50Ms).toFixed(2),
      of(({ p99Ms }) => p99Ms).toFixed(2),
      of(({ kibPerClient }) => kibPerClient).toFixed(1),
    ])
  })
  return [line(titleCells), line(['---', ...titleCells.slice(1).map(() => '---:')]), ...body].join('\n')
}

const options = readOptions()
const loadBefore = os.loadavg()[0].toFixed(1)
const sections = []
for (const scenario of options.scenarios) {
  const rows = new Map(servers.map(({ name }) => [name, new Map()]))
  for (let round = 0; round < options.rounds; round++) {
    for (const server of rotate(servers, round)) {
      const measured = await measure(server, scenario, options)
      rows.get(server.name).set(round, measured)
      process.stderr.write(
        `${scenario} round ${round + 1}: ${server.name} ${(measured.perSecond / 1_000).toFixed(1)}k/s\n`,
      )
    }
  }
  sections.push(`## ${titles[scenario]}\n\n${table(rows)}`)
}
const { rounds, seconds, clients, bytes } = options
const facts = [
  ...describeMachine(),
  [
    'Measured',
    `${rounds} rounds of ${seconds} s, ${clients} clients, messages of ${bytes} bytes, servers in turn; one core each`,
  ],
  ['Load of the machine', `${loadBefore} before, ${os.loadavg()[0].toFixed(1)} after`],
  ['Repeat', '`node bench/ws/run.mjs`'],
].map(([name, value]) => `- ${name}: ${value}`)
const text = `# WebSockets\n\n${facts.join('\n')}\n\nDeliveries a second of a room are messages that arrived at a client.\n\n${sections.join('\n\n')}\n`
const folder = options.isWhole ? results : partialResults
mkdirSync(folder, { recursive: true })
const path = join(folder, 'websocket.md')
writeFileSync(path, text)
console.log(`${text}\nwritten: ${relative(process.cwd(), path)}`)
