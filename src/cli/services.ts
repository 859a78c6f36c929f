/** The services that come with lanework: what `up` starts, where, and what to type to try each. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

import { fail } from '../core/index.ts'
import type { Scheme } from '../io/index.ts'
import { makerUrl, type ListenTarget } from '../server/index.ts'

export interface BuiltInService {
  readonly name: string
  /** Its module, with `#` and the name of its export, which is loaded when it is served; with options for `lanework up`. */
  readonly url: URL
  /** What it does, in a few words. */
  readonly summary: string
  /** Its port in `lanework up`: 9000 plus the well-known one where there is one. */
  readonly port: number
  /** Where `lanework up` serves it. @default on every transport */
  readonly schemes?: readonly Scheme[]
  /** Where `lanework up` serves it besides, at ports of their own. */
  readonly besides?: readonly ListenTarget[]
  /** What to type to see it work, given an address, and the word that its target has. */
  readonly tryIt: (address: string, protocol?: string) => string
}

function moduleOf(folder: string, name: string): URL {
  return new URL(`../services/${folder}/index.js#${name}`, import.meta.url)
}

const sayHello = (address: string): string => `echo hello | npx lanework talk ${address}`

function tryChat(address: string, protocol?: string): string {
  const port = /:(\d+)/.exec(address)?.[1] ?? ''
  if (protocol === 'irc') return `irssi -c 127.0.0.1 -p ${port}`
  if (address.startsWith('ws:')) return `open http://127.0.0.1:${port}/ in a browser`
  return `npx lanework talk --room ${address}`
}

export const builtInServices: readonly BuiltInService[] = [
  {
    name: 'upper',
    url: moduleOf('echo', 'upper'),
    summary: 'answers in upper case (ASCII letters; streams as they come)',
    port: 9001,
    tryIt: sayHello,
  },
  {
    name: 'echo',
    url: moduleOf('echo', 'echo'),
    summary: 'answers what it got (streams as they come)',
    port: 9007,
    tryIt: sayHello,
  },
  {
    name: 'daytime',
    url: moduleOf('time', 'daytime'),
    summary: 'tells date and time in a line, whatever it is asked (RFC 867)',
    port: 9013,
    tryIt: (address) => `echo | npx lanework talk ${address}`,
  },
  {
    name: 'time',
    url: moduleOf('time', 'time'),
    summary: 'answers a format (strftime) with the time in it',
    port: 9014,
    tryIt: (address) => `npx lanework time ${address} '%A, %e %B %Y, %H:%M:%S %Z'`,
  },
  {
    name: 'rfc868',
    url: moduleOf('time', 'rfc868'),
    summary: 'tells the seconds since 1900 in four bytes (RFC 868)',
    port: 9037,
    tryIt: (address) => `echo | npx lanework talk --hex --framing raw ${address}`,
  },
  {
    name: 'chat',
    url: moduleOf('chat', 'chat'),
    summary: 'rooms over UDP, TCP lines, a web page and IRC',
    port: 9060,
    schemes: ['udp', 'tcp'],
    besides: [{ address: 'ws://127.0.0.1:9080/chat' }, { address: 'tcp://127.0.0.1:9667', protocol: 'irc' }],
    tryIt: tryChat,
  },
  {
    name: 'dns',
    url: moduleOf('dns', 'dns'),
    summary: 'answers DNS queries for an example zone, example.lan.',
    port: 9053,
    schemes: ['udp', 'tcp'],
    tryIt: (address) => `dig @127.0.0.1 -p ${address.replace(/^.*:/, '')} www.example.lan`,
  },
  {
    name: 'ntp',
    url: makerUrl(moduleOf('time', 'ntp'), { localStratum: 10 }),
    summary: 'tells the time of this machine to NTP clients, as good as a server of stratum 10',
    port: 9123,
    schemes: ['udp'],
    tryIt: (address) => `npx lanework ntp ${address.replace('udp://', '')}`,
  },
]

/**
 * What `serve` is given for a built-in service's name, or the path of a module: its URL, with options for a service that has any.
 * Throws SERVICE_UNKNOWN.
 */
export function findSource(nameOrPath: string, options?: object): URL {
  const builtIn = builtInServices.find((candidate) => candidate.name === nameOrPath)
  if (builtIn !== undefined) return options === undefined ? builtIn.url : makerUrl(builtIn.url, options)
  const path = resolve(nameOrPath)
  if (existsSync(path)) return pathToFileURL(path)
  throw fail('SERVICE_UNKNOWN', {
    name: nameOrPath,
    known: `${builtInServices.map((candidate) => candidate.name).join(', ')} (or the path of a module)`,
  })
}
