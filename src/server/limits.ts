/** The limits of a server: defaults, then the service's own, then those given to `serve`. */
import { readFileSync } from 'node:fs'

import { checkInteger, checkKnownKeys, checkNumber } from '../core/index.ts'
import type { Limits } from './types.ts'

/** Descriptors kept back for files, pipes and the process itself. */
const reservedDescriptors = 64

export const defaultLimits: Limits = {
  connections: 10_000,
  connectionsPerAddress: 256,
  frameBytes: 65_536,
  idleMs: 60_000,
  handshakeMs: 0,
  frameMs: 30_000,
  frameBytesPerSecond: 0,
  queueBytes: 1_048_576,
  inFlight: 1_024,
  messagesPerSecond: 0,
  messageBurst: 0,
  messagesPerWindow: 0,
  windowMs: 1_000,
  replyFactor: 10,
  shedLagMs: 0,
  shedMemoryBytes: 0,
}

const highest: Record<keyof Limits, number> = {
  connections: 1_000_000,
  connectionsPerAddress: 1_000_000,
  frameBytes: 1_073_741_824,
  idleMs: 2 ** 31 - 1,
  handshakeMs: 2 ** 31 - 1,
  frameMs: 2 ** 31 - 1,
  frameBytesPerSecond: 2 ** 40,
  queueBytes: 2 ** 40,
  inFlight: 1_000_000,
  messagesPerSecond: 1_000_000,
  messageBurst: 1_000_000,
  messagesPerWindow: 1_000_000,
  windowMs: 2 ** 31 - 1,
  replyFactor: 1_000_000,
  shedLagMs: 2 ** 31 - 1,
  shedMemoryBytes: 2 ** 50,
}

const least: Partial<Record<keyof Limits, number>> = {
  connections: 1,
  connectionsPerAddress: 1,
  frameBytes: 1,
  queueBytes: 1,
  inFlight: 1,
  windowMs: 1,
}

/** The limits in force; a wrong or unknown one is OPTION_INVALID. */
export function resolveLimits(service: Partial<Limits> = {}, given: Partial<Limits> = {}): Limits {
  checkKnownKeys('limits', service, Object.keys(highest))
  checkKnownKeys('limits', given, Object.keys(highest))
  const limits = { ...defaultLimits, ...service, ...given }
  for (const [name, most] of Object.entries(highest)) {
    const key = name as keyof Limits
    if (key === 'messagesPerSecond') checkRate(limits[key], most)
    else checkInteger(`limits.${name}`, limits[key], least[key] ?? 0, most)
  }
  const descriptors = descriptorLimit()
  if (given.connections !== undefined || descriptors === undefined) return limits
  return { ...limits, connections: Math.max(1, Math.min(limits.connections, descriptors - reservedDescriptors)) }
}

/** A rate may be a fraction, a message in some seconds; the burst then is one message unless given. */
function checkRate(ratePerSecond: number, most: number): void {
  if (ratePerSecond !== 0) checkNumber('limits.messagesPerSecond', ratePerSecond, 0.001, most)
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
