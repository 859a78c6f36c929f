/** Names whose addresses go along with a set: of name servers, mail exchanges and services. */
import { dnsType } from '../wire/types.ts'

/** Where in the data the host's name begins (RFC 1035 3.3, RFC 2782, RFC 9460 4.1). */
const hostAt: ReadonlyMap<number, number> = new Map([
  [dnsType.NS, 0],
  [dnsType.MX, 2],
  [dnsType.SRV, 6],
  [dnsType.SVCB, 2],
  [dnsType.HTTPS, 2],
])

/** True for types whose records name hosts. */
export function hasHosts(type: number): boolean {
  return hostAt.has(type)
}

/** Where the host's name begins in data of the type; below 0 where there is none. */
export function hostOffset(type: number): number {
  return hostAt.get(type) ?? -1
}
