/**
 * The one place that talks to lmdb: puts and removals in groups, one under way at a time, so that many share one write to the disk.
 *
 * LMDB keeps two roots in turn and never writes over what the last one leads to: a process that is killed leaves the last state that was
 * written whole. A group is acknowledged once its root is on the disk.
 */
import { constants } from 'node:os'

import type { RootDatabase } from 'lmdb'

import { fail, type LaneworkError } from '../../../core/index.ts'
import { spaceOf } from './record-bytes.ts'

/** One put, or a removal without a value. */
export interface Write {
  readonly key: Buffer
  readonly value: Buffer | undefined
}

interface Group {
  readonly writes: readonly Write[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** Address space for the file, not memory; beyond it lmdb maps anew. */
const mapBytes = 17_179_869_184
/** Most bytes that wait to be written. */
export const waitingBytes = 67_108_864

export class Database {
  readonly #path: string
  readonly #lmdb: RootDatabase<Buffer, Buffer>
  #groups: Group[] = []
  #waiting = 0
  #running: Promise<void> | undefined

  private constructor(path: string, lmdb: RootDatabase<Buffer, Buffer>) {
    this.#path = path
    this.#lmdb = lmdb
  }

  /** Opens or makes a file that is known to be sound. Throws SYSTEM_ERROR. */
  static async open(path: string): Promise<Database> {
    // Loaded where there is a store: clients, and lanes beside the owner, start sooner.
    const { open } = await import('lmdb')
    try {
      const lmdb = open<Buffer, Buffer>({
        path,
        noSubdir: true,
        keyEncoding: 'binary',
        encoding: 'binary',
        // Resolves once the disk has it; and groups are ours.
        overlappingSync: false,
        eventTurnBatching: false,
        pageSize: 4_096,
        mapSize: mapBytes,
        maxDbs: 1,
      })
      return new Database(path, lmdb)
    } catch (cause) {
      throw systemError('open', cause, path)
    }
  }

  /** Resolves once all of it is on the disk. Throws QUEUE_FULL, SYSTEM_ERROR; then any part of it may have been written. */
  write(writes: readonly Write[]): Promise<void> {
    let size = 0
    for (const { key, value } of writes) size += key.length + (value?.length ?? 0)
    if (this.#waiting + size > waitingBytes)
      return Promise.reject(fail('QUEUE_FULL', { queue: 'writes to the chat store', limit: this.#groups.length }))
    this.#waiting += size
    return new Promise((resolve, reject) => {
      this.#groups.push({ writes, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  get(key: Buffer): Buffer | undefined {
    return this.#lmdb.getBinary(key)
  }

  /** Entries from a key on, towards the end that is not among them; backwards when that is the lesser. */
  entries(start: Buffer, end: Buffer, limit: number, reverse = false): { key: Buffer; value: Buffer }[] {
    return [...this.#lmdb.getRange({ start, end, limit, reverse, snapshot: false })]
  }

  /** Keys, and what each entry takes in the file. */
  sizes(start: Buffer, end: Buffer, limit: number): { key: Buffer; bytes: number }[] {
    const range = this.#lmdb.getRange({ start, end, limit, snapshot: false })
    return Array.from(range, ({ key, value }) => ({ key, bytes: spaceOf(key, value) }))
  }

  keys(start: Buffer, end: Buffer, limit: number): Buffer[] {
    return [...this.#lmdb.getKeys({ start, end, limit, snapshot: false })]
  }

  /** Writes what waits, then closes the file. */
  async close(): Promise<void> {
    await this.#running
    await this.#lmdb.close()
  }

  async #run(): Promise<void> {
    // What else this turn has to write joins the first group.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#groups.length > 0) {
      const groups = this.#groups
      this.#groups = []
      this.#waiting = 0
      const error = await this.#commit(groups)
      // What is read from now on is what was written.
      this.#lmdb.resetReadTxn()
      for (const { resolve, reject } of groups) {
        if (error === undefined) resolve()
        else reject(error)
      }
    }
    this.#running = undefined
  }

  async #commit(groups: readonly Group[]): Promise<Error | undefined> {
    const reasons: Promise<unknown>[] = []
    const promises = new Set<Promise<unknown>>()
    // At once for each: the reason is another promise that fails, and nobody else looks at it.
    const note = (promise: Promise<boolean>): void => {
      if (!promises.has(promise)) promises.add(promise).add(promise.catch((error) => reasons.push(reasonOf(error))))
    }
    let thrown: unknown
    try {
      for (const { writes } of groups)
        for (const { key, value } of writes)
          note(value === undefined ? this.#lmdb.remove(key) : this.#lmdb.put(key, value))
    } catch (error) {
      thrown = error
    }
    await Promise.allSettled(promises)
    const cause = reasons.length > 0 ? await reasons[0] : thrown
    return cause === undefined ? undefined : systemError('write', cause, this.#path)
  }
}

/** lmdb tells apart that a write failed, and why. */
function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> }
  if (commitError === undefined) return Promise.resolve(error)
  const never = new Promise<unknown>((resolve) => setTimeout(() => resolve(error), 1_000).unref())
  return Promise.race([commitError.catch((cause: unknown) => cause), never])
}

function systemError(syscall: string, cause: unknown, path: string): LaneworkError<'SYSTEM_ERROR'> {
  const { code } = cause as { code?: number | string }
  const named = Object.entries(constants.errno).find(([, number]) => number === code)?.[0]
  return fail('SYSTEM_ERROR', { syscall, errno: named ?? String(code ?? 'EIO'), address: path }, { cause })
}
