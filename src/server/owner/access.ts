/**
 * A lane's side of the one owner: its snapshot, and its calls until they are answered. How calls travel is the port's matter:
 * inline straight to the host, else as messages through the supervisor's relay.
 */
import { errorFromWire, fail, systemClock, type Clock, type Timer } from '../../core/index.ts'
import { guardHook } from '../lane.ts'
import type { SharedAccess } from '../types.ts'
import type { Snapshot, ToLane } from './messages.ts'
import { openSnapshot } from './snapshot.ts'

/** The way to the owner. */
export interface AccessPort {
  /** Answered by `answer` or `refuse` with this id. What it throws or rejects with (NOT_SERIALIZABLE) fails the call. */
  ask(id: number, method: string, args: readonly unknown[]): void | Promise<void>
  /** Nobody waits for the answer any more. */
  cancel?(id: number): void
  /** A snapshot has come; the next may be sent. */
  got?(): void
}

export interface AccessOptions {
  /** @default the machine's */
  readonly clock?: Clock
  /** A call that is not answered after this many milliseconds fails with TIMED_OUT. @default 10_000 */
  readonly timeoutMs?: number
  /** Calls without an answer at a time; more fail with CONTROL_BUSY. @default 1_024 */
  readonly limit?: number
  /** Whether there is an owner; a relay stands for one, as it keeps calls until there is. @default true */
  readonly ready?: boolean
  /** Told what a listener of `onSnapshot` threw. */
  readonly onError?: (error: unknown) => void
}

interface Call {
  readonly method: string
  args: readonly unknown[]
  /** The owner has it. */
  asked: boolean
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
  readonly timer: Timer
}

interface Listener {
  readonly hear: (snapshot: Uint8Array) => unknown
}

export class LaneAccess implements SharedAccess {
  readonly #port: AccessPort
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #limit: number
  readonly #onError: (error: unknown) => void
  readonly #calls = new Map<number, Call>()
  readonly #listeners = new Set<Listener>()
  #ids = 0
  #ready: boolean
  #snapshot: Uint8Array | undefined
  #version = 0
  #closed: Error | undefined

  constructor(port: AccessPort, options: AccessOptions = {}) {
    this.#port = port
    this.#clock = options.clock ?? systemClock
    this.#timeoutMs = options.timeoutMs ?? 10_000
    this.#limit = options.limit ?? 1_024
    this.#ready = options.ready ?? true
    this.#onError = options.onError ?? (() => {})
  }

  get snapshot(): Uint8Array | undefined {
    return this.#snapshot
  }

  get version(): number {
    return this.#version
  }

  /** Calls without an answer. */
  get waiting(): number {
    return this.#calls.size
  }

  onSnapshot(hear: (snapshot: Uint8Array) => void): () => void {
    const listener = { hear }
    this.#listeners.add(listener)
    if (this.#snapshot !== undefined) this.#tell(listener, this.#snapshot)
    return () => void this.#listeners.delete(listener)
  }

  call(method: string, ...args: unknown[]): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    if (this.#calls.size >= this.#limit)
      return Promise.reject(fail('CONTROL_BUSY', { what: 'calls of a lane to shared()', limit: this.#limit }))
    return new Promise((resolve, reject) => {
      const id = ++this.#ids
      const timer = this.#clock.after(this.#timeoutMs, () => this.#timeOut(id))
      this.#calls.set(id, { method, args, asked: false, resolve, reject, timer })
      if (this.#ready) this.#ask(id)
    })
  }

  /** Takes what the relay sent. */
  receive(message: ToLane): void {
    if (message[0] === 'answer') this.answer(message[1], message[2])
    else if (message[0] === 'error') this.refuse(message[1], errorFromWire(message[2]))
    else this.setSnapshot(message[1])
  }

  /** The call has succeeded. One that nobody waits for any more is passed over. */
  answer(id: number, value: unknown): void {
    this.#take(id)?.resolve(value)
  }

  /** The call has failed. */
  refuse(id: number, error: unknown): void {
    this.#take(id)?.reject(error)
  }

  /** A new snapshot; it belongs to this lane from now on. */
  setSnapshot(form: Snapshot): void {
    const snapshot = openSnapshot(form)
    this.#snapshot = snapshot
    const version = ++this.#version
    this.#port.got?.()
    // Those that are added meanwhile have been told at once.
    const listeners = [...this.#listeners]
    for (const listener of listeners) {
      // A listener may end another one, or bring about the next snapshot, which all have heard of then.
      if (this.#version !== version) return
      if (this.#listeners.has(listener)) this.#tell(listener, snapshot)
    }
  }

  /** There is no owner: what it had in hand fails with the error (PROCESS_DIED); what it had not taken over waits. */
  ownerEnded(error: unknown): void {
    this.#ready = false
    for (const [id, call] of this.#calls) if (call.asked) this.refuse(id, error)
  }

  /** There is an owner: it gets what waits, in order. */
  ownerReady(): void {
    this.#ready = true
    for (const [id, call] of this.#calls) if (!call.asked) this.#ask(id)
  }

  /** Calls without an answer fail, and so do all that come later. The snapshot stays. */
  close(error: Error = fail('CLOSED', { what: 'way to shared()' })): void {
    this.#closed ??= error
    for (const id of this.#calls.keys()) this.refuse(id, error)
    this.#listeners.clear()
  }

  #ask(id: number): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    const { args } = call
    call.asked = true
    call.args = []
    try {
      const sent = this.#port.ask(id, call.method, args)
      if (sent !== undefined) sent.catch((error: unknown) => this.refuse(id, error))
    } catch (error) {
      this.refuse(id, error)
    }
  }

  #timeOut(id: number): void {
    const call = this.#calls.get(id)
    if (call?.asked === true) this.#port.cancel?.(id)
    this.refuse(id, fail('TIMED_OUT', { what: `The call of ${call?.method}`, timeoutMs: this.#timeoutMs }))
  }

  #take(id: number): Call | undefined {
    const call = this.#calls.get(id)
    this.#calls.delete(id)
    call?.timer.cancel()
    return call
  }

  #tell({ hear }: Listener, snapshot: Uint8Array): void {
    try {
      guardHook(hear(snapshot), this.#onError)
    } catch (error) {
      this.#onError(error)
    }
  }
}
