/**
 * A lane's way to the owner: a bus at the place that the owner last told, with what the lane subscribes to. When it breaks, or another owner
 * comes, the lane says again whom it has.
 */
import { afterAwake, fail, isLaneworkError, type Clock } from '../../../core/index.ts'
import { connectBus, type Bus, type Subscription } from '../../../bus/index.ts'
import {
  askSubject,
  fromBytes,
  toBytes,
  type AskOwner,
  type InParts,
  type OwnerNotice,
  type UnknownLane,
} from '../messages.ts'

export interface OwnerLinkHooks {
  /** A way is there: subscribes to all that matters, and tells the owner what is here; `isNew`: it is another owner. Throws what `tell` throws. */
  connected(isNew: boolean): Promise<void>
  /** There is none, for now. */
  lost(): void
}

/** How long a request waits for a way to the owner. */
const wayMs = 5_000
/** The owner writes to the disk before it answers. */
const answerMs = 10_000
/** Between attempts to say hello. */
const [firstPauseMs, longestPauseMs] = [50, 2_000]
/** How long the bus of a former owner may take to end once there is another. */
const lastWordsMs = 1_000

/** Errors after which the owner may have done what it was asked all the same. */
const mayBeDone: ReadonlySet<string> = new Set(['TIMED_OUT', 'CONNECTION_RESET', 'RESPONDER_LOST'])

/** There is no answer: nothing has been done, or nobody knows. */
export interface Unanswered {
  readonly unanswered: 'not-done' | 'may-be-done'
}

export class OwnerLink {
  readonly #clock: Clock
  readonly #hooks: OwnerLinkHooks
  readonly #waiters = new Set<(bus: Bus | undefined) => void>()
  #bus: Bus | undefined
  /** The way is there, and the owner knows us. */
  #isUp = false
  /** This owner has heard of all that are here. */
  #isKnown = false
  #turn: Promise<void> = Promise.resolve()
  /** Count notices, and hellos begun: what is not of the last has no say any more. */
  #notices = 0
  #ups = 0
  #wake: () => void = () => {}
  #isClosed = false

  constructor(clock: Clock, hooks: OwnerLinkHooks) {
    this.#clock = clock
    this.#hooks = hooks
  }

  /** Goes on by the owner's bus that the notice names; one after the other. */
  follow(notice: OwnerNotice): Promise<void> {
    const number = ++this.#notices
    this.#wake()
    this.#turn = this.#turn.then(() => this.#follow(notice, number))
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

  respond(subject: string): Subscription | undefined {
    return this.#bus?.respond(subject, (payload) => payload)
  }

  /** Asks over the way that is there, also before the owner knows us. Throws what a bus throws, and RESPONDER_LOST where we are unknown. */
  async tell<Value>(message: AskOwner): Promise<Value> {
    const bus = this.#bus
    if (bus === undefined) throw fail('CLOSED', { what: 'bus' })
    const answer = await request<Value>(bus, message)
    if (isUnknown(answer)) throw fail('RESPONDER_LOST', { subject: askSubject })
    return answer
  }

  /** Asks once there is a way. An owner that does not know us is told who is here first. */
  async ask<Value>(message: AskOwner): Promise<Value | Unanswered> {
    for (let attempt = 0; attempt < 2; attempt++) {
      const bus = await this.#way()
      if (bus === undefined) break
      try {
        const answer = await request<Value>(bus, message)
        if (!isUnknown(answer)) return answer
        this.sayHello()
      } catch (error) {
        if (!isLaneworkError(error)) throw error
        return { unanswered: mayBeDone.has(error.code) ? 'may-be-done' : 'not-done' }
      }
    }
    return { unanswered: 'not-done' }
  }

  /** The owner does not know us any more. */
  sayHello(): void {
    const bus = this.#bus
    if (bus === undefined || !this.#isUp) return
    this.#down()
    void this.#up(bus)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#wake()
    await this.#turn.catch(() => {})
    this.#release(undefined)
    await this.#bus?.close()
    this.#bus = undefined
  }

  async #follow({ path }: OwnerNotice, number: number): Promise<void> {
    if (this.#isClosed) return
    this.#down()
    const former = this.#bus
    if (former !== undefined) await this.#heardOut(former)
    this.#bus = undefined
    await former?.close()
    const bus = await this.#reach(path, number)
    // That owner has gone again: the next tells where it is.
    if (bus === undefined || this.#isClosed) return await bus?.close()
    this.#bus = bus
    bus.on('lost', () => this.#down())
    bus.on('gap', () => void this.#up(bus))
    bus.on('closed', () => this.#down())
    this.#isKnown = false
    await this.#up(bus)
  }

  /** Until there is a way, or another to follow: an owner that stands still for a while greets too late, and is there all the same. */
  async #reach(path: string, number: number): Promise<Bus | undefined> {
    for (let pauseMs = firstPauseMs; !this.#isClosed; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const bus = await connectBus(path).catch((error: unknown) => {
        if (!isLaneworkError(error)) throw error
      })
      if (bus !== undefined) return bus
      if (this.#notices !== number) break
      await this.#pause(pauseMs)
    }
    return undefined
  }

  /** The notice of the next owner may be read before what the last one said: its end comes behind that. */
  async #heardOut(former: Bus): Promise<void> {
    if (former.status().state !== 'open') return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        timer.cancel()
        for (const off of offs) off()
        resolve()
      }
      const offs = [former.on('lost', done), former.on('closed', done)]
      const timer = afterAwake(this.#clock, lastWordsMs, done)
      this.#wake = () => this.#isClosed && done()
    })
  }

  /** Until the owner knows us, or there is another way to follow. */
  async #up(bus: Bus): Promise<void> {
    const [notices, ups] = [this.#notices, ++this.#ups]
    const isCurrent = (): boolean => this.#ups === ups && this.#bus === bus && bus.status().state === 'open'
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      const isKnown = await this.#hooks.connected(!this.#isKnown).then(
        () => true,
        (error: unknown) => {
          if (!isLaneworkError(error)) throw error
          return false
        },
      )
      // Where the way broke, it is told when it is back.
      if (!isCurrent()) return
      if (isKnown) break
      if (this.#notices !== notices || this.#isClosed) return
      await this.#pause(pauseMs)
      if (!isCurrent() || this.#notices !== notices || this.#isClosed) return
    }
    this.#isKnown = true
    this.#isUp = true
    this.#release(bus)
  }

  async #pause(pauseMs: number): Promise<void> {
    if (this.#isClosed) return
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(pauseMs, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
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

/** One request, its answer fetched in parts where it is long. Throws what a bus throws; RESPONDER_LOST where a part is gone. */
async function request<Value>(bus: Bus, message: AskOwner): Promise<Value | UnknownLane> {
  const send = (asked: AskOwner): Promise<Uint8Array> =>
    bus.request(askSubject, toBytes(asked), { timeoutMs: answerMs })
  const answer = fromBytes<Value | InParts | UnknownLane>(await send(message))
  if (!isInParts(answer)) return answer
  const { id, count } = answer.inParts
  const parts: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const part = await send({ kind: 'part', lane: message.lane, id, index })
    if (part.length === 0) throw fail('RESPONDER_LOST', { subject: askSubject })
    parts.push(part)
  }
  return fromBytes<Value>(Buffer.concat(parts))
}

function isInParts(answer: unknown): answer is InParts {
  return typeof answer === 'object' && answer !== null && 'inParts' in answer
}

function isUnknown(answer: unknown): answer is UnknownLane {
  return typeof answer === 'object' && answer !== null && 'isUnknown' in answer
}
