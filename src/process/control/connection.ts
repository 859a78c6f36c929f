/**
 * The server's side of one client: its calls in flight, its streams and their credit.
 * A client that does not read its answers is not read from either, so it cannot fill the server's memory.
 */
import { errorToWire, fail } from '../../core/index.ts'
import type { PeerCredentials, StreamConnection } from '../../io/index.ts'
import { Link } from './link.ts'
import { clientMessage, protocolVersion, type ClientMessage, type ServerMessage } from './messages.ts'
import type { CallContext, ControlMethods, ControlPeer } from './types.ts'

export interface ConnectionSettings {
  readonly id: number
  readonly methods: ControlMethods
  readonly frameBytes: number
  readonly callsPerConnection: number
  readonly onGone: (connection: Connection, error: Error) => void
}

/** One call or stream in flight. */
class Call {
  readonly controller = new AbortController()
  /** Items that the client has room for. */
  credit = 0
  #wake: (() => void) | undefined

  addCredit(items: number): void {
    this.credit += items
    this.#wake?.()
  }

  cancel(reason: Error): void {
    this.controller.abort(reason)
    this.#wake?.()
  }

  /** Resolves when an item may go, or the call is cancelled. */
  async allowed(): Promise<void> {
    while (this.credit === 0 && !this.controller.signal.aborted) {
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}

export class Connection implements ControlPeer {
  readonly id: number
  readonly credentials: PeerCredentials | undefined
  readonly #settings: ConnectionSettings
  readonly #link: Link
  readonly #calls = new Map<number, Call>()
  readonly #disconnects = new Set<() => void>()

  constructor(connection: StreamConnection, credentials: PeerCredentials | undefined, settings: ConnectionSettings) {
    this.id = settings.id
    this.credentials = credentials
    this.#settings = settings
    this.#link = new Link(connection, settings.frameBytes, {
      onMessage: (value) => this.#onMessage(clientMessage(value)),
      onClose: (error) => this.#onClose(error),
    })
  }

  get connected(): boolean {
    return !this.#link.closed
  }

  onDisconnect(listener: () => void): () => void {
    if (!this.connected) queueMicrotask(listener)
    else this.#disconnects.add(listener)
    return () => this.#disconnects.delete(listener)
  }

  greet(): void {
    this.#link.send(['hello', protocolVersion, process.pid])
  }

  /** Says why, and lets go. */
  refuse(error: Error): void {
    this.#link.send(['refused', errorToWire(error)])
    this.#link.end()
  }

  close(error: Error): void {
    for (const call of this.#calls.values()) call.cancel(error)
    this.#link.end()
  }

  #onMessage(message: ClientMessage): void {
    if (message[0] === 'tell') return this.#onTold(message[1], message[2])
    const [kind, id] = message
    if (kind === 'more') this.#calls.get(id)?.addCredit(message[2])
    else if (kind === 'cancel') this.#calls.get(id)?.cancel(fail('ABORTED', { what: `Call ${id}` }))
    else this.#begin(kind, id, message[2], message[3])
  }

  #begin(kind: 'call' | 'stream', id: number, name: string, params: unknown): void {
    if (this.#calls.has(id)) throw fail('FRAME_INVALID', { framing: 'control', reason: `call ${id} runs already` })
    const { callsPerConnection: limit } = this.#settings
    if (this.#calls.size >= limit) {
      this.#reply(['error', id, errorToWire(fail('CONTROL_BUSY', { what: 'calls of one client', limit }))])
      return
    }
    const call = new Call()
    this.#calls.set(id, call)
    try {
      const outcome = this.#invoke(name, params, { signal: call.controller.signal, peer: this })
      // Answered in the same turn, so that a flood of cheap calls stops when the answers stop leaving.
      if (kind === 'stream' || isPromise(outcome)) void this.#answer(kind, id, call, name, outcome)
      else this.#finish(['result', id, checkSingle(name, outcome)])
    } catch (error) {
      this.#finish(['error', id, errorToWire(error)])
    }
  }

  /** Nobody waits for what comes of it, good or bad. */
  #onTold(name: string, params: unknown): void {
    try {
      const outcome = this.#invoke(name, params, { signal: new AbortController().signal, peer: this })
      if (isPromise(outcome)) outcome.then(undefined, () => {})
    } catch {
      // As above.
    }
  }

  async #answer(kind: 'call' | 'stream', id: number, call: Call, name: string, outcome: unknown): Promise<void> {
    try {
      if (kind === 'call') return this.#finish(['result', id, checkSingle(name, await outcome)])
      await this.#pour(id, call, checkIterable(name, await outcome))
      this.#finish(['end', id])
    } catch (error) {
      this.#finish(['error', id, errorToWire(error)])
    }
  }

  #finish(message: ServerMessage): void {
    this.#calls.delete(message[1] as number)
    this.#reply(message)
  }

  #invoke(name: string, params: unknown, context: CallContext): unknown {
    const { methods } = this.#settings
    const method = Object.hasOwn(methods, name) ? methods[name] : undefined
    if (method === undefined) {
      throw fail('METHOD_UNKNOWN', { method: name, known: Object.keys(methods).join(', ') })
    }
    return method(params as never, context)
  }

  /** Items as far as the client has room, and as the socket takes them. */
  async #pour(id: number, call: Call, items: AsyncIterable<unknown>): Promise<void> {
    const { signal } = call.controller
    const iterator = items[Symbol.asyncIterator]()
    try {
      for (;;) {
        await call.allowed()
        signal.throwIfAborted()
        const next = await unlessAborted(iterator.next(), signal)
        if (next.done === true) return
        call.credit--
        this.#link.send(['item', id, next.value])
        await this.#link.drained()
      }
    } finally {
      // A generator that waits for something else gets to its own end later; nobody waits for it here.
      void iterator.return?.().then(undefined, () => {})
    }
  }

  /** An answer that cannot be sent becomes an error that can. */
  #reply(message: ServerMessage): void {
    try {
      this.#link.send(message)
    } catch (error) {
      this.#link.send(['error', message[1] as number, errorToWire(error)])
    }
    if (this.#link.isFull) this.#holdBack()
  }

  #holdBack(): void {
    this.#link.pause()
    void this.#link.drained().then(() => this.connected && this.#link.resume())
  }

  #onClose(error: Error): void {
    for (const call of this.#calls.values()) call.cancel(error)
    for (const listener of this.#disconnects) queueMicrotask(listener)
    this.#disconnects.clear()
    this.#settings.onGone(this, error)
  }
}

/** As the promise, unless the signal is aborted before. A race with one promise of the abort would keep every item until then. */
function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function checkIterable(method: string, value: unknown): AsyncIterable<unknown> {
  if (isIterable(value)) return value
  throw fail('METHOD_MISUSED', { method, reason: 'it gives one result; use call' })
}

function checkSingle(method: string, value: unknown): unknown {
  if (!isIterable(value)) return value
  throw fail('METHOD_MISUSED', { method, reason: 'it gives a stream of items; use stream' })
}
