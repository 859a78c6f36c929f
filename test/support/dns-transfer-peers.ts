/** Knot and NSD as other servers of a zone: primaries and secondaries of ours. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './folder.js'
import { type PeerServer, started } from './dns-peers.js'

export const secret: string = Buffer.alloc(32, 7).toString('base64')

export interface PeerRole {
  readonly port: number
  /** Ours. */
  readonly otherPort: number
  /** A primary has the zone's text. */
  readonly text?: string
  readonly algorithm?: string
}

/** Serves `example.`, as a primary of this text, or as a secondary of ours. */
export async function knotPeer({ port, otherPort, text, algorithm = 'hmac-sha256' }: PeerRole): Promise<PeerServer> {
  const home = mkdtempSync(join(folder, 'knot-'))
  if (text !== undefined) writeFileSync(join(home, 'example.zone'), text)
  const role = text === undefined ? ['    master: us'] : ['    notify: us']
  writeFileSync(
    join(home, 'knot.conf'),
    `${[
      'server:',
      `  rundir: "${home}"`,
      '  udp-workers: 1',
      '  tcp-workers: 1',
      '  background-workers: 1',
      `  listen: 127.0.0.1@${port}`,
      'log:',
      '  - target: stderr',
      '    any: warning',
      'database:',
      `  storage: "${home}"`,
      'key:',
      '  - id: k.',
      `    algorithm: ${algorithm}`,
      `    secret: ${secret}`,
      'remote:',
      '  - id: us',
      `    address: 127.0.0.1@${otherPort}`,
      '    key: k.',
      'acl:',
      '  - id: all',
      '    address: 127.0.0.1',
      '    key: k.',
      '    action: [transfer, notify, update]',
      'zone:',
      '  - domain: example.',
      `    storage: "${home}"`,
      '    file: example.zone',
      '    zonefile-sync: -1',
      '    acl: all',
      ...role,
    ].join('\n')}\n`,
  )
  return await started('knotd', ['-c', join(home, 'knot.conf')], port)
}

export interface NsdPeer extends PeerServer {
  /** Gives it another version of its zone. */
  change(text: string): void
}

export async function nsdPeer({ port, otherPort, text, algorithm = 'hmac-sha256' }: PeerRole): Promise<NsdPeer> {
  const home = mkdtempSync(join(folder, 'nsd-'))
  const file = join(home, 'example.zone')
  if (text !== undefined) writeFileSync(file, text)
  const role =
    text === undefined
      ? [`  request-xfr: 127.0.0.1@${otherPort} k.`, '  allow-notify: 127.0.0.1 k.']
      : ['  provide-xfr: 127.0.0.1 k.', `  notify: 127.0.0.1@${otherPort} k.`]
  writeFileSync(
    join(home, 'nsd.conf'),
    `${[
      'server:',
      `  ip-address: 127.0.0.1@${port}`,
      `  zonesdir: "${home}"`,
      '  username: ""',
      `  pidfile: "${home}/nsd.pid"`,
      `  xfrdfile: "${home}/xfrd.state"`,
      `  zonelistfile: "${home}/zone.list"`,
      `  xfrdir: "${home}"`,
      // Without it all servers of the machine share one.
      '  database: ""',
      '  server-count: 1',
      '  rrl-ratelimit: 0',
      '  xfrd-reload-timeout: 0',
      '  verbosity: 1',
      'remote-control:',
      '  control-enable: no',
      'key:',
      '  name: "k."',
      `  algorithm: ${algorithm}`,
      `  secret: "${secret}"`,
      'zone:',
      '  name: "example."',
      `  zonefile: "${file}"`,
      ...role,
    ].join('\n')}\n`,
  )
  const peer = await started('nsd', ['-d', '-c', join(home, 'nsd.conf')], port)
  return {
    ...peer,
    change: (version) => {
      writeFileSync(file, version)
      peer.signal('SIGHUP')
    },
  }
}
