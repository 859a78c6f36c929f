/**
 * The keeper's rules: it serves its owner and whoever else connects, notices the owner's death, and goes when
 * nothing is left to keep.
 *
 *    owner connected ──gone──▶ continue all, end those that do not survive ──▶ last end ──▶ nobody connected ──▶ exit
 */
import { closeSync, writeSync } from 'node:fs'
import { Readable } from 'node:stream'
import { join } from 'node:path'

import { fail } from '../../core/index.ts'
import { loadNative } from '../../native/index.ts'
import { ControlServer, type CallContext, type ControlPeer } from '../control/index.ts'
import { Children, type Child } from './children.ts'
import { Guard } from './guard.ts'
import { Journal } from './journal.ts'
import { LogBounds } from './log-bounds.ts'
import { NativeSpawner } from './native-spawner.ts'
import { NodeSpawner } from './node-spawner.ts'
import { Parcels } from './parcels.ts'
import { readEntry } from '../process-table.ts'
import type { EndRecord, GroupSignal, OrphanedProgram, ProcessIdentity, ProgramEntry, ProgramPlan } from './types.ts'

/** An owner that never comes was killed between starting us and connecting. */
const firstContactMs = 10_000

export interface KeeperSettings {
  /** Of the control socket. */
  readonly path: string
  /** Where the journal is; without one nothing is written. */
  readonly folder?: string | undefined
  /** The socket that descriptors come over; only with the addon. */
  readonly parcels?: number | undefined
}

export interface SignalRequest {
  readonly id: number
  readonly signal: NodeJS.Signals
  readonly group: boolean
}

export interface TerminateRequest {
  readonly id: number
  readonly graceMs: number
  readonly tree: boolean
  /** Processes that belong to it and are no descendants any more. */
  readonly also?: readonly ProcessIdentity[] | undefined
}

/** What a keeper can be asked. */
export type KeeperMethods = {
  readonly own: (owner: { readonly pid: number }, context: CallContext) => void
  readonly start: (plan: ProgramPlan) => Promise<ProgramEntry>
  readonly signal: (request: SignalRequest) => boolean
  readonly signalAll: (signals: readonly GroupSignal[]) => void
  readonly strays: (request: { id: number; strays: readonly ProcessIdentity[] }) => void
  readonly orphans: (orphans: readonly OrphanedProgram[]) => Promise<void>
  readonly terminate: (request: TerminateRequest) => void
  readonly list: () => AsyncIterable<ProgramEntry>
  readonly ends: (_: undefined, context: CallContext) => AsyncIterable<EndRecord>
  readonly output: (request: { id: number; stream: 'stdout' | 'stderr' }) => AsyncIterable<Buffer>
  readonly input: (request: { id: number; bytes: Uint8Array | undefined }) => Promise<void>
}

export class KeeperServer {
  readonly #settings: KeeperSettings
  readonly #parcels: Parcels | undefined
  readonly #journal: Journal | undefined
  readonly #children: Children
  readonly #bounds: LogBounds
  readonly #owners = new Map<ControlPeer, ProcessIdentity>()
  readonly #guard: Guard
  readonly #endListeners = new Set<(end: EndRecord) => void>()
  readonly #onDone: () => void
  #server: ControlServer | undefined
  #isOrphan = false
  #isLeaving = false

  /** `onDone` is called when there is nothing left to keep. */
  constructor(settings: KeeperSettings, onDone: () => void) {
    const native = loadNative()
    this.#settings = settings
    this.#onDone = onDone
    if (native !== undefined && settings.parcels !== undefined) this.#parcels = new Parcels(native, settings.parcels)
    if (settings.folder !== undefined) this.#journal = new Journal(join(settings.folder, 'journal.jsonl'))
    const onTrouble = (text: string): void => void writeSync(2, `${text}\n`)
    this.#bounds = new LogBounds(onTrouble)
    const spawner = native === undefined ? new NodeSpawner() : new NativeSpawner(native)
    this.#guard = new Guard(spawner, settings.folder, onTrouble)
    this.#children = new Children(spawner, this.#guard, {
      onStart: (child) => {
        this.#journal?.write({ kind: 'start', ...child.entry })
        this.#bounds.add(child)
      },
      onEnd: (end) => this.#onEnd(end),
      onIdle: () => void this.#maybeLeave(),
    })
  }

  async listen(): Promise<void> {
    this.#server = await ControlServer.listen(this.#settings.path, this.methods(), {
      callsPerConnection: 65_536,
      onDisconnect: (peer) => this.#onDisconnect(peer),
    })
    // If it was this process that was held up, its owner waits in the backlog, and is accepted by the next immediate.
    setTimeout(() => setImmediate(() => this.#noticeNobody()), firstContactMs).unref()
  }

  /** It is told to end: nothing stays stopped. */
  leave(): void {
    this.#children.continueAll()
    this.#journal?.flush()
  }

  methods(): KeeperMethods {
    const children = this.#children
    return {
      own: ({ pid }, { peer }) => this.#own(peer, pid),
      start: (plan) => this.#start(plan),
      signal({ id, signal, group }) {
        const child = children.get(id)
        return child !== undefined && children.signal(child, signal, group)
      },
      signalAll: (signals) => children.signalAll(signals),
      strays: ({ id, strays }) => children.setStrays(id, strays),
      orphans: (orphans) => children.setOrphans(orphans),
      terminate({ id, graceMs, tree, also }) {
        const child = children.get(id)
        if (child !== undefined) children.terminate(child, graceMs, tree, also)
      },
      list: () => Readable.from(this.#list()),
      ends: (_, { signal }) => this.#ends(signal),
      output: ({ id, stream }) => this.#streamsOf(id)[stream] ?? Readable.from([]),
      input: ({ id, bytes }) => this.#input(id, bytes),
    }
  }

  #own(peer: ControlPeer, pid: number): void {
    const owner = { pid, startTicks: readEntry(pid)?.startTicks ?? 0 }
    this.#owners.set(peer, owner)
    this.#children.ownerCame()
    this.#guard.keep('owner', owner)
  }

  async #start(plan: ProgramPlan): Promise<ProgramEntry> {
    const descriptors = this.#parcels?.take(plan.parcel) ?? []
    try {
      const { entry, end } = await this.#children.start(plan, descriptors)
      return { ...entry, end }
    } finally {
      for (const descriptor of descriptors) closeSync(descriptor)
      // Its owner died while it was being started.
      if (this.#isOrphan && this.#owners.size === 0) setImmediate(() => this.#orphaned())
    }
  }

  /** A new owner starts nothing again that the former one was just starting. */
  async *#list(): AsyncGenerator<ProgramEntry, void> {
    await this.#children.started()
    yield* this.#children.list()
  }

  #streamsOf(id: number): NonNullable<Child['spawned']['streams']> {
    return this.#children.get(id)?.spawned.streams ?? { stdin: null, stdout: null, stderr: null }
  }

  /** Resolves when the program has room for more. */
  async #input(id: number, bytes: Uint8Array | undefined): Promise<void> {
    const { stdin } = this.#streamsOf(id)
    if (stdin === null || stdin.destroyed) throw fail('CLOSED', { what: `input of program ${id}` })
    await new Promise<void>((resolve, reject) => {
      if (bytes === undefined) stdin.end(resolve)
      else stdin.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
  }

  /** Those that are remembered, then each as it comes. */
  async *#ends(signal: AbortSignal): AsyncGenerator<EndRecord, void> {
    const waiting = this.#children
      .list()
      .map(({ end }) => end)
      .filter((end) => end !== undefined)
    let wake = (): void => {}
    const listener = (end: EndRecord): void => {
      waiting.push(end)
      wake()
    }
    this.#endListeners.add(listener)
    signal.addEventListener('abort', () => this.#endListeners.delete(listener), { once: true })
    for (;;) {
      yield* waiting.splice(0)
      if (signal.aborted) return
      if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    }
  }

  #onEnd(end: EndRecord): void {
    const child = this.#children.get(end.id)
    if (child !== undefined) this.#bounds.remove(child)
    this.#journal?.write({ kind: 'end', ...end })
    for (const listener of this.#endListeners) listener(end)
  }

  #onDisconnect(peer: ControlPeer): void {
    const owner = this.#owners.get(peer)
    this.#owners.delete(peer)
    if (owner === undefined) return void this.#maybeLeave()
    // A process may be connected more than once.
    this.#guard.replace('owner', [owner], [...this.#owners.values()])
    if (this.#owners.size === 0) this.#orphaned()
    else void this.#maybeLeave()
  }

  #noticeNobody(): void {
    if (this.#server?.peers.length === 0 && this.#owners.size === 0) this.#orphaned()
  }

  #orphaned(): void {
    this.#isOrphan = true
    this.#children.endAll()
    void this.#maybeLeave()
  }

  async #maybeLeave(): Promise<void> {
    // Cut off in the midst of a change, an output file would lack what was on its way to an older one.
    await this.#bounds.settled()
    if (this.#isLeaving || !this.#isOrphan || !this.#children.isIdle || this.#owners.size > 0) return
    if ((this.#server?.peers.length ?? 0) > 0) return
    this.#isLeaving = true
    this.#journal?.close()
    await this.#server?.close()
    this.#onDone()
  }
}
