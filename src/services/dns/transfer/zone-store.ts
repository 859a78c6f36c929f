/**
 * The zones of an owner, each with its version, the changes that led to it, and its journal where it has one.
 *
 *   replace: a whole zone (a file, a transfer) ─┐
 *   apply:   a change (an update, an IXFR)     ─┴─▶ journal ─▶ the zone here ─▶ (the owner publishes)
 *
 * What is returned has been written: after a crash at any moment the zone is there as before the call or as after it.
 */
import { fail, isLaneworkError } from '../../../core/index.ts'
import { FileLock } from '../../../process/index.ts'
import { formatName, lowerName, type Name } from '../wire/name.ts'
import type { Zone } from '../zone/zone.ts'
import { Journal, type ZoneToStore } from './journal.ts'
import { diskFiles, type JournalFiles } from './journal-files.ts'
import { isNewer } from './serial.ts'
import { changeBetween, recordBytes, type ZoneChange } from './zone-change.ts'
import { ZoneEdit } from './zone-edit.ts'

export interface ZoneStoreOptions {
  /** What journals are written with. @default the machine's disk */
  readonly files?: JournalFiles
  /** Changes kept for IXFR, for each zone; together they are no longer than it, or than 64 KiB. @default 10_000 */
  readonly historyChanges?: number
}

/** What came of a zone file beside a journal. */
export type FileVerdict =
  /** It is what the zone came from, or there is no journal. */
  | 'same'
  /** It was changed by hand, its serial raised: it counts. */
  | 'taken'
  /** It was changed by hand and its serial is not above the journal's: the journal counts. */
  | 'stale'
  /** It would count, and another server still writes the journal: what that holds is served, and the file is to be told again. */
  | 'waiting'

interface Held {
  zone: Zone | undefined
  changes: ZoneChange[]
  digest: string
  seenMs: number | undefined
  readonly journal: Journal | undefined
  readonly lock: FileLock | undefined
  locked: boolean
  /** The journal holds this zone: a zone file alone does not count any more. */
  stored: boolean
}

const usualHistory = 10_000
const leastHistoryBytes = 65_536
/** Another server writes the journal. */
const busy = 'EBUSY'

export class ZoneStore {
  readonly #held = new Map<string, Held>()
  readonly #files: JournalFiles
  readonly #historyChanges: number

  constructor({ files = diskFiles, historyChanges = usualHistory }: ZoneStoreOptions = {}) {
    this.#files = files
    this.#historyChanges = historyChanges
  }

  /**
   * Takes a zone in, with what its journal holds. Gives the zone; undefined where there is nothing yet. Throws SYSTEM_ERROR and
   * ZONE_INVALID for a journal that cannot be read.
   */
  open(origin: Name, journalPath?: string): Zone | undefined {
    const known = this.#held.get(keyFor(origin))
    if (known !== undefined) return known.zone
    const journal = journalPath === undefined ? undefined : new Journal(journalPath, this.#files)
    const lock = journalPath === undefined ? undefined : new FileLock(`${journalPath}.lock`)
    const held: Held = {
      zone: undefined,
      changes: [],
      digest: '',
      seenMs: undefined,
      journal,
      lock,
      locked: isTaken(lock),
      stored: false,
    }
    try {
      read(held)
    } catch (error) {
      // Who tries again, or another server, must find it free.
      if (held.locked) lock?.release()
      throw error
    }
    this.#held.set(keyFor(origin), held)
    return held.zone
  }

  get(origin: Name): Zone | undefined {
    return this.#held.get(keyFor(origin))?.zone
  }

  /** When the primary was last asked with success, in milliseconds since 1970. */
  seenMs(origin: Name): number | undefined {
    return this.#held.get(keyFor(origin))?.seenMs
  }

  zones(): Zone[] {
    return [...this.#held.values()].flatMap(({ zone }) => (zone === undefined ? [] : [zone]))
  }

  /** True while another server writes a journal of these zones. */
  get isWaiting(): boolean {
    return [...this.#held.values()].some(({ journal, locked }) => journal !== undefined && !locked)
  }

  /**
   * Takes over the journals that nobody writes any more, as they are now; true where that made another version of a zone. One that
   * cannot be read is told of, and tried again at the next call.
   */
  takeOver(onProblem: (problem: unknown) => void = () => {}): boolean {
    let isNew = false
    for (const held of this.#held.values()) {
      const { journal, lock } = held
      if (journal === undefined || held.locked || !isTaken(lock)) continue
      const before = held.zone?.serial
      try {
        readOwn(held)
      } catch (error) {
        onProblem(error)
      }
      isNew ||= held.zone?.serial !== before
    }
    return isNew
  }

  /** Puts a whole zone in the place of what there was; what leads from one to the other is kept for IXFR. Throws SYSTEM_ERROR. */
  replace(origin: Name, zone: Zone, seenMs?: number): void {
    const held = this.#held.get(keyFor(origin)) ?? this.#fresh(origin)
    own(held)
    const before = held.zone
    const isNext = before !== undefined && isNewer(zone.serial, before.serial)
    // Without a way from what others have to this, they fetch it whole.
    const changes = isNext ? this.#kept([...held.changes, changeBetween(before, zone)], zone) : []
    const next = { zone, changes, digest: '', seenMs: seenMs ?? held.seenMs }
    held.journal?.rewrite(next)
    Object.assign(held, next, { stored: true })
  }

  /**
   * Takes a zone file into account whose digest (SHA-256, hexadecimal) is known. With a journal the file counts only where it was
   * changed since, and its serial raised: what was acknowledged is not lost by a forgotten edit. Throws SYSTEM_ERROR.
   */
  file(origin: Name, zone: Zone, digest: string): FileVerdict {
    const held = this.#held.get(keyFor(origin)) ?? this.#fresh(origin)
    const before = held.zone
    if (before === undefined || held.journal === undefined || !held.stored) {
      this.#takeFile(held, zone, digest)
      return 'same'
    }
    if (held.digest === digest) return 'same'
    if (!isNewer(zone.serial, before.serial)) return 'stale'
    try {
      own(held)
    } catch (error) {
      if (isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === busy) return 'waiting'
      throw error
    }
    // Who had it may have written meanwhile.
    const current = held.zone ?? before
    if (!isNewer(zone.serial, current.serial)) return 'stale'
    const change = changeBetween(current, zone)
    const next = { zone, changes: this.#kept([...held.changes, change], zone), digest, seenMs: undefined }
    held.journal.appendFiled(change, digest, () => next)
    Object.assign(held, next)
    return 'taken'
  }

  /** A file of a zone without a journal, or the first one: nothing is written until something changes. */
  #takeFile(held: Held, zone: Zone, digest: string): void {
    const before = held.zone
    if (before !== undefined && held.digest === digest) return
    const isNext = before !== undefined && isNewer(zone.serial, before.serial)
    // Other data of the same serial: what others have under it nobody knows.
    held.changes = isNext ? this.#kept([...held.changes, changeBetween(before, zone)], zone) : []
    held.zone = zone
    held.digest = digest
  }

  /**
   * Makes a new version by changes, each of which leads to the next; `zone` is that version where the caller has it already. Gives
   * it. Throws SYSTEM_ERROR where it cannot be written and ZONE_INVALID where it does not fit; then nothing has changed.
   */
  apply(
    origin: Name,
    added: readonly ZoneChange[],
    { zone, seenMs }: { readonly zone?: Zone; readonly seenMs?: number } = {},
  ): Zone {
    const held = this.#held.get(keyFor(origin))
    if (held !== undefined) own(held)
    const from = added[0]?.from
    if (held?.zone === undefined || held.zone.serial !== from) {
      const reason = `there is no version ${from} of ${formatName(origin)} to change`
      throw fail('ZONE_INVALID', { file: 'change', line: 1, column: 1, reason, others: [] })
    }
    const after = zone ?? appliedTo(held.zone, added)
    const changes = this.#kept([...held.changes, ...added], after)
    const next: ZoneToStore = { zone: after, changes, digest: held.digest, seenMs: seenMs ?? held.seenMs }
    // The first change writes the zone that it is made to, too.
    held.journal?.append(added, seenMs, () => next)
    Object.assign(held, next, { stored: true })
    this.#shorten(held)
    return after
  }

  /** Notes that the primary has nothing newer. */
  note(origin: Name, seenMs: number): void {
    const held = this.#held.get(keyFor(origin))
    if (held === undefined) return
    held.seenMs = seenMs
    if (held.locked) held.journal?.note(seenMs)
  }

  /** The changes that lead from a version to the one here, the oldest first; undefined where they are not all known. */
  changes(origin: Name, fromSerial: number): readonly ZoneChange[] | undefined {
    const { zone, changes = [] } = this.#held.get(keyFor(origin)) ?? {}
    if (zone === undefined) return undefined
    if (zone.serial === fromSerial) return []
    const start = changes.findIndex(({ from }) => from === fromSerial)
    return start === -1 ? undefined : changes.slice(start)
  }

  close(): void {
    for (const held of this.#held.values()) release(held)
    this.#held.clear()
  }

  #fresh(origin: Name): Held {
    this.open(origin)
    return this.#held.get(keyFor(origin))!
  }

  #shorten(held: Held): void {
    const { journal, zone } = held
    if (journal?.isLong !== true || zone === undefined) return
    try {
      journal.rewrite({ zone, changes: held.changes, digest: held.digest, seenMs: held.seenMs })
    } catch (error) {
      // The long one is whole, and the next change tries again.
      if (!isLaneworkError(error, 'SYSTEM_ERROR')) throw error
    }
  }

  /** The newest changes, as long as together they are shorter than the zone itself: beyond that, IXFR is no gain. */
  #kept(changes: readonly ZoneChange[], zone: Zone): ZoneChange[] {
    const limitBytes = Math.max(leastHistoryBytes, zone.image.bytes.length)
    let [start, bytes] = [changes.length, 0]
    while (start > 0 && changes.length - start < this.#historyChanges) {
      bytes += sizeOf(changes[start - 1]!)
      if (bytes > limitBytes) break
      start--
    }
    return changes.slice(start)
  }
}

const sizes = new WeakMap<ZoneChange, number>()

/** Bytes of a change in a journal. */
function sizeOf(change: ZoneChange): number {
  let size = sizes.get(change)
  if (size === undefined) {
    size = [...change.removed, ...change.added].reduce((sum, record) => sum + recordBytes(record), 8)
    sizes.set(change, size)
  }
  return size
}

function appliedTo(zone: Zone, changes: readonly ZoneChange[]): Zone {
  const edit = new ZoneEdit(zone)
  for (const change of changes) edit.apply(change)
  return edit.zone()
}

/** What the journal holds now. */
function read(held: Held): void {
  const stored = held.journal?.read()
  if (stored === undefined) return
  Object.assign(held, stored, { changes: [...stored.changes], stored: true })
}

/**
 * Makes sure that nobody else writes the journal; one that another server owns is read and served only, and read anew once that
 * has ended. Throws SYSTEM_ERROR: EBUSY while it has not, else what the system says of lock or journal.
 */
function own(held: Held): void {
  const { journal, lock } = held
  if (journal === undefined || lock === undefined || held.locked) return
  if (!takeLock(lock, journal.path)) {
    throw fail('SYSTEM_ERROR', { syscall: 'lock', errno: busy, address: journal.path })
  }
  readOwn(held)
}

/** What the journal holds, whose lock was just taken. Without it nothing may be written: the lock goes back then. */
function readOwn(held: Held): void {
  try {
    read(held)
    held.locked = true
  } catch (error) {
    held.lock?.release()
    throw error
  }
}

/** False while another server holds it. Throws SYSTEM_ERROR where it cannot be written. */
function takeLock(lock: FileLock, path: string): boolean {
  try {
    return lock.take()
  } catch (cause) {
    const { syscall, code } = cause as NodeJS.ErrnoException
    if (syscall === undefined || code === undefined) throw cause
    throw fail('SYSTEM_ERROR', { syscall, errno: code, address: path }, { cause })
  }
}

function isTaken(lock: FileLock | undefined): boolean {
  try {
    return lock?.take() ?? false
  } catch {
    // A folder that cannot be written to; the zone is served from what is there.
    return false
  }
}

function release({ journal, lock, locked }: Held): void {
  journal?.close()
  if (locked) lock?.release()
}

function keyFor(origin: Name): string {
  return formatName(lowerName(origin))
}
