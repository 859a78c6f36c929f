/** Keeps the one owner of a server alive: starts it again when it died, with ever longer pauses, and changes it at a reload. */
import { Relay } from '../owner/relay.ts'
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
  readonly #options: OwnerKeeperOptions
  readonly #pace: Pace
  #place: OwnerPlace
  #runs = 0
  #restarts = 0
  #begunMs = 0
  #state: LaneState = 'starting'
  #timer: NodeJS.Timeout | undefined
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

  /** Rejects with what `shared` throws. */
  async start(): Promise<void> {
    const place = this.#place
    this.#state = 'starting'
    await place.start()
    await place.begin(++this.#runs)
    this.#serve(place)
  }

  /**
   * Ends the old one and begins a new one, with the service loaded anew; calls wait meanwhile. When the new one fails the old
   * one begins again. Gives what goes back to the old one later. Rejects with what the new `shared` throws.
   */
  async reload(): Promise<OwnerChange> {
    const old = this.#place
    const fresh = this.#newPlace()
    try {
      await fresh.start()
    } catch (error) {
      await fresh.close(0)
      throw error
    }
    await this.#pause(old)
    try {
      await fresh.begin(++this.#runs)
      this.#place = fresh
      this.#serve(fresh)
    } catch (error) {
      await fresh.close(0)
      await this.#again(old)
      throw error
    }
    const undo = async (): Promise<void> => {
      await this.#pause(fresh)
      this.#place = old
      await fresh.close()
      await this.#again(old)
    }
    return { undo, done: () => void old.close() }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#state = 'dead'
    this.relay.close()
    const place = this.#place
    if (place.began) await place.end().catch(() => {})
    await place.close()
  }

  #serve(place: OwnerPlace): void {
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
    await place.end().catch(() => {})
  }

  /** The old one goes on, in its own process, or in a new one when it has died meanwhile. */
  async #again(old: OwnerPlace): Promise<void> {
    try {
      await old.begin(++this.#runs)
      this.#serve(old)
    } catch {
      this.#restart(old)
    }
  }

  #died(place: OwnerPlace): void {
    if (this.#closed || place !== this.#place) return
    this.relay.ownerEnded(place.failure)
    this.#restart(place)
  }

  #restart(dead: OwnerPlace): void {
    this.#state = 'dead'
    const nowMs = performance.now()
    const goesOn = this.#pace.died(nowMs, this.#begunMs === 0 ? 0 : nowMs - this.#begunMs)
    if (!goesOn) return this.#options.onGiveUp(this.#pace.deaths, dead.failure)
    this.#begunMs = 0
    this.#restarts++
    this.#timer = setTimeout(() => this.#startAgain(), Math.max(0, this.#pace.dueMs - nowMs))
  }

  #startAgain(): void {
    const place = this.#newPlace()
    this.#place = place
    this.start().catch(async () => {
      await place.close(0)
      if (!this.#closed && this.#place === place) this.#restart(place)
    })
  }

  #newPlace(): OwnerPlace {
    const { kind, service: url, supervision } = this.#options
    return new OwnerPlace({
      kind,
      url,
      onMessage: (message) => this.relay.fromOwner(message),
      process: { hangMs: supervision.hangMs },
    })
  }

  #pid(): number {
    try {
      return this.#place.pid
    } catch {
      return 0
    }
  }
}
