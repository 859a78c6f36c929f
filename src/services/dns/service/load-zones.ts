/** Loads the zones of a service, in the one place that owns them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { fail } from '../../../core/index.ts'
import { hasPrimaries } from '../transfer/options.ts'
import { Zone } from '../zone/zone.ts'
import { exampleOrigin, exampleZone } from './example-zone.ts'
import type { DnsOptions } from './options.ts'

/** The zones of the options. Throws ZONE_INVALID, for a file that cannot be read too. */
export function loadZones(
  { zones, transfer }: DnsOptions,
  admit: (zone: Zone, file: string, digest: string) => Zone,
): Zone[] {
  // A server of secondaries alone needs no example.
  if (zones === undefined && hasPrimaries(transfer)) return []
  if (zones === undefined) return [Zone.parse(exampleZone, { origin: exampleOrigin, file: 'example' })]
  return zones.map((zone) => {
    const { file, origin } = typeof zone === 'string' ? { file: zone, origin: undefined } : zone
    const text = readZone(file)
    const digest = createHash('sha256').update(text)
    const parsed = Zone.parse(text, {
      file,
      include: (included) => {
        const bytes = readFileSync(included)
        digest.update(bytes)
        return bytes
      },
      ...(origin === undefined ? {} : { origin }),
    })
    return admit(parsed, file, digest.digest('hex'))
  })
}

function readZone(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    const reason = `the file cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`
    const one = { file, line: 1, column: 1, reason }
    throw fail('ZONE_INVALID', { ...one, others: [] }, { cause })
  }
}
