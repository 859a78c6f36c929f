// What is measured of the DNS server: zones, queries, and who answers them.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../lib/paths.mjs'
import { cachedData, emptyData, hostsData, rootData } from './data.mjs'
import { knot, lanework, nsd, reflector, responder, tcpReflector } from './peers.mjs'

/** What must be compiled: the load generator, and the reflectors. */
export const programs = [
  { name: 'dns-load', language: 'c', sources: ['dns/dns-load.c', 'load/common.c'], load: true },
  { name: 'c-udp', language: 'c', sources: ['peers/c-udp.c'] },
  { name: 'c-tcp', language: 'c', sources: ['peers/c-tcp.c'] },
]

const overUdp = ['--sockets', '8', '--in-flight', '256']
const overTcp = ['--transport', 'tcp', '--connections', '16', '--in-flight', '256']
const aim = 'more than Knot and more than NSD'
const servers = (zones) => [lanework(zones), knot(zones), nsd(zones)]

/** Made when first wanted, and once. */
function once(make) {
  let made
  return () => (made ??= make())
}

const rootZone = once(rootData)
const tenThousand = once(() => hostsData(10_000, 20_000))
const million = once(() => hostsData(1_000_000, 200_000))
const cached = once(() => cachedData(2_000, 20_000))

/** Whether this build forwards. */
function hasForwarder() {
  const { stdout } = spawnSync('node', [join(root, 'dist/cli/main.js'), 'serve', 'dns', '--help'], { encoding: 'utf8' })
  return stdout.includes('--forward')
}

const all = [
  {
    name: 'root',
    title: 'Root zone, real queries with EDNS',
    aim,
    against: ['c-udp', 'knot', 'nsd'],
    prepare: () => {
      const data = rootZone()
      return { ...data, load: [...overUdp, '--queries', data.plain], peers: [reflector, ...servers(data.zones)] }
    },
    memory: true,
  },
  {
    name: 'dnssec',
    title: 'Root zone, real queries with DO: with signatures and proofs',
    aim,
    against: ['c-udp', 'knot', 'nsd'],
    prepare: () => {
      const data = rootZone()
      return { ...data, load: [...overUdp, '--queries', data.dnssec], peers: [reflector, ...servers(data.zones)] }
    },
  },
  {
    name: 'hosts',
    title: '10,000 names, 9 % of the queries for names that are not there',
    aim,
    against: ['c-udp', 'knot', 'nsd'],
    prepare: async () => {
      const data = await tenThousand()
      return { ...data, load: [...overUdp, '--queries', data.queries], peers: [reflector, ...servers(data.zones)] }
    },
    memory: true,
  },
  {
    name: 'million',
    title: '1,000,000 names, 9 % of the queries for names that are not there',
    aim,
    against: ['c-udp', 'knot', 'nsd'],
    prepare: async () => {
      const data = await million()
      return { ...data, load: [...overUdp, '--queries', data.queries], peers: [reflector, ...servers(data.zones)] }
    },
    memory: true,
  },
  {
    name: 'tcp',
    title: 'Root zone over TCP, 16 connections with 16 queries in flight on each',
    aim,
    against: ['c-tcp', 'knot', 'nsd'],
    prepare: () => {
      const data = rootZone()
      return { ...data, load: [...overTcp, '--queries', data.plain], peers: [tcpReflector, ...servers(data.zones)] }
    },
  },
  {
    name: 'forward',
    title: '2,000 names, forwarded and all in the cache, beside the same ones as a zone',
    aim: 'at least 0.7 of the zone',
    against: ['lanework'],
    missing: () => (hasForwarder() ? undefined : 'this build does not forward'),
    prepare: async () => {
      const data = await cached()
      const upstream = { ...responder(data.zones), port: 15_353 }
      const forwarding = {
        ...lanework([], '--forward', `udp://127.0.0.1:${upstream.port}`),
        name: 'forward',
        description: 'lanework, forwarding, all in its cache',
      }
      return {
        ...data,
        upstream,
        warmUpSeconds: 4,
        load: [...overUdp, '--queries', data.queries],
        peers: [{ ...lanework(data.zones), description: 'lanework, the zone its own' }, forwarding],
      }
    },
  },
  {
    name: 'reload',
    title: 'Root zone, loaded anew every half second under full load',
    aim: 'no answer lost',
    against: [],
    reload: true,
    prepare: () => {
      const data = rootZone()
      const apart = lanework(data.zones, '--lanes', '1', '--lane-kind', 'process')
      return {
        ...data,
        load: [...overUdp, '--queries', data.plain, '--lost-ms', '2000'],
        peers: [
          { ...apart, name: 'lanework-process', description: 'lanework, a process lane' },
          knot(data.zones),
          nsd(data.zones),
        ],
      }
    },
  },
]

export const scenarioNames = all.map(({ name }) => name)

export function scenariosNamed(names) {
  return all.filter(({ name }) => names.includes(name))
}

/** The same servers with next to nothing to serve: what their memory is compared with. */
export function emptyPeers() {
  const data = emptyData()
  return { probe: data.probe, peers: servers(data.zones) }
}
