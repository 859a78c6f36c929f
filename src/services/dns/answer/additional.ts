/** Names whose addresses go along with a set: of name servers, mail exchanges and services. */
import type { Name } from '../wire/name.ts'
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

/** The hosts that the records name; views. */
export function* additionalNames(type: number, records: readonly Uint8Array[]): Generator<Name, void> {
  const start = hostAt.get(type)
  if (start === undefined) return
  for (const data of records) {
    let end = start
    while (data[end]! > 0) end += 1 + data[end]!
    yield data.subarray(start, end + 1)
  }
}
