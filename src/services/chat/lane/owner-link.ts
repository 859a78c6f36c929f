/**
 * A lane's way to the owner: a bus at the place that the owner last told, with what the lane subscribes to. When it breaks, or another owner
 * comes, the lane says again whom it has.
 */
import { isLaneworkError, type Clock } from '../../../core/index.ts'
import { connectBus, type Bus, type Subscription } from '../../../bus/index.ts'
import { fromBytes, toBytes, type AskOwner, type OwnerNotice } from '../messages.ts'
import { askSubject } from '../messages.ts'

export interface OwnerLinkHooks {
  /** A way is there: subscribes to all that matters, and tells the owner what is here; `isNew`: it is another owner. */
  connected(isNew: boolean): Promise<void>
  /** There is none, for now. */
  lost(): void
}

/** How long a request waits for a way to the owner. */
const wayMs = 5_000
/** The owner writes to the disk before it answers. */
const answerMs = 10_000

export class OwnerLink {
  readonly #clock: Clock
  readonly #hooks: OwnerLinkHooks
  readonly #waiters = new Set<(bus: Bus | undefined) => void>()
  #bus: Bus | undefined
  /** The way is there, and the owner knows us. */
  #isUp = false
  #turn: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(clock: Clock, hooks: OwnerLinkHooks) {
    this.#clock = clock
    this.#hooks = hooks
  }

  /** Goes on by the owner's bus that the notice names; one after the other. */
  follow(notice: OwnerNotice): Promise<void> {
    this.#turn = this.#turn.then(() => this.#follow(notice))
    return this.#turn
  }

  subscribe(subject: string, hear: (payload: Uint8Array) => void): Subscription | undefined {
    try {
      return this.#bus?.subscribe(subject, hear)
    } catch (error) {
      // It ends: there is nothing to be heard any more.
      if (isLaneworkError(error, 'CLOSED')) return undefined
      throw error
    }
  }

  respond(subject: string): void {
    this.#bus?.respond(subject, (payload) => payload)
  }

  /** Asks over the way that is there, also before the owner knows us. Throws what a bus throws. */
  async tell<Value>(message: AskOwner): Promise<Value> {
    const bus = this.#bus
    if (bus === undefined) throw new Error('no way to the owner')
    return fromBytes<Value>(await bus.request(askSubject, toBytes(message), { timeoutMs: answerMs }))
  }

  /** Asks once there is a way; undefined when there is none in time, or it broke. */
  async ask<Value>(message: AskOwner): Promise<Value | undefined> {
    const bus = await this.#way()
    if (bus === undefined) return undefined
    try {
      return fromBytes<Value>(await bus.request(askSubject, toBytes(message), { timeoutMs: answerMs }))
    } catch (error) {
      if (isLaneworkError(error)) return undefined
      throw error
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#turn.catch(() => {})
    this.#release(undefined)
    await this.#bus?.close()
    this.#bus = undefined
  }

  async #follow({ path }: OwnerNotice): Promise<void> {
    if (this.#isClosed) return
    this.#down()
    const former = this.#bus
    this.#bus = undefined
    await former?.close()
    const bus = await connectBus(path).catch(() => undefined)
    // That owner has gone again: the next tells where it is.
    if (bus === undefined || this.#isClosed) return await bus?.close()
    this.#bus = bus
    bus.on('lost', () => this.#down())
    bus.on('gap', () => void this.#up(bus, false))
    bus.on('closed', () => this.#down())
    await this.#up(bus, true)
  }

  async #up(bus: Bus, isNew: boolean): Promise<void> {
    try {
      await this.#hooks.connected(isNew)
    } catch {
      // It broke meanwhile, and is told of again.
      return
    }
    if (this.#bus !== bus || bus.status().state !== 'open') return
    this.#isUp = true
    this.#release(bus)
  }

  #down(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#hooks.lost()
  }

  #way(): Promise<Bus | undefined> {
    if (this.#isUp || this.#isClosed) return Promise.resolve(this.#bus)
    return new Promise((resolve) => {
      const give = (bus: Bus | undefined): void => {
        timer.cancel()
        this.#waiters.delete(give)
        resolve(bus)
      }
      const timer = this.#clock.after(wayMs, () => give(undefined))
      this.#waiters.add(give)
    })
  }

  #release(bus: Bus | undefined): void {
    const waiters = [...this.#waiters]
    for (const give of waiters) give(bus)
  }
}
