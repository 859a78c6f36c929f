/** Loads the zones of a service, in the one place that owns them. */
import { readFileSync } from 'node:fs'

import { Zone } from '../zone/zone.ts'
import { exampleOrigin, exampleZone } from './example-zone.ts'
import type { DnsOptions } from './options.ts'

/** The zones of the options. Throws ZONE_INVALID, and what reading a file throws. */
export function loadZones({ zones }: DnsOptions): Zone[] {
  if (zones === undefined) return [Zone.parse(exampleZone, { origin: exampleOrigin, file: 'example' })]
  return zones.map((zone) => {
    const { file, origin } = typeof zone === 'string' ? { file: zone, origin: undefined } : zone
    return Zone.parse(readFileSync(file), {
      file,
      include: (included) => readFileSync(included),
      ...(origin === undefined ? {} : { origin }),
    })
  })
}
