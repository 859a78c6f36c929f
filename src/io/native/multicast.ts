/**
 * Joins multicast groups on every chosen interface. A join without an interface would join just one
 * of them, and which one is up to the routing table.
 */
import { networkInterfaces } from 'node:os'

import type { Native } from '../../native/index.ts'
import type { Address } from '../address.ts'
import { checkStatus } from '../system-error.ts'
import type { MulticastGroup } from '../types.ts'
import { familyOf, toRecord } from './record.ts'

export function joinGroups(native: Native, fd: number, group: MulticastGroup, address: Address): void {
  const groupAddress: Address = { scheme: 'udp', host: group.group, port: 0 }
  const family = familyOf(groupAddress)
  const record = toRecord(native, groupAddress)
  for (const name of group.interfaces ?? interfacesOf(family === 6 ? 'IPv6' : 'IPv4')) {
    const call = { syscall: `join ${group.group} on ${name}`, address }
    const index = checkStatus(native.interfaceIndex(name), call)
    checkStatus(native.joinGroup(fd, record, index, 0), call)
    // The last one named is where our own multicast leaves from.
    checkStatus(native.multicastInterface(fd, family === 6 ? 6 : 4, index), call)
  }
}

/** Names of the interfaces that have an address of the family. */
export function interfacesOf(family: 'IPv4' | 'IPv6'): string[] {
  return Object.entries(networkInterfaces())
    .filter(([, addresses]) => addresses?.some((address) => address.family === family))
    .map(([name]) => name)
}
