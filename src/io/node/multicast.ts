/** Joins multicast groups with `node:dgram`, on every chosen interface. */
import type { Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'

import { fromNodeError, systemError } from '../system-error.ts'
import type { MulticastGroup } from '../types.ts'

export function joinGroups(socket: Socket, group: MulticastGroup): void {
  const family = group.group.includes(':') ? 'IPv6' : 'IPv4'
  const present = networkInterfaces()
  for (const name of group.interfaces ?? Object.keys(present)) {
    const addresses = present[name]
    if (addresses === undefined)
      throw systemError('ENODEV', { syscall: `join ${group.group} on ${name}`, address: group.group })
    const address = addresses.find((candidate) => candidate.family === family)
    if (address === undefined) continue
    // Node names an IPv4 interface by one of its addresses, an IPv6 one by its scope.
    const interfaceName = family === 'IPv6' ? `::%${name}` : address.address
    try {
      socket.addMembership(group.group, interfaceName)
      socket.setMulticastInterface(interfaceName)
    } catch (error) {
      throw fromNodeError(error, { syscall: `join ${group.group} on ${name}`, address: group.group })
    }
  }
}
