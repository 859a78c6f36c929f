/** Loads the zones of a service, in the one place that owns them. */
import { readFileSync } from 'node:fs'

import { fail } from '../../../core/index.ts'
import { Zone } from '../zone/zone.ts'
import { exampleOrigin, exampleZone } from './example-zone.ts'
import type { DnsOptions } from './options.ts'

/** The zones of the options. Throws ZONE_INVALID, for a file that cannot be read too. */
export function loadZones({ zones }: DnsOptions): Zone[] {
  if (zones === undefined) return [Zone.parse(exampleZone, { origin: exampleOrigin, file: 'example' })]
  return zones.map((zone) => {
    const { file, origin } = typeof zone === 'string' ? { file: zone, origin: undefined } : zone
    return Zone.parse(readZone(file), {
      file,
      include: (included) => readFileSync(included),
      ...(origin === undefined ? {} : { origin }),
    })
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
