/** Keeps the one owner of a server alive: starts it again when it died, with ever longer pauses, and changes it at a reload. */
import { fail } from '../../core/index.ts'
import { operatorAccess } from '../owner/operator-access.ts'
import { Relay } from '../owner/relay.ts'
import type { FromOwner } from '../owner/messages.ts'
import { OwnerPlace } from '../owner/owner-place.ts'
import type { LaneState, ServerStatus } from '../types.ts'
import { Pace } from './pace.ts'
import type { Supervision } from './settings.ts'

export interface OwnerKeeperOptions {
  readonly service: URL
  readonly kind: 'thread' | 'process'
  readonly supervision: Supervision
  readonly onGiveUp: (deaths: number, error: Error) => void
}

/** A new owner is at work, and the old one stands by. */
export interface OwnerChange {
  /** Back to the old one. */
  readonly undo: () => Promise<void>
  /** The old one is not needed any more. */
  readonly done: () => void
}

export class OwnerKeeper {
  readonly relay: Relay = new Relay()
  readonly #operator = operatorAccess(this.relay)
  readonly #options: OwnerKeeperOptions
  readonly #pace: Pace
  /** All that have not ended: nobody is forgotten at the end. */
  readonly #places = new Set<OwnerPlace>()
  /** What owners keep for those after them. */
  readonly #kept = new Map<string, Uint8Array>()
  #place: OwnerPlace
  #runs = 0
  #restarts = 0
  #begunMs = 0
  #state: LaneState = 'starting'
  #timer: NodeJS.Timeout | undefined
  /** The restart under way. */
  #attempt: Promise<void> = Promise.resolve()
  /** A reload decides who is the owner: the dead are not restarted meanwhile. */
  #changing = false
  #closed = false

  constructor(options: OwnerKeeperOptions) {
    this.#options = options
    this.#pace = new Pace(options.supervision)
    this.#place = this.#newPlace()
  }

  status(): NonNullable<ServerStatus['shared']> {
    const isBusy = this.#state === 'ready' && this.relay.inHand > 0
    return { state: isBusy ? 'running' : this.#state, pid: this.#pid(), restarts: this.#restarts }
  }

  /** An operator's call of a method of `shared`. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#operator.call(method, ...args)
  }

  /** Rejects with what `shared` throws, and PROCESS_DIED when it takes longer than `readyMs`. */
  async start(): Promise<void> {
    const place = this.#place
    this.#state = 'starting'
    await this.#begin(place)
    this.#serve(place)
  }

  /**
   * Ends the old one and begins a new one, with the service loaded anew; calls wait meanwhile. When the new one fails the old
   * one begins again. Gives what goes back to the old one later. Rejects with what the new `shared` throws.
   */
  async reload(): Promise<OwnerChange> {
    await this.#beginChange()
    const old = this.#place
    let fresh: OwnerPlace | undefined
    try {
      fresh = this.#newPlace()
      await within(fresh, this.#options.supervision.readyMs, fresh.start())
      await this.#pause(old)
      await this.#begin(fresh)
    } catch (error) {
      void fresh?.close(0)
      await this.#again(old)
      throw error
    }
    this.#changing = false
    this.#place = fresh
    this.#serve(fresh)
    return { undo: () => this.#undo(old), done: () => void old.close() }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#state = 'dead'
    this.relay.close()
    await Promise.all([...this.#places].map((place) => place.close()))
    await this.#attempt
  }

  async #undo(old: OwnerPlace): Promise<void> {
    await this.#beginChange()
    const fresh = this.#place
    await this.#pause(fresh)
    void fresh.close()
    this.#place = old
    await this.#again(old)
  }

  async #beginChange(): Promise<void> {
    this.#changing = true
    clearTimeout(this.#timer)
    await this.#attempt
  }

  async #begin(place: OwnerPlace): Promise<void> {
    const { readyMs } = this.#options.supervision
    await within(place, readyMs, place.start())
    for (const [name, bytes] of this.#kept) place.send(['kept', name, bytes])
    await within(place, readyMs, place.begin(++this.#runs, this.relay.followers))
  }

  #serve(place: OwnerPlace): void {
    if (this.#closed) return
    this.#begunMs = performance.now()
    this.#state = 'ready'
    this.relay.ownerReady((message) => place.send(message))
    place.died.then(
      () => this.#died(place),
      () => this.#died(place),
    )
  }

  async #pause(place: OwnerPlace): Promise<void> {
    this.#state = 'starting'
    this.relay.ownerPaused()
    // What its close throws is no reason to keep it.
    await within(place, this.#options.supervision.readyMs, place.end()).catch(() => {})
  }

  /** The old one goes on, or begins again where it was paused; when it has died meanwhile, in a new process. */
  async #again(old: OwnerPlace): Promise<void> {
    try {
      if (!old.began) {
        await this.#begin(old)
        this.#serve(old)
      }
      this.#changing = false
    } catch (error) {
      this.#changing = false
      this.#restart(error as Error)
    }
  }

  #died(place: OwnerPlace): void {
    if (this.#closed || place !== this.#place) return
    this.relay.ownerEnded(place.failure)
    this.#restart(place.failure)
  }

  #restart(error: Error): void {
    this.#state = 'dead'
    if (this.#closed || this.#changing) return
    const nowMs = performance.now()
    const goesOn = this.#pace.died(nowMs, this.#begunMs === 0 ? 0 : nowMs - this.#begunMs)
    if (!goesOn) return this.#options.onGiveUp(this.#pace.deaths, error)
    this.#begunMs = 0
    this.#restarts++
    this.#timer = setTimeout(() => (this.#attempt = this.#startAgain()), Math.max(0, this.#pace.dueMs - nowMs))
  }

  async #startAgain(): Promise<void> {
    try {
      this.#place = this.#newPlace()
      await this.start()
    } catch (error) {
      void this.#place.close(0)
      this.#restart(error as Error)
    }
  }

  #newPlace(): OwnerPlace {
    if (this.#closed) throw fail('CLOSED', { what: 'server' })
    const { kind, service: url, supervision } = this.#options
    const place = new OwnerPlace({
      kind,
      url,
      onMessage: (message) => this.#hear(message),
      process: { hangMs: supervision.hangMs },
    })
    this.#places.add(place)
    const forget = (): void => void this.#places.delete(place)
    place.died.then(forget, forget)
    return place
  }

  #hear(message: FromOwner): void {
    if (message[0] !== 'keep') return this.relay.fromOwner(message)
    const [, name, bytes] = message
    if (bytes === undefined) this.#kept.delete(name)
    else this.#kept.set(name, bytes)
  }

  #pid(): number {
    try {
      return this.#place.pid
    } catch {
      return 0
    }
  }
}

/** Kills an owner that takes too long. */
async function within(place: OwnerPlace, limitMs: number, work: Promise<void>): Promise<void> {
  const timer = setTimeout(() => void place.kill().catch(() => {}), limitMs)
  try {
    await work
  } finally {
    clearTimeout(timer)
  }
}
