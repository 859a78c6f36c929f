/** Whether a handshake is accepted (RFC 6455, section 4.2): path, origin, sub-protocol. Pure. */
import { isIP } from 'node:net'

import type { Origins } from './types.ts'

export interface Handshake {
  /** Of the request's target, without its query. */
  readonly path: string
  readonly host: string | undefined
  readonly origin: string | undefined
}

export interface HandshakeRules {
  readonly path: string
  readonly origins: Origins | undefined
  /** Nobody but this machine can reach the listener. */
  readonly isLoopback: boolean
}

/** Undefined when it is accepted, else the status and why not. */
export function refuseHandshake(
  { path, host, origin }: Handshake,
  rules: HandshakeRules,
): { status: number; reason: string } | undefined {
  if (path !== rules.path) return { status: 404, reason: `there is no WebSocket at ${JSON.stringify(path)}` }
  // Programs that are no browsers send none, and could send any.
  if (origin === undefined || rules.origins === '*') return undefined
  const isAllowed =
    rules.origins === undefined
      ? isSameHost(origin, host) && (!rules.isLoopback || isOwnName(host))
      : rules.origins.includes(origin)
  return isAllowed ? undefined : { status: 403, reason: `pages of ${JSON.stringify(origin)} may not connect` }
}

/** Host and port of the page are those that it connects to; the scheme may differ, as a proxy in between may add TLS. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined) return false
  try {
    const page = new URL(origin)
    return page.host === new URL(`${page.protocol}//${host}`).host
  } catch {
    return false
  }
}

/**
 * Under names that only this machine has. Any other name that leads here is one that somebody made lead here, so that pages of his
 * own reach what listens on loopback (DNS rebinding).
 */
export function isOwnName(host: string | undefined): boolean {
  try {
    const { hostname } = new URL(`http://${host}`)
    return isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost' || hostname.endsWith('.localhost')
  } catch {
    return false
  }
}

/** The first of ours that the client offers. */
export function chooseProtocol(offered: ReadonlySet<string>, ours: readonly string[]): string | undefined {
  return ours.find((protocol) => offered.has(protocol))
}
