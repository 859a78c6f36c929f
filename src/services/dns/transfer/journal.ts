/**
 * The journal of one zone: a file that is only appended to, so that what was acknowledged outlives a crash at any moment.
 *
 *   change ─▶ appended ─▶ fsync ─▶ acknowledged        too long: the whole zone beside it ─▶ fsync ─▶ renamed into its place
 *
 * After a failed write nobody knows what the disk holds. So what was not acknowledged is cut off, and the next change first
 * writes the whole file anew: where even that fails, the change is refused, and the zone stays as it was.
 */
import { fail } from '../../../core/index.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { Zone } from '../zone/zone.ts'
import {
  encodeEntry,
  entryBytesLimit,
  entryKind,
  EntryReader,
  journalMagic,
  type EntryKind,
} from './journal-entries.ts'
import { diskFiles, type JournalFiles, writeAll } from './journal-files.ts'
import {
  decodeChange,
  decodeRecords,
  encodeChange,
  encodeRecords,
  recordBytes,
  type ZoneChange,
} from './zone-change.ts'
import { ZoneEdit } from './zone-edit.ts'

/** What a journal holds of a zone. */
export interface StoredZone {
  readonly zone: Zone
  /** The changes that led there, the oldest first, without gaps. */
  readonly changes: readonly ZoneChange[]
  /** Of the zone file that it came from; empty for none. */
  readonly digest: string
  /** When the primary was last asked with success, in milliseconds since 1970. */
  readonly seenMs: number | undefined
}

/** What is to be written; the changes lead to the zone. */
export type ZoneToStore = StoredZone

const pieceBytes = 1024 * 1024
/** Of a SHA-256, in hexadecimal. */
export const digestBytes = 64

export class Journal {
  readonly path: string
  readonly #files: JournalFiles
  #file: number | undefined
  /** Up to here the file is whole, and known to be on the disk. */
  #goodBytes = 0
  #baseBytes = 0
  /** A write failed: nothing may be appended. */
  #broken = true

  constructor(path: string, files: JournalFiles = diskFiles) {
    this.path = path
    this.#files = files
  }

  /** True where the changes have grown beyond what the whole zone takes, and 1 MiB. */
  get isLong(): boolean {
    return this.#goodBytes - this.#baseBytes > Math.max(pieceBytes, this.#baseBytes)
  }

  /**
   * What the file holds; undefined where there is none, or an empty one. Throws SYSTEM_ERROR where it cannot be read, and ZONE_INVALID
   * for what no crash leaves: another file, less than a whole zone, an entry that was changed, entries that do not fit each other. It is
   * left alone then.
   */
  read(): StoredZone | undefined {
    const files = this.#files
    const file = this.#try(() => files.open(this.path, 'read'))
    if (file === undefined) {
      this.#broken = true
      return undefined
    }
    try {
      const sizeBytes = files.sizeOf(file)
      const entries = new EntryReader(this.path, sizeBytes, (into, at) => files.read(file, into, at))
      const found = entries.begins() ? this.#replay(entries) : undefined
      // What stands here was renamed into its place once it was whole: no crash leaves less than that.
      if (found === undefined && sizeBytes > 0) throw entries.refuse('it is no journal with a whole zone')
      this.#goodBytes = entries.wholeBytes
      this.#broken = found === undefined
      return found
    } catch (error) {
      throw this.#failed(error)
    } finally {
      files.close(file)
    }
  }

  #replay(entries: EntryReader): StoredZone | undefined {
    const changes: ZoneChange[] = []
    const records: ResourceRecord[] = []
    let edit: ZoneEdit | undefined
    let [digest, seenMs]: [string, number | undefined] = ['', undefined]
    for (let entry = entries.next(); entry !== undefined; entry = entries.next()) {
      const { kind, body } = entry
      if (kind === entryKind.history) changes.push(decodeChange(body))
      else if (kind === entryKind.base) for (const record of decodeRecords(body)) records.push(record)
      else if (kind === entryKind.based) {
        edit = new ZoneEdit(Zone.fromRecords(records.splice(0)))
        digest = textOf(body)
        this.#baseBytes = entries.wholeBytes
      } else if (kind === entryKind.seen) seenMs = Number(textOf(body))
      else if (edit !== undefined) {
        if (kind === entryKind.filed) digest = textOf(body.subarray(0, digestBytes))
        const change = decodeChange(kind === entryKind.filed ? body.subarray(digestBytes) : body)
        edit.apply(change)
        if (change.from !== change.to) changes.push(change)
      }
    }
    if (edit === undefined) return undefined
    const zone = edit.change() === undefined ? edit.base : edit.zone()
    return { zone, changes, digest, seenMs }
  }

  /** Appends changes; they are on the disk when this returns. Throws SYSTEM_ERROR, and then they are not there. */
  append(changes: readonly ZoneChange[], seenMs: number | undefined, after: () => ZoneToStore): void {
    const entries = changes.map((change) => encodeEntry(entryKind.change, encodeChange(change)))
    if (seenMs !== undefined) entries.push(seenEntry(seenMs))
    this.#put(Buffer.concat(entries), after)
  }

  /** Appends a change that a zone file brought, with the file's digest. */
  appendFiled(change: ZoneChange, digest: string, after: () => ZoneToStore): void {
    const body = Buffer.concat([Buffer.from(digest, 'latin1'), encodeChange(change)])
    this.#put(encodeEntry(entryKind.filed, body), after)
  }

  /** Notes when the primary was asked with success; a crash may lose it, and then the zone expires earlier. */
  note(seenMs: number): void {
    if (this.#broken) return
    try {
      const entry = seenEntry(seenMs)
      writeAll(this.#files, this.#opened(), entry)
      this.#goodBytes += entry.length
    } catch {
      this.#breakOff()
    }
  }

  /** Writes the whole zone anew, with the changes that are kept for IXFR. Throws SYSTEM_ERROR, and then the old file counts. */
  rewrite({ zone, changes, digest, seenMs }: ZoneToStore): void {
    const files = this.#files
    const beside = `${this.path}.new`
    let file: number | undefined
    let isRenaming = false
    try {
      file = files.open(beside, 'write')!
      let size = journalMagic.length
      writeAll(files, file, journalMagic)
      const put = (kind: EntryKind, body: Uint8Array): void => putEntry(encodeEntry(kind, body))
      const putEntry = (entry: Uint8Array): void => {
        writeAll(files, file!, entry)
        size += entry.length
      }
      for (const change of storable(changes)) put(entryKind.history, change)
      for (const piece of piecesOf(zone)) put(entryKind.base, piece)
      put(entryKind.based, new TextEncoder().encode(digest))
      if (seenMs !== undefined) putEntry(seenEntry(seenMs))
      files.sync(file)
      files.close(file)
      file = undefined
      isRenaming = true
      files.rename(beside, this.path)
      this.close()
      this.#goodBytes = this.#baseBytes = size
      this.#broken = false
    } catch (error) {
      this.#quietly(() => file !== undefined && files.close(file))
      this.#quietly(() => files.remove(beside))
      // Which of the two is in place nobody knows: nothing is appended to what may be the one that has gone.
      if (isRenaming) {
        this.close()
        this.#broken = true
      }
      throw this.#failed(error)
    }
  }

  close(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) this.#quietly(() => this.#files.close(file))
  }

  #put(entry: Uint8Array, after: () => ZoneToStore): void {
    if (this.#broken || entry.length > entryBytesLimit) return this.rewrite(after())
    try {
      const file = this.#opened()
      writeAll(this.#files, file, entry)
      this.#files.sync(file)
      this.#goodBytes += entry.length
    } catch (error) {
      this.#breakOff()
      throw this.#failed(error)
    }
  }

  /** Open for appending, and without what a crash left behind the last whole entry. */
  #opened(): number {
    if (this.#file !== undefined) return this.#file
    const file = this.#files.open(this.path, 'append')!
    this.#file = file
    const size = this.#files.sizeOf(file)
    // Somebody took the file away, or cut it: the next change writes it anew.
    if (size < this.#goodBytes) throw Object.assign(new Error('the journal is cut'), { syscall: 'open', code: 'EIO' })
    if (size > this.#goodBytes) this.#files.truncate(file, this.#goodBytes)
    return file
  }

  #breakOff(): void {
    const file = this.#file
    if (file !== undefined) this.#quietly(() => this.#files.truncate(file, this.#goodBytes))
    this.close()
    this.#broken = true
  }

  #try<Value>(call: () => Value): Value {
    try {
      return call()
    } catch (error) {
      throw this.#failed(error)
    }
  }

  #quietly(call: () => unknown): void {
    try {
      call()
    } catch {
      // What matters has failed already, and is told.
    }
  }

  #failed(error: unknown): unknown {
    const { syscall, code } = error as NodeJS.ErrnoException
    if (syscall === undefined || code === undefined) return error
    return fail('SYSTEM_ERROR', { syscall, errno: code, address: this.path }, { cause: error })
  }
}

/** The newest changes as bytes, back to one that is too long for an entry. */
function storable(changes: readonly ZoneChange[]): Uint8Array[] {
  const bytes = changes.map(encodeChange)
  return bytes.slice(bytes.findLastIndex(({ length }) => length > entryBytesLimit) + 1)
}

function seenEntry(seenMs: number): Uint8Array {
  return encodeEntry(entryKind.seen, new TextEncoder().encode(String(Math.floor(seenMs))))
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

/** The records of a zone, a piece at a time. */
function* piecesOf(zone: Zone): Generator<Uint8Array, void> {
  let [records, size]: [ResourceRecord[], number] = [[], 0]
  for (const record of zone.records()) {
    if (size > pieceBytes) {
      yield encodeRecords(records, size)
      ;[records, size] = [[], 0]
    }
    records.push(record)
    size += recordBytes(record)
  }
  yield encodeRecords(records, size)
}
