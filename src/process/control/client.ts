/** The other end of a control socket: calls methods of a server, and reads their streams. */
import { resolve } from 'node:path'

import { checkInteger, errorFromWire, fail } from '../../core/index.ts'
import { parseAddress, systemNetwork } from '../../io/index.ts'
import { ItemQueue } from './item-queue.ts'
import { Link } from './link.ts'
import { frameBytesDefault, protocolVersion, serverMessage, type ServerMessage } from './messages.ts'
import type { CallOptions, ControlMethods, StreamOptions, UntypedMethods } from './types.ts'

export interface ControlClientOptions {
  /** Longest wait for the server's greeting. @default 10_000 */
  readonly timeoutMs?: number
  /** Longest message in either direction, in bytes. @default 16_777_216 */
  readonly frameBytes?: number
}

type Item<Outcome> = Outcome extends AsyncIterable<infer Value> ? Value : unknown

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * A connection to a control server.
 *
 * @example
 * const client = await ControlClient.connect<typeof methods>('/run/user/1000/app/control.sock')
 * console.log(await client.call('add', { a: 1, b: 2 }))
 * for await (const tick of client.stream('ticks')) console.log(tick)
 */
export class ControlClient<Methods extends ControlMethods = UntypedMethods> {
  /** Of the server, as it says. */
  readonly serverPid: number
  /** Resolves with the reason when the connection is gone. */
  readonly closed: Promise<Error>
  readonly #session: Session

  private constructor(session: Session, serverPid: number) {
    this.#session = session
    this.serverPid = serverPid
    this.closed = session.closed
  }

  /**
   * Connects to the server at a path and awaits its greeting.
   * Throws CONNECTION_REFUSED, PERMISSION_DENIED, CONTROL_BUSY, CONNECT_TIMEOUT, TIMED_OUT, FRAME_INVALID.
   */
  static async connect<Methods extends ControlMethods = UntypedMethods>(
    path: string,
    options: ControlClientOptions = {},
  ): Promise<ControlClient<Methods>> {
    const { timeoutMs = 10_000 } = options
    const frameBytes = checkInteger('frameBytes', options.frameBytes ?? frameBytesDefault, 1_024, 1_073_741_824)
    const address = parseAddress(`unix:${resolve(path)}`)
    const connection = await systemNetwork().connectStream(address, { timeoutMs })
    const session = new Session((events) => new Link(connection, frameBytes, events))
    return new ControlClient<Methods>(session, await session.greeting(path, timeoutMs))
  }

  /**
   * Calls a method and gives its result. A failed method throws its own error: class, code, detail, causes and the
   * server's stack are kept. Else throws TIMED_OUT, ABORTED, CLOSED, METHOD_UNKNOWN, METHOD_MISUSED, CONTROL_BUSY.
   */
  call<Name extends keyof Methods & string>(
    method: Name,
    params?: Parameters<Methods[Name]>[0],
    options: CallOptions = {},
  ): Promise<Awaited<ReturnType<Methods[Name]>>> {
    return this.#session.call(method, params, options) as Promise<Awaited<ReturnType<Methods[Name]>>>
  }

  /**
   * Calls a method without waiting for an answer; there is none, not even an error, and calls are carried out in their order.
   * Cheaper by half for what is told many times a second. Throws FRAME_TOO_LONG, NOT_SERIALIZABLE.
   */
  tell<Name extends keyof Methods & string>(method: Name, params?: Parameters<Methods[Name]>[0]): void {
    this.#session.link.send(['tell', method, params])
  }

  /** The items of a method that gives a stream. Leaving the loop early cancels it at the server. */
  stream<Name extends keyof Methods & string>(
    method: Name,
    params?: Parameters<Methods[Name]>[0],
    options: StreamOptions = {},
  ): AsyncGenerator<Item<Awaited<ReturnType<Methods[Name]>>>, void> {
    return this.#session.stream(method, params, options) as never
  }

  /** Whether the connection alone keeps the process running. @default true */
  ref(yes: boolean): void {
    this.#session.link.ref(yes)
  }

  /** Lets go; what runs for this client at the server is aborted. */
  async close(): Promise<void> {
    this.#session.link.end()
    await this.closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

class Session {
  readonly link: Link
  readonly #calls = new Map<number, Waiting>()
  readonly #streams = new Map<number, ItemQueue>()
  #nextId = 1
  #failure: Error | undefined
  #resolveClosed: (reason: Error) => void = () => {}
  readonly closed: Promise<Error> = new Promise((resolve) => (this.#resolveClosed = resolve))
  #greeted: Waiting | undefined

  constructor(connect: (events: { onMessage(value: unknown): void; onClose(error: Error): void }) => Link) {
    this.link = connect({
      onMessage: (value) => this.#onMessage(serverMessage(value)),
      onClose: (error) => this.#onClose(error),
    })
  }

  /** The server's pid, from its first message. */
  async greeting(path: string, timeoutMs: number): Promise<number> {
    let timer: NodeJS.Timeout | undefined
    const greeted = new Promise<unknown>((resolve, reject) => {
      this.#greeted = { resolve, reject }
      if (this.#failure !== undefined) reject(this.#failure)
      timer = setTimeout(() => {
        this.link.break(fail('TIMED_OUT', { what: `The greeting of the control server at ${path}`, timeoutMs }))
      }, timeoutMs)
    })
    return greeted.finally(() => clearTimeout(timer)) as Promise<number>
  }

  async call(method: string, params: unknown, { timeoutMs, signal }: CallOptions): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure
    if (signal?.aborted === true) throw fail('ABORTED', { what: `Call of ${method}` }, { cause: signal.reason })
    const id = this.#nextId++
    let timer: NodeJS.Timeout | undefined
    const giveUp = (error: Error): void => {
      this.#calls.get(id)?.reject(error)
      this.link.send(['cancel', id])
    }
    const onAbort = (): void => giveUp(fail('ABORTED', { what: `Call of ${method}` }, { cause: signal?.reason }))
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#calls.set(id, { resolve, reject })
        this.link.send(['call', id, method, params])
        signal?.addEventListener('abort', onAbort, { once: true })
        if (timeoutMs !== undefined && timeoutMs !== Infinity) {
          timer = setTimeout(() => giveUp(fail('TIMED_OUT', { what: `Call of ${method}`, timeoutMs })), timeoutMs)
        }
      })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      this.#calls.delete(id)
    }
  }

  async *stream(
    method: string,
    params: unknown,
    { signal, windowItems = 64 }: StreamOptions,
  ): AsyncGenerator<unknown, void> {
    if (this.#failure !== undefined) throw this.#failure
    checkInteger('windowItems', windowItems, 1, 1_048_576)
    if (signal?.aborted === true) throw fail('ABORTED', { what: `Stream of ${method}` }, { cause: signal.reason })
    const id = this.#nextId++
    const queue = new ItemQueue(windowItems, (items) => this.link.send(['more', id, items]))
    const onAbort = (): void => queue.fail(fail('ABORTED', { what: `Stream of ${method}` }, { cause: signal?.reason }))
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#streams.set(id, queue)
    try {
      this.link.send(['stream', id, method, params])
      this.link.send(['more', id, windowItems])
      yield* queue.items()
    } finally {
      signal?.removeEventListener('abort', onAbort)
      this.#streams.delete(id)
      if (!queue.isOver) this.link.send(['cancel', id])
    }
  }

  #onMessage(message: ServerMessage): void {
    const kind = message[0]
    if (kind === 'hello') return this.#onHello(message[1], message[2])
    if (kind === 'refused') return this.link.break(errorFromWire(message[1]))
    if (this.#greeted !== undefined)
      throw fail('FRAME_INVALID', { framing: 'control', reason: 'no greeting came first' })
    const id = message[1]
    if (kind === 'result') this.#calls.get(id)?.resolve(message[2])
    else if (kind === 'item') this.#streams.get(id)?.push(message[2])
    else if (kind === 'end') this.#streams.get(id)?.end()
    else this.#onError(id, errorFromWire(message[2]))
  }

  #onHello(version: number, pid: number): void {
    if (version !== protocolVersion) {
      const reason = `the server speaks version ${version}, this client ${protocolVersion}`
      throw fail('FRAME_INVALID', { framing: 'control', reason })
    }
    this.#greeted?.resolve(pid)
    this.#greeted = undefined
  }

  #onError(id: number, error: Error): void {
    this.#calls.get(id)?.reject(error)
    this.#streams.get(id)?.over(error)
  }

  #onClose(error: Error): void {
    this.#failure = error
    this.#greeted?.reject(error)
    for (const call of this.#calls.values()) call.reject(error)
    for (const queue of this.#streams.values()) queue.over(error)
    this.#resolveClosed(error)
  }
}
