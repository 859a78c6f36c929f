/**
 * A hub's side of one connection.
 *
 *   greeting ──hello──▶ open ──▶ gone        garbage, a full queue, the other end: gone, and forgotten by the router
 *
 * What is for it in one turn leaves with one write. Its queue is bounded: who does not read is cut off, and nobody waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { afterAwake, errorToWire, systemClock, type Timer } from '../core/index.ts'
import { lengthPrefix, type FrameDecoder } from '../framing/index.ts'
import type { CloseReason, StreamConnection, StreamEvents } from '../io/index.ts'
import {
  frameBytes,
  helloPayload,
  invalid,
  kinds,
  noBytes,
  outcomes,
  payloadBytes,
  readFrame,
  readHello,
  type Frame,
} from './frames.ts'
import { Outgoing } from './outgoing.ts'
import type { Member, Port, Router } from './router.ts'
import { checkPattern, checkSubject } from './subject.ts'

export const framing: { decoder(frameBytes: number): FrameDecoder } = lengthPrefix({ bytes: 4 })

/** How long a connection may take to greet. */
const greetingMs = 5_000
/** How long one may take to read what waited for it when the hub closed. */
const unsentMs = 5_000
const unsentLookMs = 10

export interface HubSide {
  readonly router: Router
  readonly queueBytes: number
  readonly subscriptions: number
  /** The connection has something to send at the end of the turn. */
  onDirty(connection: HubConnection): void
  /** All that has something to send may send it now. */
  onTurnEnd(): void
  onGone(connection: HubConnection, why: 'ended' | 'slow' | 'invalid'): void
}

export class HubConnection implements Port, StreamEvents {
  echo = true
  /** Has something to send at the end of the turn. */
  isDirty = false
  readonly #stream: StreamConnection
  readonly #hub: HubSide
  readonly #decoder = framing.decoder(frameBytes)
  readonly #out = new Outgoing()
  readonly #frame: Frame = { kind: 0, outcome: 0, id: 0, subject: '', payload: noBytes }
  #member: Member | undefined
  readonly #greeting: Timer
  #gone = false

  constructor(stream: StreamConnection, hub: HubSide) {
    this.#stream = stream
    this.#hub = hub
    this.#greeting = afterAwake(systemClock, greetingMs, () => this.cut('invalid'))
    stream.start(this)
  }

  get queuedBytes(): number {
    return this.#out.length + this.#stream.queuedBytes
  }

  /** Writes what has come together. */
  flush(): void {
    this.isDirty = false
    if (this.#out.length > 0 && !this.#gone) this.#stream.write(this.#out.take())
  }

  /** Says why there is no place for it, and lets go. */
  refuse(error: Error): void {
    this.#out.add(kinds.refused, 0, 0, '', Buffer.from(JSON.stringify(errorToWire(error))))
    void this.close()
  }

  /** Lets go; resolves once what was for it has left, which a process that ends right after would take along. */
  async close(): Promise<void> {
    this.flush()
    this.#leave()
    this.#stream.end()
    for (let waitedMs = 0; this.#stream.queuedBytes > 0 && waitedMs < unsentMs; waitedMs += unsentLookMs)
      await sleep(unsentLookMs)
    // Whoever does not read its end is not waited for.
    setTimeout(() => this.#stream.destroy(), 1_000).unref()
  }

  cut(why: 'slow' | 'invalid' | 'ended'): void {
    if (this.#gone) return
    this.#leave()
    this.#stream.destroy()
    this.#hub.onGone(this, why)
  }

  // Called by the router

  deliver(subject: string, payload: Uint8Array, frame: Uint8Array | undefined): void {
    if (frame === undefined) this.#out.add(kinds.message, 0, 0, subject, payload)
    else this.#out.addFrame(frame)
    this.#added()
  }

  ask(id: number, subject: string, payload: Uint8Array): void {
    this.#out.add(kinds.request, 0, id, subject, payload)
    this.#added()
  }

  outcome(id: number, outcome: number, payload: Uint8Array): void {
    this.#out.add(kinds.answer, outcome, id, '', payload)
    this.#added()
  }

  // Called by the stream

  onData(chunk: Buffer): void {
    if (this.#gone) return
    try {
      this.#decoder.push(chunk)
      for (let bytes = this.#decoder.next(); bytes !== undefined && !this.#gone; bytes = this.#decoder.next()) {
        readFrame(bytes, this.#frame)
        this.#take(this.#frame, bytes)
      }
    } catch {
      this.cut('invalid')
    }
    this.#hub.onTurnEnd()
  }

  onEnd(): void {
    this.cut('ended')
  }

  onDrain(): void {}

  onClose(_reason: CloseReason): void {
    this.cut('ended')
  }

  #take(frame: Frame, bytes: Buffer): void {
    const member = this.#member
    if (member === undefined) return this.#greet(frame)
    const { router } = this.#hub
    const { kind, id, outcome, subject, payload } = frame
    if (kind === kinds.message) {
      checkSubject(subject)
      checkLength(payload)
      router.publish(member, subject, payload, bytes)
    } else if (kind === kinds.request) {
      checkSubject(subject)
      checkLength(payload)
      router.request(member, id, subject, payload)
    } else if (kind === kinds.answer) router.answer(member, id, checkOutcome(outcome), payload)
    else if (kind === kinds.cancel) router.cancel(member, id)
    else if (kind === kinds.ping) this.#pong(id)
    else this.#takeWant(member, kind, subject)
  }

  #takeWant(member: Member, kind: number, subject: string): void {
    const { router } = this.#hub
    if (kind === kinds.subscribe || kind === kinds.respond) {
      if (member.patterns.size + member.answers.size >= this.#hub.subscriptions) throw invalid('too many subscriptions')
    }
    if (kind === kinds.subscribe) {
      checkPattern(subject)
      router.subscribe(member, subject)
    } else if (kind === kinds.respond) {
      checkSubject(subject)
      router.respond(member, subject)
    } else if (kind === kinds.unsubscribe) router.unsubscribe(member, subject)
    else if (kind === kinds.unrespond) router.unrespond(member, subject)
    else throw invalid(`there is no kind ${kind}`)
  }

  #greet(frame: Frame): void {
    const [options] = readHello(frame)
    this.#greeting.cancel()
    this.echo = (options & 1) === 1
    this.#member = this.#hub.router.join(this)
    this.#out.add(kinds.hello, 0, 0, '', helloPayload(payloadBytes, this.#hub.subscriptions))
    this.#added()
  }

  #pong(id: number): void {
    this.#out.add(kinds.pong, 0, id, '', noBytes)
    this.#added()
  }

  #added(): void {
    if (this.#gone) return
    if (!this.isDirty) {
      this.isDirty = true
      this.#hub.onDirty(this)
    }
    // Not at once: the router is still walking over those who are interested.
    if (this.queuedBytes > this.#hub.queueBytes) queueMicrotask(() => this.#checkQueue())
  }

  /** What the system takes now does not count: only what it leaves. */
  #checkQueue(): void {
    this.flush()
    if (this.queuedBytes > this.#hub.queueBytes) this.cut('slow')
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#greeting.cancel()
    this.#out.take()
    if (this.#member !== undefined) this.#hub.router.leave(this.#member)
  }
}

function checkLength(payload: Buffer): void {
  if (payload.length > payloadBytes) throw invalid(`a payload of ${payload.length} bytes`)
}

function checkOutcome(outcome: number): number {
  if (outcome === outcomes.answered || outcome === outcomes.failed || outcome === outcomes.noResponder) return outcome
  throw invalid(`there is no outcome ${outcome}`)
}
