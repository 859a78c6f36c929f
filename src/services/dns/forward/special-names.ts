/**
 * Names that no server need be asked for: `localhost` is this machine (RFC 6761 6.3), and below `invalid` and `onion` there is nothing in DNS
 * (RFC 6761 6.4, RFC 7686 2), which nobody outside need learn.
 */
import { dnsClass, rcode } from '../wire/codes.ts'
import { parseName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import type { KeptAnswer } from './entry.ts'
import { localTtl } from './hosts.ts'
import { localAnswer } from './kept-answer.ts'

const [localhost, invalid, onion] = ['localhost.', 'invalid.', 'onion.'].map((text) => {
  return new HashedName().takeName(parseName(text)).hashFrom(0)
})
const tops = new Map([
  [localhost, 'localhost'],
  [invalid, 'invalid'],
  [onion, 'onion'],
])

/** undefined for all other names. */
export function specialAnswer(name: HashedName, type: number): KeptAnswer | undefined {
  const top = tops.get(name.hashFrom(name.count - 1))
  if (top === undefined || !isTop(name, top)) return undefined
  const owner = name.nameFrom(0)
  const question = { name: owner, type, class: dnsClass.IN }
  if (top !== 'localhost') return localAnswer(question, rcode.NXDOMAIN, [], localTtl, undefined)
  const data = type === dnsType.A ? Uint8Array.of(127, 0, 0, 1) : type === dnsType.AAAA ? loopback : undefined
  const records: ResourceRecord[] =
    data === undefined ? [] : [{ name: owner, type, class: dnsClass.IN, ttl: localTtl, data }]
  return localAnswer(question, rcode.NOERROR, records, localTtl, undefined)
}

/** `::1` */
const loopback = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)

function isTop(name: HashedName, top: string): boolean {
  const start = name.startFrom(name.count - 1)
  if (name.length - start !== top.length + 2) return false
  for (let at = 0; at < top.length; at++) if (name.lower[start + 1 + at] !== top.charCodeAt(at)) return false
  return true
}
