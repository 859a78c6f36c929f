/** The owner's side of a keeper, and the side of anybody who reconnects to one. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { fail } from '../../core/index.ts'
import { closeDescriptor, sendDescriptors } from '../../io/index.ts'
import { ControlClient } from '../control/index.ts'
import { guardsOf } from './guard.ts'
import { readJournal, type JournalLine } from './journal.ts'
import type { KeeperMethods } from './server.ts'
import { keeperSocket, startKeeper } from './start.ts'
import type { EndRecord, GroupSignal, OrphanedProgram, ProcessIdentity, ProgramEntry, ProgramPlan } from './types.ts'

export interface KeeperOptions {
  /** A folder of mode 0700 for its socket and its journal. @default a new one for the socket, and no journal */
  readonly folder?: string
}

/** Told when the keeper is gone before the program's end is known. */
type EndWaiter = { readonly resolve: (end: EndRecord) => void; readonly reject: () => void }

/**
 * A small process that is the parent of programs: it reaps them, writes down how they ended, and outlives its owner as long as
 * there is something to keep. `Program` starts one for the process by itself.
 *
 * @example
 * const keeper = await Keeper.start({ folder: '/var/lib/app/keeper' })
 * await new Program(['make'], { keeper, onOwnerDeath: 'survive' }).start()
 * // in another process, after the first was killed:
 * const found = await Keeper.connect('/var/lib/app/keeper/keeper.sock')
 * console.log(await found.list())
 */
export class Keeper {
  readonly pid: number
  /** Of its control socket. */
  readonly path: string
  /** Resolves when the connection to it is gone. */
  readonly lost: Promise<void>
  readonly #client: ControlClient<KeeperMethods>
  /** Our end of the socket pair for descriptors. */
  readonly #parcels: number | undefined
  readonly #ends = new Map<number, EndRecord>()
  readonly #waiters = new Map<number, EndWaiter[]>()
  #isLost = false
  #holders = 0
  #parcelNumber = 0

  private constructor(client: ControlClient<KeeperMethods>, path: string, parcels: number | undefined) {
    this.#client = client
    this.pid = client.serverPid
    this.path = path
    this.#parcels = parcels
    client.ref(false)
    const ends = this.#readEnds()
    // What it said before it was gone comes first: an end that is known is not lost.
    this.lost = client.closed.then(() => ends).then(() => this.#onLost())
  }

  /**
   * Starts a keeper that this process owns.
   * Throws KEEPER_NOT_STARTED, FOLDER_NOT_PRIVATE, and ADDRESS_IN_USE when the folder has a keeper already.
   */
  static async start(options: KeeperOptions = {}): Promise<Keeper> {
    const { path, parcels } = await startKeeper(options.folder)
    const client = await ControlClient.connect<KeeperMethods>(path)
    await client.call('own', { pid: process.pid })
    const keeper = new Keeper(client, path, parcels)
    // A keeper that was killed cannot take its folder with it.
    if (options.folder === undefined) void keeper.lost.then(() => removeLater(path))
    return keeper
  }

  /**
   * Connects to a keeper whose owner died, or lives. With `own` this process becomes an owner: when the last is gone, programs
   * that do not survive end. Throws CONNECTION_REFUSED when there is none.
   */
  static async connect(path: string, options: { readonly own?: boolean } = {}): Promise<Keeper> {
    const client = await ControlClient.connect<KeeperMethods>(path)
    if (options.own === true) await client.call('own', { pid: process.pid })
    return new Keeper(client, path, undefined)
  }

  /** What a keeper wrote down in its folder, oldest first; for those who come when it is gone. */
  static journal(folder: string): JournalLine[] {
    return readJournal(join(folder, 'journal.jsonl'))
  }

  /**
   * The guards of a folder that live: of the keeper there and of those that were killed. One whose keeper and owners are dead lets
   * all go on and ends; one whose owner lives waits for it, or for its owner to end it.
   */
  static guards(folder: string): ProcessIdentity[] {
    return guardsOf(folder)
  }

  /** Where the keeper of a folder listens. */
  static socket(folder: string): string {
    return keeperSocket(folder)
  }

  get isLost(): boolean {
    return this.#isLost
  }

  /** True when `pipe` and `inherit` are possible: for the owner that started it. */
  get takesDescriptors(): boolean {
    return this.#parcels !== undefined
  }

  /** Its programs, the last 10,000 that ended included. */
  list(): Promise<ProgramEntry[]> {
    return this.#held(this.#readList())
  }

  /** Sends a signal to a program, or to its group; false when it has ended. */
  signal(id: number, signal: NodeJS.Signals, group = true): Promise<boolean> {
    return this.#held(this.#client.call('signal', { id, signal, group }))
  }

  /**
   * Sends many signals as one request, in their order, to the groups of programs and to their strays; those that have ended are
   * left out. With `cpus` all threads of a program are moved there first. Nothing is answered.
   */
  signalAll(signals: readonly GroupSignal[]): void {
    this.#client.tell('signalAll', signals)
  }

  /**
   * Says what belongs to a program outside its group: signals to all reach it. Resolves when it is guarded, too: from then on whoever
   * stops it does not leave it stopped by dying.
   */
  setStrays(id: number, strays: readonly ProcessIdentity[]): Promise<void> {
    return this.#held(this.#client.call('strays', { id, strays }))
  }

  /**
   * Says which programs this owner has of keepers that were killed, all of them each time: if it dies too, none is left stopped.
   * Resolves when that holds.
   */
  setOrphans(orphans: readonly OrphanedProgram[]): Promise<void> {
    return this.#held(this.#client.call('orphans', orphans))
  }

  /** SIGTERM, and SIGKILL after the grace; resolves when the first was sent. `also` are processes of it that are no descendants. */
  terminate(id: number, graceMs = 5_000, tree = false, also?: readonly ProcessIdentity[]): Promise<void> {
    return this.#held(this.#client.call('terminate', { id, graceMs, tree, also }))
  }

  /** Starts a program; `descriptors` are for its `pipe` and `inherit` streams, and stay the caller's. */
  async spawn(plan: Omit<ProgramPlan, 'parcel'>, descriptors: readonly number[]): Promise<ProgramEntry> {
    const parcel = ++this.#parcelNumber
    if (descriptors.length > 0 && this.#parcels !== undefined) {
      await sendDescriptors(this.#parcels, Buffer.from(String(parcel)), descriptors)
    }
    return this.#held(this.#client.call('start', { ...plan, parcel }))
  }

  /** How a program of the list ends, or ended. Rejects with KEEPER_LOST. */
  ended(program: Pick<ProgramEntry, 'id' | 'name' | 'pid'>): Promise<EndRecord> {
    return this.#held(this.endOf(program))
  }

  /** The same, for who decides alone whether this process runs on for it. */
  endOf({ id, name, pid }: Pick<ProgramEntry, 'id' | 'name' | 'pid'>): Promise<EndRecord> {
    const known = this.#ends.get(id)
    if (known !== undefined) return Promise.resolve(known)
    const lost = (): Error => fail('KEEPER_LOST', { name, pid })
    if (this.#isLost) return Promise.reject(lost())
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(id) ?? []
      waiters.push({ resolve, reject: () => reject(lost()) })
      this.#waiters.set(id, waiters)
    })
  }

  /** Nobody here will ask for the end again. */
  forget(id: number): void {
    this.#ends.delete(id)
  }

  /** Output of a program that comes through the keeper, without the addon. */
  async *output(id: number, stream: 'stdout' | 'stderr'): AsyncGenerator<Buffer, void> {
    const chunks = this.#client.stream('output', { id, stream }) as AsyncGenerator<Buffer, void>
    try {
      for (;;) {
        // Whoever reads is owed what is on its way, also after the program's end.
        const next = await this.#held(chunks.next())
        if (next.done === true) return
        yield next.value
      }
    } finally {
      await chunks.return()
    }
  }

  /** Input of a program that goes through the keeper, without the addon; undefined ends it. */
  input(id: number, bytes: Uint8Array | undefined): Promise<void> {
    return this.#held(this.#client.call('input', { id, bytes }))
  }

  /** While somebody holds it, the connection keeps this process running. */
  hold(change: 1 | -1): void {
    this.#holders += change
    this.#client.ref(this.#holders > 0)
  }

  /** Lets go: for an owner the same as its death. */
  async close(): Promise<void> {
    this.hold(1)
    await this.#client.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** An answer that is awaited keeps this process running. */
  async #held<Value>(answer: Promise<Value>): Promise<Value> {
    this.hold(1)
    try {
      return await answer
    } finally {
      this.hold(-1)
    }
  }

  /** One by one: together they may be longer than a frame. */
  async #readList(): Promise<ProgramEntry[]> {
    const programs: ProgramEntry[] = []
    for await (const program of this.#client.stream('list', undefined, { windowItems: 256 })) programs.push(program)
    return programs
  }

  async #readEnds(): Promise<void> {
    try {
      for await (const end of this.#client.stream('ends', undefined, { windowItems: 1_024 })) {
        this.#ends.set(end.id, end)
        for (const waiter of this.#waiters.get(end.id) ?? []) waiter.resolve(end)
        this.#waiters.delete(end.id)
      }
    } catch {
      // The keeper is gone, which `lost` says.
    }
  }

  #onLost(): void {
    this.#isLost = true
    if (this.#parcels !== undefined) closeDescriptor(this.#parcels)
    for (const waiter of [...this.#waiters.values()].flat()) waiter.reject()
    this.#waiters.clear()
  }
}

function removeLater(path: string): void {
  rmSync(dirname(path), { recursive: true, force: true })
}

let own: Promise<Keeper> | undefined

/** The keeper of this process, started when it is first needed, and again when it was lost. */
export function ownKeeper(): Promise<Keeper> {
  own ??= startOwn()
  return own
}

async function startOwn(): Promise<Keeper> {
  try {
    const keeper = await Keeper.start()
    void keeper.lost.then(() => (own = undefined))
    return keeper
  } catch (error) {
    own = undefined
    throw error
  }
}
