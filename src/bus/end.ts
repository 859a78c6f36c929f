/**
 * One end of a bus: its subscriptions, responders and requests, over a link to the router, whichever that is.
 *
 *   publish, subscribe, request ─▶ Link.send ─▶ router, or the frames of a connection
 *   handlers, promises          ◀─ Heard     ◀─ on a later turn, always
 */
import {
  checkInteger,
  checkKnownKeys,
  Emitter,
  errorFromWire,
  fail,
  isLaneworkError,
  type WireError,
} from '../core/index.ts'
import { kinds, noBytes, outcomes, payloadBytes } from './frames.ts'
import { Interest } from './interest.ts'
import { Requests } from './requests.ts'
import { errorPayload } from './router.ts'
import { checkPattern, checkSubject } from './subject.ts'
import type { Answer, Bus, BusEvents, BusStatus, EndOptions, Hear, RequestOptions, Subscription } from './types.ts'

/** The way to the router. */
export interface Link {
  /** Most subscriptions and responders that the hub takes of one end. */
  readonly subscriptions: number
  readonly state: 'open' | 'lost'
  /** False when it was dropped, as too much waits already. */
  send(kind: number, outcome: number, id: number, subject: string, payload: Uint8Array): boolean
  /** Sends what waits, and lets go. */
  close(): Promise<void>
}

/** What a link tells its end; never within a call of the end's own. */
export interface Heard {
  onMessage(subject: string, payload: Uint8Array): void
  onRequest(id: number, subject: string, payload: Uint8Array): void
  onOutcome(id: number, outcome: number, payload: Uint8Array): void
  onPong(id: number): void
  onLost(error: Error): void
  /** The hub knows again what this end wants. */
  onBack(lostMs: number): void
  onClosed(error: Error | undefined): void
  /** Says anew what this end wants, to a hub that does not know. */
  tellWants(send: (kind: number, subject: string) => void): void
  isWaiting(request: number): boolean
}

interface Listener {
  readonly pattern: string
  readonly hear: Hear
  open: boolean
}

interface Responder {
  readonly answer: Answer
}

export class End implements Bus, Heard {
  readonly #events = new Emitter<BusEvents>()
  readonly #interest = new Interest<Listener>()
  readonly #patterns = new Map<string, number>()
  readonly #responders = new Map<string, Responder[]>()
  readonly #requests: Requests
  readonly #pings = new Map<number, { resolve: () => void; reject: (error: Error) => void }>()
  readonly #link: Link
  readonly #counts = { published: 0, received: 0, dropped: 0, gaps: 0 }
  #matched: Listener[] = []
  #lastPing = 0
  #turn = 0
  #closed = false
  #closing: Promise<void> | undefined

  constructor(connect: (heard: Heard) => Link, options: EndOptions) {
    const limit = checkInteger('requests', options.requests ?? 65_536, 1, 65_536)
    this.#requests = new Requests(limit, (id) => this.#link.send(kinds.cancel, 0, id, '', noBytes))
    this.#link = connect(this)
  }

  publish(subject: string, payload: Uint8Array): void {
    checkSubject(subject)
    this.#check(subject, payload)
    if (this.#link.send(kinds.message, 0, 0, subject, payload)) this.#counts.published++
    else this.#counts.dropped++
  }

  subscribe(pattern: string, hear: Hear): Subscription {
    checkPattern(pattern)
    const count = this.#patterns.get(pattern) ?? 0
    if (count === 0) this.#checkRoom()
    else this.#checkOpen()
    const listener: Listener = { pattern, hear, open: true }
    this.#interest.add(pattern, listener)
    this.#patterns.set(pattern, count + 1)
    if (count === 0) this.#tell(kinds.subscribe, pattern)
    return this.#subscription(() => this.#forget(listener))
  }

  respond(subject: string, answer: Answer): Subscription {
    checkSubject(subject)
    const present = this.#responders.get(subject)
    if (present === undefined) this.#checkRoom()
    else this.#checkOpen()
    const responder: Responder = { answer }
    if (present === undefined) this.#responders.set(subject, [responder])
    else present.push(responder)
    if (present === undefined) this.#tell(kinds.respond, subject)
    return this.#subscription(() => this.#forgetResponder(subject, responder))
  }

  async request(subject: string, payload: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    checkSubject(subject)
    checkKnownKeys('request', options, ['timeoutMs', 'signal'])
    const timeoutMs = checkInteger('timeoutMs', options.timeoutMs ?? 5_000, 1, 2_147_483_647)
    this.#check(subject, payload)
    return this.#requests.add(subject, timeoutMs, options.signal, (id) =>
      this.#link.send(kinds.request, 0, id, subject, payload),
    )
  }

  on<Name extends keyof BusEvents>(name: Name, listener: (event: BusEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  async flush(): Promise<void> {
    this.#checkOpen()
    if (this.#link.state === 'lost') throw fail('CONNECTION_RESET', { address: 'the hub of the bus' })
    const id = (this.#lastPing = (this.#lastPing + 1) >>> 0)
    await new Promise<void>((resolve, reject) => {
      this.#pings.set(id, { resolve, reject })
      this.#link.send(kinds.ping, 0, id, '', noBytes)
    })
  }

  status(): BusStatus {
    return {
      ...this.#counts,
      state: this.#closed ? 'closed' : this.#link.state,
      subscriptions: this.#patterns.size,
      responders: this.#responders.size,
      waiting: this.#requests.size,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // What the link tells

  onMessage(subject: string, payload: Uint8Array): void {
    this.#counts.received++
    // Collected first: who subscribes while this is heard does not hear it.
    const matched = this.#matched
    this.#matched = []
    this.#interest.visit(subject, (listener) => matched.push(listener))
    for (const listener of matched) {
      if (!listener.open) continue
      try {
        listener.hear(payload, subject)
      } catch (error) {
        throwLater(error)
      }
    }
    matched.length = 0
    this.#matched = matched
  }

  onRequest(id: number, subject: string, payload: Uint8Array): void {
    void this.#answer(id, subject, payload)
  }

  onOutcome(id: number, outcome: number, payload: Uint8Array): void {
    this.#requests.settle(id, (subject) =>
      outcome === outcomes.answered ? payload : errorOf(outcome, subject, payload),
    )
  }

  onPong(id: number): void {
    this.#pings.get(id)?.resolve()
    this.#pings.delete(id)
  }

  onLost(error: Error): void {
    const reset = (): Error => fail('CONNECTION_RESET', { address: 'the hub of the bus' }, { cause: error })
    this.#requests.failAll(reset)
    this.#failPings(reset)
    this.#events.emit('lost', { error })
  }

  onBack(lostMs: number): void {
    this.#counts.gaps++
    this.#events.emit('gap', { lostMs })
  }

  onClosed(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    const closed = (): Error => fail('CLOSED', { what: 'bus' }, { cause: error })
    this.#requests.failAll(closed)
    this.#failPings(closed)
    this.#events.emit('closed', { error })
  }

  tellWants(send: (kind: number, subject: string) => void): void {
    for (const pattern of this.#patterns.keys()) send(kinds.subscribe, pattern)
    for (const subject of this.#responders.keys()) send(kinds.respond, subject)
  }

  isWaiting(request: number): boolean {
    return this.#requests.has(request)
  }
  async #answer(id: number, subject: string, payload: Uint8Array): Promise<void> {
    const present = this.#responders.get(subject)
    if (present === undefined) return this.#reply(id, outcomes.noResponder, noBytes)
    const responder = present[this.#turn++ % present.length] as Responder
    try {
      const answer = await responder.answer(payload, subject)
      if (!(answer instanceof Uint8Array))
        throw fail('OPTION_INVALID', { option: `answer of ${subject}`, rule: 'a Uint8Array', got: typeof answer })
      checkPayload(subject, answer)
      this.#reply(id, outcomes.answered, answer)
    } catch (error) {
      this.#reply(id, outcomes.failed, errorPayload(error))
    }
  }

  #reply(id: number, outcome: number, payload: Uint8Array): void {
    if (!this.#closed && !this.#link.send(kinds.answer, outcome, id, '', payload)) this.#counts.dropped++
  }

  #subscription(forget: () => void): Subscription {
    let ready: Promise<void> | undefined
    let open = true
    const settled = (): Promise<void> => this.#settled()
    return {
      get ready() {
        ready ??= open ? settled() : Promise.resolve()
        return ready
      },
      close() {
        if (!open) return
        open = false
        forget()
      },
    }
  }

  /** Resolves once the hub has taken what was said before, if need be after the connection is back. */
  async #settled(): Promise<void> {
    for (;;) {
      this.#checkOpen()
      if (this.#link.state === 'lost') await this.#backOrClosed()
      else
        try {
          return await this.flush()
        } catch (error) {
          if (!isLaneworkError(error, 'CONNECTION_RESET')) throw error
        }
    }
  }

  #backOrClosed(): Promise<void> {
    return new Promise((resolve) => {
      const offs = [this.on('gap', () => done()), this.on('closed', () => done())]
      const done = (): void => {
        for (const off of offs) off()
        resolve()
      }
    })
  }

  #forget(listener: Listener): void {
    listener.open = false
    const { pattern } = listener
    this.#interest.delete(pattern, listener)
    const count = (this.#patterns.get(pattern) as number) - 1
    if (count > 0) {
      this.#patterns.set(pattern, count)
      return
    }
    this.#patterns.delete(pattern)
    this.#tell(kinds.unsubscribe, pattern)
  }

  #forgetResponder(subject: string, responder: Responder): void {
    const present = this.#responders.get(subject) ?? []
    present.splice(present.indexOf(responder), 1)
    if (present.length > 0) return
    this.#responders.delete(subject)
    this.#tell(kinds.unrespond, subject)
  }

  /** While the connection is lost there is nobody to tell; the hub learns all of it when it is back. */
  #tell(kind: number, subject: string): void {
    if (!this.#closed && this.#link.state === 'open') this.#link.send(kind, 0, 0, subject, noBytes)
  }

  #failPings(error: () => Error): void {
    const pings = [...this.#pings.values()]
    this.#pings.clear()
    for (const ping of pings) ping.reject(error())
  }

  #check(subject: string, payload: Uint8Array): void {
    this.#checkOpen()
    checkPayload(subject, payload)
  }

  #checkOpen(): void {
    if (this.#closed || this.#closing !== undefined) throw fail('CLOSED', { what: 'bus' })
  }

  #checkRoom(): void {
    this.#checkOpen()
    const limit = this.#link.subscriptions
    if (this.#patterns.size + this.#responders.size >= limit)
      throw fail('CONTROL_BUSY', { what: 'subscriptions of one connection', limit })
  }

  async #close(): Promise<void> {
    await this.#link.close()
    this.onClosed(undefined)
  }
}

function checkPayload(subject: string, payload: Uint8Array): void {
  if (!(payload instanceof Uint8Array))
    throw fail('OPTION_INVALID', { option: 'payload', rule: 'a Uint8Array', got: typeof payload })
  if (payload.length > payloadBytes)
    throw fail('PAYLOAD_TOO_LONG', { subject, sizeBytes: payload.length, limitBytes: payloadBytes })
}

/** The error that an outcome without an answer stands for. */
function errorOf(outcome: number, subject: string, payload: Uint8Array): Error {
  if (outcome === outcomes.noResponder) return fail('NO_RESPONDER', { subject })
  if (outcome === outcomes.responderLost) return fail('RESPONDER_LOST', { subject })
  if (outcome === outcomes.full) return fail('QUEUE_FULL', { queue: 'requests at the hub', limit: 65_536 })
  try {
    return errorFromWire(JSON.parse(Buffer.from(payload).toString()) as WireError)
  } catch (cause) {
    return fail('FRAME_INVALID', { framing: 'bus', reason: 'the error of a responder cannot be read' }, { cause })
  }
}

/** As with events: what a handler throws is the process's, not the bus's. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
