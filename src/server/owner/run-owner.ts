/**
 * What runs in the owner's process or thread: loads the service, and does as it is told, until the link closes. An error that
 * nobody catches ends it, as it does any process.
 */
import { errorToWire, fail, systemClock } from '../../core/index.ts'
import { task, type Connection, type Task } from '../../process/index.ts'
import { leaveSignalsToSupervisor } from '../leave-signals.ts'
import { loadService } from '../service.ts'
import type { AnyService, SharedServer } from '../types.ts'
import { startOwner, type OwnerHost } from './host.ts'
import type { FromOwner, Snapshot, ToOwner } from './messages.ts'
import { dropSnapshot, shareSnapshot } from './snapshot.ts'

export interface OwnerOrder {
  /** Of the service's module; its hash names the export. */
  readonly url: string
  /** Calls in hand may take so long at the end. */
  readonly graceMs?: number | undefined
}

/** The owner's end of the link sends FromOwner and receives ToOwner. */
export type OwnerLink = Connection<FromOwner | ToOwner>

export const runOwner: Task<[OwnerOrder, OwnerLink], Promise<void>> = task(
  import.meta,
  'runOwner',
  async (order: OwnerOrder, link: OwnerLink) => {
    leaveSignalsToSupervisor()
    const service = await loadService(new URL(order.url))
    await new LinkedOwner(service, link, order.graceMs).serve()
  },
)

class LinkedOwner {
  readonly #service: AnyService
  readonly #link: OwnerLink
  readonly #graceMs: number | undefined
  #host: OwnerHost | undefined
  /** Aborts the run, also while its `shared` has not returned. */
  #run = new AbortController()
  /** Begins and ends are done one after the other. */
  #turn: Promise<void> = Promise.resolve()
  #waitsForGot = false
  #next: Snapshot | undefined
  /** The supervisor has closed the link: no other owner comes. */
  #isLast = false
  /** For the run that begins next. */
  #kept = new Map<string, Uint8Array>()

  constructor(service: AnyService, link: OwnerLink, graceMs: number | undefined) {
    this.#service = service
    this.#link = link
    this.#graceMs = graceMs
  }

  async serve(): Promise<void> {
    this.#tell(['loaded'])
    for await (const message of this.#link) this.#hear(message as ToOwner)
    this.#isLast = true
    await this.#endInTurn()
  }

  #hear(message: ToOwner): void {
    switch (message[0]) {
      case 'kept':
        this.#kept.set(message[1], message[2])
        return
      case 'begin': {
        const kept = this.#kept
        this.#kept = new Map()
        this.#turn = this.#turn.then(() => this.#begin(message[1], message[2], kept))
        return
      }
      case 'end':
        return void this.#endInTurn()
      case 'call':
        return void this.#call(message[1], message[2], message[3])
      case 'got':
        this.#waitsForGot = false
        return this.#sendNext()
    }
  }

  #endInTurn(): Promise<void> {
    this.#run.abort()
    this.#turn = this.#turn.then(() => this.#end())
    return this.#turn
  }

  async #begin(run: number, lanes: number, kept: ReadonlyMap<string, Uint8Array>): Promise<void> {
    this.#run = new AbortController()
    const { signal } = this.#run
    const publish = (bytes: Uint8Array): void => this.#publish(bytes)
    const keep: SharedServer['keep'] = (name, bytes) => this.#keep(name, bytes)
    const grace = this.#graceMs === undefined ? {} : { graceMs: this.#graceMs }
    try {
      this.#host = await startOwner(this.#service, {
        clock: systemClock,
        run,
        lanes,
        publish,
        kept,
        keep,
        signal,
        ...grace,
      })
      this.#tell(['begun'])
    } catch (error) {
      this.#tell(['failed', errorToWire(error)])
    }
  }

  async #end(): Promise<void> {
    const host = this.#host
    this.#host = undefined
    let error: unknown
    try {
      await host?.end()
    } catch (thrown) {
      error = thrown ?? fail('CLOSED', { what: 'owner' })
    }
    this.#tell(['ended', error === undefined ? undefined : errorToWire(error)])
  }

  async #call(id: number, method: string, args: readonly unknown[]): Promise<void> {
    try {
      if (this.#host === undefined) throw fail('CLOSED', { what: `owner of ${this.#service.name}` })
      await this.#link.send(['answer', id, await this.#host.call(method, args)])
    } catch (error) {
      // What the method threw, or that what it gave cannot travel.
      this.#tell(['error', id, errorToWire(error)])
    }
  }

  /** Copies at once, and sends when the one before has arrived. */
  #publish(bytes: Uint8Array): void {
    const snapshot = shareSnapshot(bytes)
    dropSnapshot(this.#next)
    this.#next = snapshot
    this.#sendNext()
  }

  #keep(name: string, bytes: Uint8Array | undefined): boolean {
    if (!this.#isLast) this.#tell(['keep', name, bytes])
    return !this.#isLast
  }

  #sendNext(): void {
    const next = this.#next
    if (next === undefined || this.#waitsForGot) return
    this.#next = undefined
    this.#waitsForGot = true
    this.#tell(['snapshot', next])
    dropSnapshot(next)
  }

  /** A link that is closed has nobody to tell: the supervisor has given us up, and we end. */
  #tell(message: FromOwner): void {
    this.#link.send(message).catch(() => {})
  }
}
