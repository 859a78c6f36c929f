/**
 * What a batch must not forget, in a file that is only appended to.
 *
 *   write:  facts ─▶ one line ─▶ on the disk (fdatasync) ─▶ returns
 *   put:    fact  ─▶ one line ─▶ the kernel has it ─▶ returns ─▶ on the disk a little later
 *
 * Where that fails nothing of it stays, and the caller is told. What the kernel has outlives kill -9 of everybody; only a power failure
 * takes the last `syncMs` of what was put.
 */
import { fail } from '../../core/index.ts'
import { diskFiles, type JournalFiles } from './files.ts'
import { encodeLine, readLines } from './lines.ts'
import { Rewrite } from './rewrite.ts'

export interface JournalOptions {
  /** What it is written with. @default the machine's disk */
  readonly files?: JournalFiles | undefined
  /** The longest that what was put waits for the disk, in ms. @default 20 */
  readonly syncMs?: number | undefined
  /** The size below which a journal is never rewritten. @default 1 MiB */
  readonly longBytes?: number | undefined
}

/** What a journal held when it was opened. */
export interface OpenedJournal {
  readonly journal: Journal
  /** Whatever was written, oldest first, without the first line. */
  readonly facts: readonly unknown[]
  /** 1 for a new journal: the first job number that was never given. */
  readonly nextId: number
  /** What a crash had torn off at the end, for people. */
  readonly torn: string | undefined
}

/** The first line. */
interface Head {
  readonly journal: 'lanework batch'
  readonly version: 1
  /** Numbers below were given before, also to jobs that are not in this file any more. */
  readonly nextId: number
}

export class Journal {
  readonly path: string
  readonly #files: JournalFiles
  readonly #syncMs: number
  readonly #longBytes: number
  #file: number | undefined
  /** Up to here the file is whole. */
  #goodBytes = 0
  /** Its size when it was rewritten last by this process. */
  #baseBytes = 0
  /** Beyond `#goodBytes` there may be rests of a write that failed. */
  #isDirty = true
  #failure: Error | undefined
  #syncTimer: NodeJS.Timeout | undefined
  #rewrite: Rewrite | undefined
  #isClosed = false

  private constructor(path: string, options: JournalOptions) {
    this.path = path
    this.#files = options.files ?? diskFiles
    this.#syncMs = options.syncMs ?? 20
    this.#longBytes = options.longBytes ?? 1_048_576
  }

  /**
   * Reads a journal, and makes one where there is none. A torn last line, which a crash leaves, is cut off and told.
   * Throws JOURNAL_INVALID for what no crash leaves: a damaged line before whole ones (a start that is missed would run a
   * program twice, so nothing behind it is used), another file, one of a later version; JOURNAL_NOT_WRITTEN.
   */
  static open(path: string, options: JournalOptions = {}): OpenedJournal {
    const journal = new Journal(path, options)
    const bytes = journal.#try(() => journal.#files.read(path)) ?? Buffer.alloc(0)
    const { values, goodBytes, damage, isInTheMiddle } = readLines(bytes)
    if (damage !== undefined && (isInTheMiddle || isForeign(bytes, values.length))) {
      throw fail('JOURNAL_INVALID', { path, line: damage.line, reason: damage.reason })
    }
    const [head, ...lines] = values
    if (head !== undefined) checkHead(path, head)
    journal.#goodBytes = goodBytes
    journal.#beginAt(head)
    const lost = bytes.length - goodBytes
    const torn = lost === 0 ? undefined : `the last ${lost} bytes of the journal were cut off: ${damage?.reason ?? ''}`
    return { journal, facts: lines.flat(), nextId: (head as Head | undefined)?.nextId ?? 1, torn }
  }

  /** Why the last write failed; undefined when all is well. */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Several times longer than what is alive: worth a `rewrite`. */
  get isLong(): boolean {
    return this.#rewrite === undefined && this.#goodBytes > Math.max(this.#longBytes, 4 * this.#baseBytes)
  }

  get isRewriting(): boolean {
    return this.#rewrite !== undefined
  }

  /** On the disk when this returns: all of these facts, or none. Throws JOURNAL_NOT_WRITTEN, and then nothing of it stays. */
  write(facts: readonly unknown[]): void {
    if (facts.length === 0) return
    this.#append(encodeLine(facts), true)
  }

  /** Outlives kill -9 when this returns, and a power failure soon. Throws JOURNAL_NOT_WRITTEN, and then nothing of it stays. */
  put(fact: unknown): void {
    this.#append(encodeLine(fact), false)
  }

  /**
   * Writes the journal anew with only these facts, which are all that counts now; beside the old one, a piece at a time, and
   * what is written meanwhile comes behind. The old one counts until the new one is in its place. Never rejects: where it fails, `failure`
   * of a later write tells.
   */
  async rewrite(facts: Iterable<unknown>, nextId: number): Promise<void> {
    if (this.#rewrite !== undefined || this.#isClosed) return
    const rewrite = new Rewrite(this.path, this.#files)
    this.#rewrite = rewrite
    try {
      if (!(await rewrite.write([headOf(nextId)], facts)) || this.#isClosed) return rewrite.drop()
      const { file, bytes } = rewrite.finish()
      if (this.#file !== undefined) this.#files.close(this.#file)
      this.#file = file
      this.#goodBytes = this.#baseBytes = bytes
      this.#isDirty = false
    } catch {
      rewrite.drop()
      // Not at once again: it is tried when the journal has grown as much once more.
      this.#baseBytes = this.#goodBytes
    } finally {
      this.#rewrite = undefined
    }
  }

  /** Lets go of the file. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#syncTimer)
    // Now, and not when it gets to know: the next one here may write anew then.
    this.#rewrite?.drop()
    const file = this.#file
    this.#file = undefined
    if (file === undefined) return
    try {
      this.#files.sync(file)
    } catch {
      // The kernel has it.
    }
    this.#files.close(file)
  }

  #beginAt(head: unknown): void {
    try {
      if (head !== undefined) return void this.#try(() => this.#clean())
      this.#append(encodeLine(headOf(1)), true)
      this.#try(() => this.#files.syncFolder(this.path))
    } catch (error) {
      this.close()
      throw error
    }
  }

  #append(line: Buffer, isSure: boolean): void {
    if (this.#isClosed) throw fail('JOURNAL_NOT_WRITTEN', { path: this.path, reason: 'it is closed' })
    try {
      this.#try(() => {
        const file = this.#clean()
        this.#isDirty = true
        this.#files.write(file, line)
        if (isSure) this.#files.sync(file)
      })
    } catch (error) {
      this.#cutRest()
      throw error
    }
    this.#goodBytes += line.length
    this.#isDirty = false
    this.#rewrite?.add(line)
    if (!isSure) this.#syncLater()
  }

  /** Nothing of a failed write stays; where that fails too, the next write does it first. */
  #cutRest(): void {
    try {
      this.#clean()
    } catch {
      // It stays dirty.
    }
  }

  /** The file, without what a failed write left behind. */
  #clean(): number {
    const file = (this.#file ??= this.#files.open(this.path, false))
    if (this.#isDirty && this.#files.size(file) > this.#goodBytes) this.#files.truncate(file, this.#goodBytes)
    this.#isDirty = false
    return file
  }

  #try<Value>(call: () => Value): Value {
    try {
      const value = call()
      this.#failure = undefined
      return value
    } catch (cause) {
      this.#failure = fail('JOURNAL_NOT_WRITTEN', { path: this.path, reason: reasonOf(cause) }, { cause })
      throw this.#failure
    }
  }

  #syncLater(): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = undefined
      // An error here is seen again by the next write that has to be sure.
      if (this.#file !== undefined) void this.#files.syncLater(this.#file).catch(() => {})
    }, this.#syncMs).unref()
  }
}

function headOf(nextId: number): Head {
  return { journal: 'lanework batch', version: 1, nextId }
}

/** A first line that is not even the beginning of ours: somebody else's file, which is left alone. */
function isForeign(bytes: Buffer, lines: number): boolean {
  return lines === 0 && !/^\d{1,10}( ([0-9a-f]{1,8}( (\{.*)?)?)?)?$/s.test(bytes.toString('latin1', 0, 64))
}

function checkHead(path: string, head: unknown): void {
  const { journal, version } = head as Partial<Head>
  if (journal !== 'lanework batch') throw fail('JOURNAL_INVALID', { path, line: 1, reason: 'it is of something else' })
  if (version !== 1) {
    throw fail('JOURNAL_INVALID', { path, line: 1, reason: `it is of version ${String(version)}, which is newer` })
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  const known: Readonly<Record<string, string>> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the quota is used up',
    EACCES: 'permission is denied',
    EROFS: 'the file system is read-only',
  }
  return known[code ?? ''] ?? code ?? message
}
