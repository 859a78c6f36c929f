/** The limits of a server: defaults, then the service's own, then those given to `serve`. */
import { readFileSync } from 'node:fs'

import { checkInteger, checkKnownKeys } from '../core/index.ts'
import type { Limits } from './types.ts'

/** Descriptors kept back for files, pipes and the process itself. */
const reservedDescriptors = 64

export const defaultLimits: Limits = {
  connections: 10_000,
  connectionsPerAddress: 256,
  frameBytes: 65_536,
  idleMs: 60_000,
  frameMs: 30_000,
  queueBytes: 1_048_576,
  inFlight: 1_024,
}

const highest: Record<keyof Limits, number> = {
  connections: 1_000_000,
  connectionsPerAddress: 1_000_000,
  frameBytes: 1_073_741_824,
  idleMs: 2 ** 31 - 1,
  frameMs: 2 ** 31 - 1,
  queueBytes: 2 ** 40,
  inFlight: 1_000_000,
}

/** The limits in force; a wrong or unknown one is OPTION_INVALID. */
export function resolveLimits(service: Partial<Limits> = {}, given: Partial<Limits> = {}): Limits {
  checkKnownKeys('limits', service, Object.keys(highest))
  checkKnownKeys('limits', given, Object.keys(highest))
  const limits = { ...defaultLimits, ...service, ...given }
  for (const [name, most] of Object.entries(highest)) {
    const mayBeZero = name === 'idleMs' || name === 'frameMs'
    checkInteger(`limits.${name}`, limits[name as keyof Limits], mayBeZero ? 0 : 1, most)
  }
  const descriptors = descriptorLimit()
  if (given.connections !== undefined || descriptors === undefined) return limits
  return { ...limits, connections: Math.max(1, Math.min(limits.connections, descriptors - reservedDescriptors)) }
}

/** The soft limit on open descriptors (`ulimit -n`); undefined where the system does not tell. */
export function descriptorLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))
    return line === null ? undefined : Number(line[1])
  } catch {
    return undefined
  }
}
