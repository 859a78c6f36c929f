/** Opens the zone file that a command is given. */
import { readFileSync } from 'node:fs'

import { fail } from '../../core/index.ts'
import { parseZone, type ZoneRecords } from '../../services/dns/index.ts'

/** More is no zone file but a mistake; 10,000,000 names have less. */
const problemsLimit = 1000

/**
 * Reads the file, or stdin for `-`, with what it includes. Throws ZONE_INVALID, OPTION_INVALID where there is no such file, and
 * DNS_NAME_INVALID for an origin that is none.
 */
export function openZone(path: string, origin: string | undefined): ZoneRecords {
  return parseZone(readBytes(path), {
    file: path === '-' ? 'stdin' : path,
    include: (included) => readFileSync(included),
    problemsLimit,
    ...(origin === undefined ? {} : { origin: absolute(origin) }),
  })
}

/** On the command line nobody means a name without its dot to be relative. */
export function absolute(name: string): string {
  return name.endsWith('.') ? name : `${name}.`
}

function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path === '-' ? 0 : path)
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw fail('OPTION_INVALID', {
      option: 'ZONE',
      rule: `a file that can be read (${code})`,
      got: JSON.stringify(path),
    })
  }
}
