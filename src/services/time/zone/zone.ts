/**
 * Zones by name: `UTC`, an offset, a file of the system's time zone database, a POSIX rule, and where the system has no
 * database, Node's own data. Zones are kept, the last 512 of them.
 */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'

import { fail, nearestName } from '../../../core/index.ts'
import { Recent } from '../recent.ts'
import { FixedZone, parseOffset, RuleZone } from './fixed.ts'
import { intlZoneOf } from './intl-zone.ts'
import { parsePosixRule } from './posix-rule.ts'
import { parseTzif, TzifZone } from './tzif.ts'
import type { Zone } from './types.ts'

/** Where systems keep the database; TZDIR comes first. */
const systemFolders = ['/usr/share/zoneinfo', '/usr/lib/zoneinfo', '/usr/share/lib/zoneinfo', '/etc/zoneinfo']
/** The largest files of the database have 4 KiB. */
const fileBytesLimit = 262_144
const nameLimit = 64

export interface ZoneOptions {
  /** Folders of compiled time zones, the first that has the zone counts. @default TZDIR, then where systems keep them */
  readonly folders?: readonly string[]
}

const kept = new Recent<Zone>(512)
const utc = new FixedZone('UTC', 0, 'UTC')

/**
 * A time zone by name: `Europe/Berlin`, `UTC`, an offset (`+05:30`) or a POSIX rule (`CET-1CEST,M3.5.0,M10.5.0/3`).
 * Names are those of the time zone database, upper and lower case as written there.
 *
 * Throws ZONE_UNKNOWN.
 *
 * @example
 * zoneOf('Europe/Berlin').at(1_782_000_000).abbreviation // 'CEST'
 */
export function zoneOf(name: string, options: ZoneOptions = {}): Zone {
  const { folders } = options
  const zone = folders === undefined ? knownZone(name) : findZone(name, folders)
  if (zone !== undefined) return zone
  const near = nearestName(name, Intl.supportedValuesOf('timeZone'))
  throw unknown(name, `the time zone database has no such name${near === undefined ? '' : ` (perhaps ${near}?)`}`)
}

/**
 * The same for names that strangers choose: undefined for one that is in no database, without looking what else was meant, which
 * takes longer than all the rest. Throws ZONE_UNKNOWN for what cannot be a name, and for a file that cannot be read.
 */
export function knownZone(name: string): Zone | undefined {
  const known = kept.get(name)
  if (known !== undefined) return known
  const own = process.env['TZDIR']
  const zone = findZone(name, own ? [own, ...systemFolders] : systemFolders)
  if (zone !== undefined) kept.set(name, zone)
  return zone
}

function findZone(name: string, folders: readonly string[]): Zone | undefined {
  if (typeof name !== 'string' || name === '' || name.length > nameLimit) {
    throw unknown(String(name).slice(0, nameLimit), `a name has 1 to ${nameLimit} characters`)
  }
  if (name === 'UTC') return utc
  const offset = parseOffset(name)
  if (offset !== undefined) return offset
  // No part begins with a dot or is empty, so no name leads out of the folder.
  if (/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(name)) {
    const file = fileZone(name, folders)
    if (file !== undefined) return file
  }
  const rule = parsePosixRule(name)
  if (rule !== undefined) return new RuleZone(name, rule)
  return intlZoneOf(name)
}

function fileZone(name: string, folders: readonly string[]): Zone | undefined {
  for (const folder of folders) {
    const bytes = readZoneFile(join(folder, name))
    if (bytes === undefined) continue
    const data = parseTzif(bytes)
    if (typeof data === 'string') throw unknown(name, data)
    return new TzifZone(name, data)
  }
  return undefined
}

/** The bytes of a regular file of sensible size, else undefined. */
function readZoneFile(path: string): Buffer | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, 'r')
  } catch {
    return undefined
  }
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile() || status.size > fileBytesLimit) return undefined
    const bytes = Buffer.alloc(status.size)
    return bytes.subarray(0, readSync(descriptor, bytes))
  } finally {
    closeSync(descriptor)
  }
}

let system: Zone | undefined

/**
 * The zone of this process, as it was when first asked for: the TZ variable, else /etc/localtime, else what Node says.
 * Where nothing of it can be read, UTC.
 */
export function systemZone(): Zone {
  return (system ??= findSystemZone(process.env['TZ']))
}

function findSystemZone(variable: string | undefined): Zone {
  const name = variable?.replace(/^:/, '')
  if (name === '') return utc
  try {
    if (name !== undefined) return zoneOf(name)
    const data = parseTzif(readFileSync('/etc/localtime'))
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone
    return typeof data === 'string' ? zoneOf(own) : new TzifZone(own, data)
  } catch {
    return zoneOrUtc(Intl.DateTimeFormat().resolvedOptions().timeZone)
  }
}

function zoneOrUtc(name: string): Zone {
  try {
    return zoneOf(name)
  } catch {
    return utc
  }
}

function unknown(zone: string, reason: string): Error {
  return fail('ZONE_UNKNOWN', { zone, reason })
}
