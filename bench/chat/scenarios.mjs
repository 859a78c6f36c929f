// What is measured of the chat server: rooms, how they are spoken in, and who serves them.

import { lanework, ngircd, nodeDgram, plainWs, preparedWs, pythonLoop } from './peers.mjs'

/** What must be compiled: the load generator. */
export const programs = [
  {
    name: 'room-load',
    language: 'c',
    sources: ['room-load', 'ledger', 'udp', 'stream', 'words']
      .map((part) => `chat/load/${part}.c`)
      .concat('load/common.c'),
    load: true,
  },
]

/** As fast as deliveries keep up: the next message is said when all have heard an earlier one. */
const closedLoop = { speakers: 8, window: 16 }
/** Fifty speakers, each once a second. */
const pace = { speakers: 50, rate: 50 }

const all = [
  {
    name: 'udp',
    kind: 'throughput',
    title: 'A UDP room of 1,000 members',
    members: 1_000,
    run: closedLoop,
    against: ['node-dgram', 'python'],
    peers: () => [lanework('udp'), nodeDgram, pythonLoop],
  },
  {
    name: 'ws',
    kind: 'throughput',
    title: 'A WebSocket room of 1,000 members',
    members: 1_000,
    run: closedLoop,
    against: ['ws', 'ws-prepared'],
    peers: () => [lanework('page'), plainWs, preparedWs],
  },
  {
    name: 'irc',
    kind: 'throughput',
    title: 'An IRC channel of 500 members',
    members: 500,
    run: closedLoop,
    against: ['ngircd'],
    peers: () => [lanework('irc'), ngircd],
  },
  {
    name: 'idle',
    kind: 'idle',
    title: '5,000 idle members in rooms of 50',
    members: 5_000,
    roomMembers: 50,
    peers: () => [
      {
        ...lanework('lines', { name: 'lanework-lines', description: 'lanework, TCP lines, all in one room' }),
        // Each hears of all who come after it: five thousand would hear twelve million notices.
        members: 1_500,
      },
      lanework('irc', { name: 'lanework-irc', description: 'lanework, IRC' }),
      // It lets in some thirteen a second, and what it needs for one does not depend on how many there are.
      { ...ngircd, members: 500 },
    ],
  },
  {
    name: 'latency',
    kind: 'latency',
    title: '50 messages a second into 1,000 members',
    members: 1_000,
    run: pace,
    peers: () => [
      ...['none', 'disk'].flatMap((history) => [
        lanework('udp', { name: `udp-${history}`, description: `lanework, UDP, history ${history}`, history }),
        lanework('page', { name: `ws-${history}`, description: `lanework, WebSocket, history ${history}`, history }),
      ]),
      nodeDgram,
      plainWs,
    ],
  },
  {
    name: 'fair',
    kind: 'fair',
    title: '10 of 200 members flood',
    members: 200,
    run: pace,
    flood: { flooders: 10, floodrate: 500 },
    peers: () => ['udp', 'page', 'irc'].map((transport) => flooded(transport)),
  },
]

/** As it is installed, but for the room's own limit, which speakers of this pace come close to. */
function flooded(transport) {
  const limits = ['--limit-room', 'none', '--limit-address', 'none']
  const names = { udp: 'UDP', page: 'WebSocket', irc: 'IRC' }
  return lanework(transport, { name: transport, description: `lanework, ${names[transport]}`, limits })
}

export const scenarioNames = all.map(({ name }) => name)

export function scenariosNamed(names) {
  return all.filter(({ name }) => names.includes(name))
}
