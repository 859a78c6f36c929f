/** `lanework dns format ZONE`: the zone in canonical order, a record a line. */
import { once } from 'node:events'

import {
  className,
  compareRecords,
  formatData,
  formatName,
  typeName,
  zoneLines,
  type ZoneRecords,
} from '../../services/dns/index.ts'
import type { OutputOptions } from '../output.ts'
import { openZone } from './zone-input.ts'

export interface FormatFlags extends OutputOptions {
  readonly origin?: string
  readonly relative?: boolean
}

/** Written together, as a write a line would be slow. */
const pieceCharacters = 65_536

export async function formatCommand(path: string, flags: FormatFlags): Promise<void> {
  const zone = openZone(path, flags.origin)
  const lines = flags.json === true ? jsonLines(zone) : zoneLines(zone.records, flags.relative === true ? zone : {})
  let piece = ''
  for (const line of lines) {
    piece += line
    if (piece.length < pieceCharacters) continue
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
    piece = ''
  }
  process.stdout.write(piece)
}

function* jsonLines({ records }: ZoneRecords): Generator<string, void> {
  for (const record of records.toSorted(compareRecords)) {
    yield `${JSON.stringify({
      name: formatName(record.name),
      ttl: record.ttl,
      class: className(record.class),
      type: typeName(record.type),
      data: formatData(record),
    })}\n`
  }
}
