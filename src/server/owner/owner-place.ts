/** The supervisor's hold on one owner in a process or thread of its own. Who restarts it is another matter. */
import { setTimeout as sleep } from 'node:timers/promises'

import {
  afterAwake,
  errorFromWire,
  errorToWire,
  fail,
  isLaneworkError,
  systemClock,
  type WireError,
} from '../../core/index.ts'
import { Pipe, Process, type Death, type ProcessOptions } from '../../process/index.ts'
import type { FromOwner, Snapshot, ToOwner } from './messages.ts'
import { runOwner, type OwnerLink, type OwnerOrder } from './run-owner.ts'
import { dropSnapshot } from './snapshot.ts'

export interface OwnerPlaceOptions {
  readonly kind: 'thread' | 'process'
  /** Of the service's module; its hash names the export. */
  readonly url: URL
  /** Takes what lanes are to know, answers and snapshots; the relay's `fromOwner`. */
  readonly onMessage: (message: FromOwner) => void
  /** Calls in hand may take so long at the end before `close` is called. @default 1_000 */
  readonly graceMs?: number
  /** Its process: `hangMs`, `heapMiB`, `env`, where its output goes... */
  readonly process?: Omit<ProcessOptions, 'startMethod'>
}

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** How long what a dead owner said may take to be read. */
const lastWordsMs = 1_000

type Phase = 'load' | 'begin' | 'end'

let placesMade = 0

/**
 * Starts, begins, ends, and begins again: a reload ends the old one, begins the new one in a place of its own, and begins
 * the old one again when the new one fails.
 *
 * @example
 * const place = new OwnerPlace({ kind: 'process', url, onMessage: (message) => relay.fromOwner(message) })
 * await place.start()
 * await place.begin(1)
 * relay.ownerReady((message) => place.send(message))
 * void place.died.then(() => relay.ownerEnded(place.failure))
 */
export class OwnerPlace {
  /** How its process ended; what it said before has been heard then. Rejects when it could not be started. */
  readonly died: Promise<Death>
  readonly #options: OwnerPlaceOptions
  readonly #process: Process<[OwnerOrder, OwnerLink], Promise<void>>
  readonly #link: OwnerLink
  readonly #isLoaded: Promise<void>
  /** Who waits for the service to load, for a begin, for an end. */
  readonly #waiters = new Map<Phase, Waiter>()
  #began = false
  /** Published by a `shared` that has not yet returned: what comes of it nobody knows. */
  #early: Snapshot | undefined
  #failure: Error | undefined
  #starting: Promise<void> | undefined
  #markStarted: (started: Promise<unknown>) => void = () => {}

  /** Starts nothing yet. Throws OPTION_INVALID. */
  constructor(options: OwnerPlaceOptions) {
    const [ours, theirs] = Pipe<FromOwner | ToOwner>()
    this.#options = options
    this.#link = ours
    const { kind, url, graceMs } = options
    this.#process = new Process(runOwner, [{ url: url.href, graceMs }, theirs], {
      name: `SharedOwner-${++placesMade}`,
      ...options.process,
      startMethod: kind === 'thread' ? 'thread' : 'spawn',
    })
    this.#isLoaded = new Promise((resolve, reject) => this.#waiters.set('load', { resolve, reject }))
    this.#isLoaded.catch(() => {})
    const started = new Promise<unknown>((resolve) => (this.#markStarted = resolve))
    this.died = this.#watch(started)
    this.died.catch(() => {})
  }

  get name(): string {
    return this.#process.name
  }

  /** Of a thread: that of this process. Throws PROCESS_STATE before the start. */
  get pid(): number {
    return this.#process.pid
  }

  /** `shared` has returned, and has not been ended. */
  get began(): boolean {
    return this.#began
  }

  /** Why it is dead: PROCESS_DIED, or what it threw; CLOSED while it is not. */
  get failure(): Error {
    return this.#failure ?? fail('CLOSED', { what: `owner ${this.name}` })
  }

  /** Starts the process; resolves when the service is loaded there. Rejects with SERVICE_INVALID, PROCESS_DIED. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Runs `shared`; so many lanes had an owner before. Rejects with what it throws, and PROCESS_DIED; PROCESS_STATE when it has begun already. */
  begin(run: number, lanes = 0): Promise<void> {
    if (this.#began || this.#waiters.has('begin')) return Promise.reject(this.#wrongState('has begun already'))
    return this.#ask('begin', ['begin', run, lanes])
  }

  /**
   * Ends what `shared` made: its signal, its calls in hand, its `close`. The process stays, and may begin again. Rejects with
   * what `close` throws, and PROCESS_DIED; PROCESS_STATE when it is ending already.
   */
  end(): Promise<void> {
    if (this.#waiters.has('end')) return Promise.reject(this.#wrongState('is ending already'))
    return this.#ask('end', ['end'])
  }

  /** Passes a call on. One whose arguments cannot travel is answered with the error. */
  send(message: ToOwner): void {
    this.#link.send(message).catch((error: unknown) => {
      // With a dead owner it fails as all do that it had in hand, with the reason of its death.
      if (message[0] !== 'call' || this.#link.closed || this.#failure !== undefined) return
      if (!isLaneworkError(error, 'CLOSED')) this.#options.onMessage(['error', message[1], errorToWire(error)])
    })
  }

  /** Ends it in good order, by force after the time of grace; resolves when it has ended. */
  async close(graceMs = 5_000): Promise<void> {
    this.#link.close()
    if (this.#starting === undefined) return
    const limit = new AbortController()
    const late = sleep(graceMs, 'late', { signal: limit.signal }).catch(() => {})
    if ((await Promise.race([this.died.catch(() => {}), late])) === 'late') await this.kill()
    limit.abort()
  }

  /** SIGKILL; a thread is terminated. */
  async kill(): Promise<Death> {
    await this.#process.kill()
    return await this.died
  }

  #start(): Promise<void> {
    const started = this.#process.start()
    this.#markStarted(started)
    return this.#isLoaded
  }

  #ask(phase: Phase, message: ToOwner): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiters.set(phase, { resolve, reject })
      this.send(message)
    })
  }

  async #listen(): Promise<void> {
    try {
      for await (const message of this.#link) this.#hear(message as FromOwner)
    } catch {
      // It died while it wrote; its end says why.
    }
  }

  #hear(message: FromOwner): void {
    switch (message[0]) {
      case 'loaded':
        return this.#settle('load')
      case 'begun':
        return this.#begun()
      case 'failed':
        this.#dropEarly()
        return this.#settle('begin', message[1])
      case 'ended':
        this.#began = false
        return this.#settle('end', message[1])
      case 'snapshot':
        return this.#snapshot(message[1])
      default:
        this.#options.onMessage(message)
    }
  }

  #begun(): void {
    this.#began = true
    const early = this.#early
    this.#early = undefined
    if (early !== undefined) this.#options.onMessage(['snapshot', early])
    this.#settle('begin')
  }

  #snapshot(snapshot: Snapshot): void {
    this.send(['got'])
    if (this.#began) return this.#options.onMessage(['snapshot', snapshot])
    this.#dropEarly()
    this.#early = snapshot
  }

  #dropEarly(): void {
    dropSnapshot(this.#early)
    this.#early = undefined
  }

  #settle(phase: Phase, error?: WireError): void {
    const waiter = this.#waiters.get(phase)
    this.#waiters.delete(phase)
    if (error === undefined) waiter?.resolve()
    else waiter?.reject(errorFromWire(error))
  }

  /** Whatever waits when it has ended fails. */
  async #watch(started: Promise<unknown>): Promise<Death> {
    try {
      await started
      const heard = this.#listen()
      const death = await this.#process.sentinel
      // What it said before it died is heard first.
      await Promise.race([heard, new Promise<void>((resolve) => afterAwake(systemClock, lastWordsMs, resolve))])
      await this.#process.result()
      this.#over(undefined)
      return death
    } catch (error) {
      this.#over(error as Error)
      if (this.#process.death === undefined) throw error
      return this.#process.death
    }
  }

  #over(error: Error | undefined): void {
    this.#failure = error ?? fail('CLOSED', { what: `owner ${this.name}` })
    this.#began = false
    this.#link.close()
    this.#dropEarly()
    for (const waiter of this.#waiters.values()) waiter.reject(this.#failure)
    this.#waiters.clear()
  }

  #wrongState(problem: string): Error {
    return fail('PROCESS_STATE', { name: this.name, problem })
  }
}
