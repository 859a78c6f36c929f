/** Names and addresses of hosts files, asked as DNS is asked: A, AAAA, and PTR for each address's first name. */
import { dnsClass, rcode } from '../wire/codes.ts'
import { formatName, lowerName, type Name } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { reverseOf } from '../client/reverse-name.ts'
import type { HashedName } from '../zone/name-hash.ts'
import type { KeptAnswer } from './entry.ts'
import { localAnswer } from './kept-answer.ts'
import type { HostLine } from './list-lines.ts'

/** TTL of what files say, in seconds: they may change. */
export const localTtl = 60

interface Host {
  readonly ipv4: Uint8Array[]
  readonly ipv6: Uint8Array[]
  pointer: Name | undefined
}

export class Hosts {
  readonly #byName = new Map<string, Host>()

  constructor(lines: Iterable<HostLine>) {
    for (const { address, names } of lines) {
      for (const name of names) {
        const host = this.#hostOf(name)
        const addresses = address.length === 4 ? host.ipv4 : host.ipv6
        if (!addresses.some((each) => Buffer.compare(each, address) === 0)) addresses.push(address)
      }
      const pointing = this.#hostOf(reverseOf(address))
      pointing.pointer ??= names[0]
    }
  }

  get count(): number {
    return this.#byName.size
  }

  /** undefined for a name that is not there, and for other types than those that files tell. */
  answer(name: HashedName, type: number): KeptAnswer | undefined {
    if (type !== dnsType.A && type !== dnsType.AAAA && type !== dnsType.PTR) return undefined
    const host = this.#byName.get(formatName(name.nameFrom(0)))
    if (host === undefined || (type === dnsType.PTR) !== (host.pointer !== undefined)) return undefined
    const owner = name.nameFrom(0)
    const data = type === dnsType.PTR ? [host.pointer!] : type === dnsType.A ? host.ipv4 : host.ipv6
    const records = data.map((each): ResourceRecord => ({
      name: owner,
      type,
      class: dnsClass.IN,
      ttl: localTtl,
      data: each,
    }))
    return localAnswer({ name: owner, type, class: dnsClass.IN }, rcode.NOERROR, records, localTtl, undefined)
  }

  #hostOf(name: Name): Host {
    const key = formatName(lowerName(name))
    let host = this.#byName.get(key)
    if (host === undefined) this.#byName.set(key, (host = { ipv4: [], ipv6: [], pointer: undefined }))
    return host
  }
}
