/** Which features this process has: the native table or Node's, so that the same file runs with both. */
import { networkInterfaces, release } from 'node:os'
import { capabilities, systemNetwork } from '#lanework/io/index.js'

export const isNative = systemNetwork().kind === 'native'

/** True when the feature works here, be it with a difference. */
export function can(id: string): boolean {
  const row = capabilities.find((capability) => capability.id === id)
  if (row === undefined) throw new Error(`capabilities has no row ${id}`)
  return (isNative ? row.native : row.node) !== false
}

/** For node:test's `skip`: false when the feature works here, else the reason. */
export function unless(id: string): string | false {
  return can(id) ? false : `${id} is not possible without the addon`
}

export const hasIpv6: boolean = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some((address) => address.address === '::1'),
)

export const unlessIpv6: string | false = hasIpv6 ? false : 'this machine has no IPv6 loopback'
const [major = 0, minor = 0] = release().split('.').map(Number)
/** How a process ended is told to whoever holds its descriptor, and not to its parent alone. */
export const unlessEndsAreTold: string | false =
  isNative && (major > 6 || (major === 6 && minor >= 15)) ? false : 'it needs the addon, and Linux 6.15'
export const unlessRoot: string | false = process.getuid?.() === 0 ? false : 'only root may do this'
