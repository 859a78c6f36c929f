/**
 * No reply loops. A forged datagram that claims to come from another server's port would make two servers
 * answer each other for ever; one from our own port, us ourselves. So: sources that are
 * well-known ports of answering services, or listeners of this process, get no answer.
 */
import { networkInterfaces } from 'node:os'

import { isInternet, isLoopback, isWildcard, type Address, type InternetAddress } from '../io/index.ts'

/**
 * UDP services that answer whatever they get: echo 7, daytime 13, qotd 17, chargen 19, time 37, DNS 53, TFTP 69,
 * portmapper 111, NTP 123, NetBIOS 137, SNMP 161, CLDAP 389, SSDP 1900, mDNS 5353, memcached 11211.
 */
export const wellKnownPorts: readonly number[] = [7, 13, 17, 19, 37, 53, 69, 111, 123, 137, 161, 389, 1900, 5353, 11211]

/** This process's own datagram listeners. */
const own = new Set<InternetAddress>()
/** Addresses of this machine, looked up at most once a second: forged sources choose how often they are needed. */
let interfaces: { readonly hosts: ReadonlySet<string>; readonly atMs: number } | undefined
const interfacesMs = 1_000

export function registerListener(address: Address): () => void {
  if (!isInternet(address)) return () => {}
  const listener = { ...address }
  own.add(listener)
  return () => void own.delete(listener)
}

/** True when a datagram from `source` must not be answered. */
export function mustNotAnswer(source: Address, silentPorts: readonly number[]): boolean {
  if (!isInternet(source)) return false
  if (source.port === 0 || silentPorts.includes(source.port)) return true
  // The same port number on another machine is somebody else.
  for (const listener of own) {
    if (listener.port !== source.port) continue
    if (isLoopback(source) || plain(listener.host) === plain(source.host)) return true
    if (isWildcard(listener) && hostsOfThisMachine().has(plain(source.host))) return true
  }
  return false
}

function hostsOfThisMachine(): ReadonlySet<string> {
  const nowMs = performance.now()
  if (interfaces === undefined || nowMs - interfaces.atMs > interfacesMs) {
    const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
    interfaces = { hosts: new Set(addresses.map(({ address }) => plain(address))), atMs: nowMs }
  }
  return interfaces.hosts
}

/** Without the scope of a link-local address. */
function plain(host: string): string {
  return host.replace(/%.*$/, '')
}
