// What is measured of the time services: each scenario has its load and its servers. The reflector sends packets back as they
// came: what a server does besides is the difference.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const withoutNative = { LANEWORK_NO_NATIVE: '1' }

/** What must be compiled: load generators, and servers in C. */
export const programs = [
  { name: 'ntp-load', language: 'c', sources: ['time/ntp-load.c', 'load/common.c'], load: true },
  { name: 'format-load', language: 'c', sources: ['time/format-load.c', 'load/common.c'], load: true },
  { name: 'c-udp', language: 'c', sources: ['peers/c-udp.c'] },
]

/** Files of peers that need some, gone at the end. */
const folder = mkdtempSync(join(tmpdir(), 'lanework-bench-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function lanework(service, name, description, environment, ...words) {
  const listen = ['--listen', 'udp://127.0.0.1:0', '--no-control']
  return {
    name,
    description,
    command: ['node', 'dist/cli/main.js', 'serve', service, ...listen, ...words],
    environment,
  }
}

const reflector = { name: 'c-udp', description: 'C, sends each packet back as it came', command: ['bench/build/c-udp'] }
const local = ['--local-stratum', '10']

/** Its clock is the machine's and stays as it is (-x); it says its port once it has had the time to bind it. */
function chronyd(port) {
  const directives = [`port ${port}`, 'bindaddress 127.0.0.1', 'allow 127.0.0.0/8', 'local stratum 10', 'cmdport 0']
  const words = ['chronyd', '-d', '-x', '-u', 'root', ...directives, `pidfile ${join(folder, 'chronyd.pid')}`]
  const quoted = words.map((word) => `'${word}'`).join(' ')
  const script = `PATH=$PATH:/usr/sbin; (sleep 0.7; echo listening ${port}) & exec ${quoted}`
  return { name: 'chronyd', description: 'chronyd', command: ['sh', '-c', script] }
}

export const scenarios = [
  {
    name: 'ntp',
    title: 'NTP answers a second, 256 requests in flight',
    aim: 'at least 0.85 of the reflector, and more than chronyd',
    load: ['ntp-load', '--sockets', '8', '--in-flight', '256'],
    against: ['c-udp', 'chronyd'],
    peers: [
      reflector,
      lanework('ntp', 'lanework', 'lanework', {}, ...local),
      lanework(
        'ntp',
        'lanework-basic',
        'lanework, basic mode only, with lists',
        {},
        ...local,
        '--no-interleaved',
        '--allow',
        '127.0.0.0/8',
      ),
      lanework('ntp', 'lanework-plain', 'lanework without its native part', withoutNative, ...local),
      chronyd(11_123),
    ],
  },
  {
    name: 'format',
    title: 'Formats answered a second, 256 requests `%Y-%m-%d %H:%M:%S` in flight',
    aim: 'at least 0.7 of the reflector',
    load: ['format-load', '--sockets', '8', '--in-flight', '256'],
    against: ['c-udp'],
    peers: [
      reflector,
      lanework('time', 'lanework', 'lanework', {}),
      lanework('time', 'lanework-plain', 'lanework without its native part', withoutNative),
    ],
  },
]
