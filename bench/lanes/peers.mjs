// The servers under test, by the name in the tables. Settings go to the program; a scenario may add to them.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

const lanework = (name, description, settings) => ({
  name,
  description,
  program: 'lanework',
  settings: { lanes: 2, ...settings },
  transports: ['udp', 'tcp'],
})

const all = [
  { ...lanework('inline', 'lanework, inline lane', { laneKind: 'inline', lanes: 1 }), steady: true },
  lanework('process-1', 'lanework, 1 process lane', { laneKind: 'process', lanes: 1 }),
  lanework('process-2', 'lanework, 2 process lanes', { laneKind: 'process' }),
  { ...lanework('thread-1', 'lanework, 1 thread lane', { laneKind: 'thread', lanes: 1 }), unkillable: true },
  { ...lanework('thread-2', 'lanework, 2 thread lanes', { laneKind: 'thread' }), unkillable: true },
  {
    name: 'cluster-1',
    description: 'node:cluster, 1 worker',
    program: 'cluster',
    settings: { lanes: 1 },
    transports: ['udp', 'tcp'],
  },
  {
    name: 'cluster-2',
    description: 'node:cluster, 2 workers',
    program: 'cluster',
    settings: { lanes: 2 },
    transports: ['udp', 'tcp'],
  },
  {
    name: 'cluster-none',
    description: 'node:cluster, 2 workers, SCHED_NONE',
    program: 'cluster',
    settings: { lanes: 2, schedule: 'none' },
    transports: ['tcp'],
  },
  {
    name: 'pm2',
    description: 'pm2 in cluster mode, 2 instances',
    program: 'pm2',
    settings: { lanes: 2 },
    transports: ['udp', 'tcp'],
    needsPm2: true,
  },
]

/** Why a peer cannot run here; undefined when it can. */
export function missingOf(peer) {
  if (!peer.needsPm2) return undefined
  const folder = process.env.BENCH_PM2
  if (folder && existsSync(join(folder, 'node_modules', 'pm2'))) return undefined
  return 'not installed (BENCH_PM2 names the folder that has its node_modules)'
}

export const peerNames = all.map(({ name }) => name)

export function peersNamed(names) {
  return names.map((name) => all.find((peer) => peer.name === name))
}
