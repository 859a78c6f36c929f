/**
 * The way between an end and a router in the same thread. What an end says, the router knows at once; what it hears comes on a later
 * turn of the event loop, in order, so that nothing is heard within a call, and ends that answer one another starve nobody.
 */
import type { Heard, Link } from './end.ts'
import { kinds } from './frames.ts'
import type { Member, Port, Router } from './router.ts'

interface Item {
  readonly kind: number
  readonly id: number
  readonly outcome: number
  readonly subject: string
  readonly payload: Uint8Array
}

export class LocalLink implements Link, Port {
  readonly subscriptions: number = Infinity
  readonly echo: boolean
  readonly #router: Router
  readonly #heard: Heard
  readonly #member: Member
  #inbox: Item[] = []
  #closed = false

  readonly #onLeave: () => void

  constructor(router: Router, heard: Heard, echo: boolean, onLeave: () => void = () => {}) {
    this.#onLeave = onLeave
    this.#router = router
    this.#heard = heard
    this.echo = echo
    this.#member = router.join(this)
  }

  get state(): 'open' {
    return 'open'
  }

  send(kind: number, outcome: number, id: number, subject: string, payload: Uint8Array): boolean {
    if (this.#closed) return false
    const router = this.#router
    const member = this.#member
    if (kind === kinds.message) router.publish(member, subject, Buffer.from(payload), undefined)
    else if (kind === kinds.request) router.request(member, id, subject, Buffer.from(payload))
    else if (kind === kinds.answer) router.answer(member, id, outcome, Buffer.from(payload))
    else if (kind === kinds.subscribe) router.subscribe(member, subject)
    else if (kind === kinds.unsubscribe) router.unsubscribe(member, subject)
    else if (kind === kinds.respond) router.respond(member, subject)
    else if (kind === kinds.unrespond) router.unrespond(member, subject)
    else if (kind === kinds.cancel) router.cancel(member, id)
    else if (kind === kinds.ping) this.#put(kinds.pong, id, 0, subject, payload)
    return true
  }

  async close(): Promise<void> {
    this.#leave()
  }

  /** The router's side is gone. */
  end(error: Error): void {
    if (this.#closed) return
    this.#leave()
    setImmediate(() => this.#heard.onClosed(error))
  }

  // Called by the router

  deliver(subject: string, payload: Uint8Array): void {
    this.#put(kinds.message, 0, 0, subject, payload)
  }

  ask(id: number, subject: string, payload: Uint8Array): void {
    this.#put(kinds.request, id, 0, subject, payload)
  }

  outcome(id: number, outcome: number, payload: Uint8Array): void {
    this.#put(kinds.answer, id, outcome, '', payload)
  }

  #put(kind: number, id: number, outcome: number, subject: string, payload: Uint8Array): void {
    if (this.#inbox.push({ kind, id, outcome, subject, payload }) === 1) setImmediate(() => this.#hear())
  }

  #hear(): void {
    const items = this.#inbox
    this.#inbox = []
    for (const { kind, id, outcome, subject, payload } of items) {
      if (this.#closed) return
      if (kind === kinds.message) this.#heard.onMessage(subject, payload)
      else if (kind === kinds.request) this.#heard.onRequest(id, subject, payload)
      else if (kind === kinds.answer) this.#heard.onOutcome(id, outcome, payload)
      else this.#heard.onPong(id)
    }
  }

  #leave(): void {
    if (this.#closed) return
    this.#closed = true
    this.#inbox = []
    this.#router.leave(this.#member)
    this.#onLeave()
  }
}
