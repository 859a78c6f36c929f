// The servers, each on one core with one thread for UDP, rate limiting off, and buffers of 4 MiB as we ask for ourselves.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './data.mjs'

const bufferBytes = 4_194_304
let files = 0

function configured(lines) {
  const path = join(folder, `peer${++files}.conf`)
  writeFileSync(path, `${lines.join('\n')}\n`)
  return path
}

/** The words that start ours; `words` are further ones. */
export function lanework(zones, ...words) {
  return {
    name: 'lanework',
    description: 'lanework',
    command: (port) => [
      'node',
      'dist/cli/main.js',
      'serve',
      'dns',
      ...zones.flatMap(({ file, origin }) => ['--zone', `${origin}=${file}`]),
      '--listen',
      `udp://127.0.0.1:${port}`,
      '--listen',
      `tcp://127.0.0.1:${port}`,
      '--no-control',
      '--no-rrl',
      ...words,
    ],
  }
}

export function nsd(zones) {
  return {
    name: 'nsd',
    description: 'NSD, 1 server process',
    command: (port) => [
      'nsd',
      '-d',
      '-c',
      configured([
        'server:',
        `  ip-address: 127.0.0.1@${port}`,
        `  zonesdir: "${folder}"`,
        '  username: ""',
        `  pidfile: "${folder}/nsd${port}.pid"`,
        `  xfrdfile: "${folder}/xfrd${port}.state"`,
        `  zonelistfile: "${folder}/zone${port}.list"`,
        `  xfrdir: "${folder}"`,
        '  server-count: 1',
        '  rrl-ratelimit: 0',
        '  tcp-count: 100',
        `  receive-buffer-size: ${bufferBytes}`,
        `  send-buffer-size: ${bufferBytes}`,
        '  verbosity: 0',
        '  minimal-responses: yes',
        'remote-control:',
        '  control-enable: no',
        ...zones.flatMap(({ file, origin }) => ['zone:', `  name: "${origin}"`, `  zonefile: "${file}"`]),
      ]),
    ],
  }
}

export function knot(zones) {
  return {
    name: 'knot',
    description: 'Knot, 1 worker',
    command: (port) => [
      'knotd',
      '-c',
      configured([
        'server:',
        `  rundir: "${folder}"`,
        `  pidfile: "${folder}/knot${port}.pid"`,
        '  udp-workers: 1',
        '  tcp-workers: 1',
        '  background-workers: 1',
        `  listen: 127.0.0.1@${port}`,
        'control:',
        `  listen: "${folder}/knot${port}.sock"`,
        'log:',
        '  - target: stderr',
        '    any: error',
        'database:',
        `  storage: "${folder}/knot${port}"`,
        'template:',
        '  - id: default',
        `    storage: "${folder}"`,
        '    semantic-checks: off',
        '    journal-content: none',
        '    zonefile-sync: -1',
        'zone:',
        ...zones.flatMap(({ file, origin }) => [`  - domain: "${origin}"`, `    file: "${file}"`]),
      ]),
    ],
  }
}

/** Answers whatever it is asked from a zone: what a forwarder asks. */
export function responder(zones) {
  return { ...nsd(zones), name: 'upstream', core: '0' }
}

/** Sends bytes back as they came, over TCP. */
export const tcpReflector = {
  name: 'c-tcp',
  description: 'C, sends bytes back as they came',
  isReflector: true,
  isStream: true,
  command: (port) => ['bench/build/c-tcp', String(port)],
}

/** Sends packets back as they came: the limit. It knows no TCP. */
export const reflector = {
  name: 'c-udp',
  description: 'C, sends each packet back as it came',
  isReflector: true,
  command: (port) => ['bench/build/c-udp', String(port)],
}
