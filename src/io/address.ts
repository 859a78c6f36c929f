/**
 * Addresses as URLs, to and from text. Pure, but for `resolveAddress`, which asks the resolver.
 *
 *   udp://127.0.0.1:9001   tcp://[::1]:0   ws://127.0.0.1:9080/chat   unix:/run/app.sock   unix-dgram:app.sock
 *
 * An empty host means loopback (127.0.0.1), `*` means every interface, IPv4 and IPv6.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

import { fail } from '../core/index.ts'

export type Scheme = 'udp' | 'tcp' | 'ws' | 'unix' | 'unix-dgram'

/** An address as data. IP schemes have `host` and `port`, Unix schemes have `path`. */
export type Address = InternetAddress | UnixAddress

export interface InternetAddress {
  readonly scheme: 'udp' | 'tcp' | 'ws'
  readonly host: string
  /** 0 to 65535; 0 asks the system for a free one. */
  readonly port: number
  /** Of WebSocket addresses: where on the host, with its slash and a query if there is one. @default '/' */
  readonly path?: string
}

export interface UnixAddress {
  readonly scheme: 'unix' | 'unix-dgram'
  /** A file path; empty for a socket without a name. */
  readonly path: string
}

export const schemes: readonly Scheme[] = ['udp', 'tcp', 'ws', 'unix', 'unix-dgram']

/** The longest path of a Unix socket, in bytes (sun_path of sockaddr_un on Linux, less the final NUL). */
export const unixPathBytes = 107

/**
 * Reads an address; throws SCHEME_UNKNOWN or ADDRESS_INVALID.
 *
 * @example parseAddress('udp://[::1]:53') // { scheme: 'udp', host: '::1', port: 53 }
 */
export function parseAddress(input: string | Address): Address {
  if (typeof input !== 'string') return parseAddress(formatAddress(input))
  const colon = input.indexOf(':')
  const scheme = colon === -1 ? '' : input.slice(0, colon).toLowerCase()
  if (scheme === 'udp' || scheme === 'tcp' || scheme === 'ws')
    return parseInternet(input, scheme, input.slice(colon + 1))
  if (scheme === 'unix' || scheme === 'unix-dgram') return parseUnix(input, scheme, input.slice(colon + 1))
  if (colon === -1) throw fail('ADDRESS_INVALID', { input, reason: 'it has no scheme' })
  throw fail('SCHEME_UNKNOWN', { input, scheme, known: schemes.join(', ') })
}

function parseInternet(input: string, scheme: InternetAddress['scheme'], rest: string): InternetAddress {
  const match = /^\/\/(?:\[([^\]]*)\]|([^:/?#\s]*)):([^:/]*)(\/.*)?$/.exec(rest)
  const form = scheme === 'ws' ? 'ws://HOST:PORT/PATH' : `${scheme}://HOST:PORT`
  const [, bracketed, plain = '', portText = '', path = '/'] = match ?? []
  if (match === null || (path !== '/' && scheme !== 'ws')) {
    throw fail('ADDRESS_INVALID', { input, reason: `it is not of the form ${form}` })
  }
  if (!pathPattern.test(path)) {
    throw fail('ADDRESS_INVALID', { input, reason: `${JSON.stringify(path)} is no path of a URL; escape it with %` })
  }
  if (bracketed !== undefined && isIP(bracketed) !== 6) {
    throw fail('ADDRESS_INVALID', { input, reason: `${JSON.stringify(bracketed)} is no IPv6 address` })
  }
  const port = Number(portText)
  if (!/^\d{1,5}$/.test(portText) || port > 65_535) {
    throw fail('ADDRESS_INVALID', { input, reason: `the port must be 0 to 65535, got ${JSON.stringify(portText)}` })
  }
  const address = { scheme, host: bracketed ?? namedHost(plain), port }
  return path === '/' ? address : { ...address, path }
}

/** Characters of a path and query (RFC 3986, sections 3.3 and 3.4). */
const pathPattern = /^\/[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*$/

function namedHost(host: string): string {
  if (host === '') return '127.0.0.1'
  return host === '*' ? '::' : host
}

function parseUnix(input: string, scheme: 'unix' | 'unix-dgram', rest: string): UnixAddress {
  const path = rest.startsWith('//') ? rest.slice(2) : rest
  if (path === '') throw fail('ADDRESS_INVALID', { input, reason: 'the path is empty' })
  if (path.includes('\0')) throw fail('ADDRESS_INVALID', { input, reason: 'the path contains a NUL character' })
  const sizeBytes = Buffer.byteLength(path)
  if (sizeBytes > unixPathBytes) {
    throw fail('ADDRESS_INVALID', {
      input,
      reason: `the path is ${sizeBytes} bytes long; a Unix socket allows ${unixPathBytes}`,
    })
  }
  return { scheme, path }
}

/** The text form; `parseAddress` gives the same address back. */
export function formatAddress(address: Address): string {
  if (!isInternet(address)) {
    // Two slashes in front would be taken for those of `unix://PATH`.
    return `${address.scheme}:${address.path.startsWith('//') ? '//' : ''}${address.path}`
  }
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return `${address.scheme}://${host}:${address.port}${address.path ?? ''}`
}

export function isInternet(address: Address): address is InternetAddress {
  return address.scheme === 'udp' || address.scheme === 'tcp' || address.scheme === 'ws'
}

/** The address of the sockets below: of a WebSocket address that of TCP, without its path; others are their own. */
export function socketAddress(address: Address): Address {
  return address.scheme === 'ws' ? { scheme: 'tcp', host: address.host, port: address.port } : address
}

export function isDatagram(address: Address): boolean {
  return address.scheme === 'udp' || address.scheme === 'unix-dgram'
}

/** True for 127.0.0.0/8, ::1, IPv4-mapped loopback, and Unix sockets: traffic that never leaves the machine. */
export function isLoopback(address: Address): boolean {
  return !isInternet(address) || /^(::ffff:)?127\.|^::1$/.test(address.host)
}

/** True for 0.0.0.0 and :: (every interface). */
export function isWildcard(address: Address): boolean {
  return isInternet(address) && (address.host === '0.0.0.0' || address.host === '::')
}

/** `::ffff:10.0.0.1` is the IPv4 peer 10.0.0.1 of a dual-stack socket. */
export function withoutMapping(host: string): string {
  return host.startsWith('::ffff:') && host.includes('.') ? host.slice(7) : host
}

/** Replaces a host name by its first address; throws NAME_NOT_FOUND. Numeric addresses pass unchanged. */
export async function resolveAddress(address: Address): Promise<Address> {
  if (!isInternet(address) || isIP(address.host.replace(/%.*$/, '')) !== 0) return address
  try {
    const found = await lookup(address.host, { verbatim: true })
    return { ...address, host: found.address }
  } catch (cause) {
    throw fail('NAME_NOT_FOUND', { name: address.host }, { cause })
  }
}
