// What is measured: each scenario is a table, each entry a row, a server with settings of its own.

import { peersNamed } from './peers.mjs'

const rows = (names) => peersNamed(names).map((peer) => ({ peer }))

const everyLane = ['inline', 'process-1', 'process-2', 'thread-1', 'thread-2', 'cluster-1', 'cluster-2']
const saturated = { udp: { 'in-flight': 256, sockets: 64 }, tcp: { 'in-flight': 16, connections: 64 } }
/** Without pipelining, as the disturbed loads are: half of what they can reach. */
const singly = { udp: saturated.udp, tcp: { 'in-flight': 1, connections: 64 } }
const withWork = { udp: { 'in-flight': 64, sockets: 64 }, tcp: { 'in-flight': 2, connections: 64 } }

function scaling(transport, handler) {
  const work = handler === 'work' ? ', with work for each message' : ''
  return {
    topic: 'scale',
    kind: 'scale',
    title: `${transport} lines${work}`,
    reference: 'process-1',
    transport,
    handler,
    load: handler === 'work' ? withWork[transport] : saturated[transport],
    rows: rows(everyLane),
  }
}

const spreads = {
  udp: [
    ['source', 1_000],
    ['round-robin', 1_000],
    ['shared', 1_000],
    ['source', 1],
    ['round-robin', 1],
    ['shared', 1],
  ],
  tcp: [
    ['source', 1_000],
    ['shared', 1_000],
    ['least-connections', 1_000],
  ],
}

function balance(transport) {
  const client = (count) => (transport === 'udp' ? { sockets: count } : { connections: count })
  const clients = (count) =>
    `${count.toLocaleString('en')} ${transport === 'udp' ? 'socket' : 'connection'}${count > 1 ? 's' : ''}`
  const own = spreads[transport].map(([spread, count]) => ({
    peer: peersNamed(['process-2'])[0],
    label: `lanework, ${spread}, ${clients(count)}`,
    settings: { lanes: 4, spread },
    load: client(count),
  }))
  const others = transport === 'udp' ? ['cluster-2'] : ['cluster-2', 'cluster-none']
  const theirs = peersNamed(others).map((peer) => ({
    peer,
    label: `${peer.description.replace('2 workers', '4 workers')}, ${clients(1_000)}`,
    settings: { lanes: 4 },
    load: client(1_000),
  }))
  return {
    topic: 'balance',
    kind: 'balance',
    once: true,
    title: `${transport}: share of each of four lanes`,
    transport,
    handler: 'stamp',
    rows: [...own, ...theirs],
  }
}

const churn = { connections: 64, churn: 100, requests: 4 }
const loadOf = { udp: { sockets: 64 }, tcp: churn }

const aims = {
  'kill-udp': 'at most a batch of 64 unanswered at one kill',
  'kill-tcp': 'no connect fails',
  'reload-udp': 'nothing unanswered',
  'reload-tcp': 'no connect fails, nothing unanswered',
}

/** `rate` is a number a second, or half of what the server can do. */
const disturbance = (topic, transport, rate, entries) => ({
  topic,
  kind: `${topic}-${transport}`,
  aim: aims[`${topic}-${transport}`],
  title: `${transport}: ${topic === 'kill' ? 'kill -9 of a lane every 200 ms' : 'a reload every 2 seconds'}, ${
    rate === 'half' ? 'half load' : `${rate.toLocaleString('en')} requests a second`
  }`,
  transport,
  handler: 'upper',
  rate,
  saturated: singly[transport],
  load: loadOf[transport],
  rows: entries,
  once: true,
})

/** A lane takes some 150 ms of processor time to start, so that one that stands by is not always there: four mostly are. */
const killed = [
  ...rows(['process-2']).map(({ peer }) => ({
    peer,
    label: `${peer.description}, 4 stand by`,
    settings: { standby: 4 },
  })),
  ...rows(['cluster-2', 'pm2']),
]
const reloaded = rows(['process-2', 'thread-2', 'cluster-2', 'pm2'])

export const scenarios = [
  scaling('udp', 'upper'),
  scaling('tcp', 'upper'),
  scaling('udp', 'work'),
  scaling('tcp', 'work'),
  balance('udp'),
  balance('tcp'),
  disturbance('kill', 'udp', 10_000, [...rows(['process-2']), ...killed]),
  disturbance('kill', 'udp', 'half', killed),
  disturbance('kill', 'tcp', 10_000, killed),
  disturbance('kill', 'tcp', 'half', killed),
  disturbance('reload', 'udp', 'half', reloaded),
  disturbance('reload', 'tcp', 'half', reloaded),
  {
    topic: 'slow',
    kind: 'slow',
    aim: 'p99 of the good clients within twice',
    title: 'tcp: good clients beside slow ones',
    transport: 'tcp',
    handler: 'upper',
    saturated: singly.tcp,
    load: { connections: 64 },
    rows: rows(['inline', 'process-2', 'thread-2', 'cluster-2']),
  },
]

export const topics = [...new Set(scenarios.map(({ topic }) => topic))]
