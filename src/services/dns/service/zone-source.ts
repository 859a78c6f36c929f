/**
 * A zone of a file: read, read again when the file or one that it includes has changed, and only then.
 *
 *   stamps of all files ─▶ the same? ─▶ nothing to do
 *                            │ other times: the same bytes? ─▶ nothing to do
 *                            └─▶ records, a few milliseconds' worth at a time ─▶ zone
 */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { fail } from '../../../core/index.ts'
import { zoneRecords } from '../text/zone-file.ts'
import { parseName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import { Zone } from '../zone/zone.ts'
import type { ZoneFile } from './options.ts'

/** How a file looked when it was read; all undefined for one that could not be. */
interface Stamp {
  readonly file: string
  /** Undefined also for a file that was written just now: it may change once more and have the same times. */
  readonly stat: string | undefined
  readonly digest: string | undefined
}

/** Times of files are as coarse as this, in milliseconds, on the coarsest file systems. */
const coarseMs = 2_000
/** Records are read for so long before others have their turn: whoever serves in this thread goes on. */
const sliceMs = 4

export class ZoneSource {
  readonly file: string
  readonly #origin: string | undefined
  #stamps: readonly Stamp[] = []
  #digest = ''

  constructor({ file, origin }: ZoneFile) {
    this.file = file
    this.#origin = origin
  }

  /** All that were read last time, what is included too. */
  get files(): readonly string[] {
    return this.#stamps.length === 0 ? [this.file] : this.#stamps.map(({ file }) => file)
  }

  /** SHA-256 over all bytes that were read last, hexadecimal. */
  get digest(): string {
    return this.#digest
  }

  /** True where a file has other bytes than when it was read. */
  hasChanged(): boolean {
    if (this.#stamps.length === 0) return true
    const now = this.#stamps.map((stamp) => looked(stamp))
    const isSame = now.every(({ digest }, at) => digest === this.#stamps[at]!.digest)
    if (isSame) this.#stamps = now
    return !isSame
  }

  /** Reads it. Rejects with ZONE_INVALID, for a file that cannot be read too; then it is not read again before it has changed. */
  async read(): Promise<Zone> {
    const stamps: Stamp[] = []
    const digest = createHash('sha256')
    const include = (file: string): Buffer => {
      const stat = statOf(file)
      let bytes: Buffer | undefined
      try {
        bytes = readFileSync(file)
        digest.update(bytes)
        return bytes
      } finally {
        stamps.push({ file, stat, digest: bytes && digestOf(bytes) })
      }
    }
    try {
      return await this.#build(readable(this.file, include), include)
    } finally {
      this.#stamps = stamps
      this.#digest = digest.digest('hex')
    }
  }

  async #build(text: Buffer, include: (file: string) => Buffer): Promise<Zone> {
    const origin = this.#origin === undefined ? {} : { origin: this.#origin }
    const waiting: ResourceRecord[] = []
    let builder: ZoneBuilder | undefined
    let sinceMs = performance.now()
    for (const record of zoneRecords(text, { file: this.file, include, ...origin })) {
      // Records before the SOA wait until the zone's name is known.
      if (builder === undefined && record.type === dnsType.SOA) {
        builder = new ZoneBuilder(record.name)
        for (const earlier of waiting) builder.add(earlier)
      }
      if (builder === undefined) waiting.push(record)
      else builder.add(record)
      if (performance.now() - sinceMs < sliceMs) continue
      await nextTurn()
      sinceMs = performance.now()
    }
    builder ??= new ZoneBuilder(parseName(this.#origin ?? '.'))
    return new Zone(builder.build())
  }
}

function readable(file: string, read: (file: string) => Buffer): Buffer {
  try {
    return read(file)
  } catch (cause) {
    const reason = `the file cannot be read (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`
    throw fail('ZONE_INVALID', { file, line: 1, column: 1, reason, others: [] }, { cause })
  }
}

/** The file now; read only where its times are others. */
function looked(stamp: Stamp): Stamp {
  const { file } = stamp
  const stat = statOf(file)
  if (stat === stamp.stat && stat !== undefined) return stamp
  try {
    return { file, stat, digest: digestOf(readFileSync(file)) }
  } catch {
    return { file, stat: undefined, digest: undefined }
  }
}

function statOf(file: string): string | undefined {
  try {
    const { ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true })
    return Date.now() - Number(ctimeMs) < coarseMs ? undefined : `${ino} ${size} ${mtimeNs} ${ctimeNs}`
  } catch {
    return undefined
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64')
}
