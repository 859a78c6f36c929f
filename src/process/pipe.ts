/** Two connected ends for values: `Pipe()` makes them, a process gets one of them as an argument. */
import { fail } from '../core/index.ts'
import { checkCall } from '../native/index.ts'
import { Channel, DescriptorTransport } from './channel/index.ts'
import { registerShareable, type Shareable, type SharedForm } from './codec/index.ts'
import { Inbox, type ReceiveOptions } from './inbox.ts'
import { needAddon } from './memory/segment.ts'

export type { ReceiveOptions } from './inbox.ts'

/** `send` waits while more than this is on its way, and the other end stops reading when as much waits to be received. */
const windowBytes = 1_048_576
const valueMessage = 1
const sent = Promise.resolve()

type Direction = 'both' | 'receive' | 'send'

/**
 * One end of a pipe. It may be given to another process as an argument, before its first use here; it then belongs
 * to that process and is closed here.
 */
export class Connection<Value = unknown> implements Shareable {
  readonly #descriptor: number
  readonly #direction: Direction
  readonly #inbox = new Inbox<Value>('pipe', (paused) => this.#channel?.pause(paused), windowBytes)
  #channel: Channel | undefined
  #state: 'new' | 'open' | 'moved' | 'closed' = 'new'

  /** Made by `Pipe`. The descriptor belongs to the connection. */
  constructor(descriptor: number, direction: Direction) {
    this.#descriptor = descriptor
    this.#direction = direction
  }

  get readable(): boolean {
    return this.#direction !== 'send'
  }

  get writable(): boolean {
    return this.#direction !== 'receive'
  }

  get closed(): boolean {
    return this.#state === 'closed' || this.#state === 'moved'
  }

  /**
   * Sends one value; resolves as soon as there is room for another. Rejects with NOT_SERIALIZABLE, CLOSED, or
   * PROCESS_STATE on an end that only receives.
   */
  send(value: Value): Promise<void> {
    try {
      return this.#send(value)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** The next value. Rejects with CLOSED after the last one when the other end is closed, TIMED_OUT, ABORTED. */
  recv(options?: ReceiveOptions): Promise<Value> {
    this.#receiving()
    return this.#inbox.take(options)
  }

  /** Sends bytes; what arrives is a Uint8Array of its own. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.send(bytes as Value)
  }

  /** The next value, which must be bytes. Rejects with FRAME_INVALID for another one. */
  async recvBytes(options?: ReceiveOptions): Promise<Uint8Array> {
    const value: unknown = await this.recv(options)
    if (value instanceof Uint8Array) return value
    throw fail('FRAME_INVALID', { framing: 'bytes', reason: `a value of type ${typeof value} was sent` })
  }

  /** Whether `recv` would not wait, now or within the time. @default timeoutMs 0 */
  async poll(timeoutMs = 0): Promise<boolean> {
    this.#receiving()
    return await this.#inbox.poll(timeoutMs)
  }

  /** Resolves when `recv` would not wait: a value is there, or the other end is closed. For `wait`. */
  async whenReadable(options?: ReceiveOptions): Promise<void> {
    this.#receiving()
    await this.#inbox.whenReadable(options)
  }

  /** Values until the other end is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Value, void, undefined> {
    return {
      next: () =>
        this.recv().then(
          (value) => ({ value, done: false }),
          (error: unknown) => {
            if (!this.#inbox.ended) throw error
            return { value: undefined, done: true }
          },
        ),
    }
  }

  /** What was sent still arrives; the other end then learns of it. */
  close(): void {
    if (this.closed) return
    const before = this.#state
    this.#state = 'closed'
    if (before === 'new') needAddon('pipes').close(this.#descriptor)
    else if (this.#channel !== undefined) void this.#closeAfterSending(this.#channel)
    this.#inbox.end(fail('CLOSED', { what: 'pipe' }))
  }

  [Symbol.dispose](): void {
    this.close()
  }

  toShared(): SharedForm {
    if (this.#state !== 'new') {
      const problem = this.closed ? 'is closed' : 'was used here and cannot be given to another process'
      throw fail('PROCESS_STATE', { name: 'The connection', problem })
    }
    return {
      kind: 'connection',
      data: this.#direction,
      descriptors: [this.#descriptor],
      moved: () => {
        this.#state = 'moved'
        needAddon('pipes').close(this.#descriptor)
      },
    }
  }

  #send(value: Value): Promise<void> {
    if (!this.writable) throw fail('PROCESS_STATE', { name: 'The connection', problem: 'only receives' })
    const channel = this.#open()
    if (this.#inbox.ended) throw fail('CLOSED', { what: 'other end of the pipe' })
    channel.send(valueMessage, value)
    return channel.waitingBytes > windowBytes ? channel.drained(windowBytes / 2) : sent
  }

  async #closeAfterSending(channel: Channel): Promise<void> {
    await channel.drained()
    channel.close()
  }

  #receiving(): void {
    if (!this.readable) throw fail('PROCESS_STATE', { name: 'The connection', problem: 'only sends' })
    this.#open()
  }

  /** Reading begins with the first use, so that an unused end can move to another process with all that waits in it. */
  #open(): Channel {
    if (this.#channel !== undefined && this.#state === 'open') return this.#channel
    if (this.closed)
      throw fail('CLOSED', { what: this.#state === 'moved' ? 'connection, given to another process,' : 'pipe' })
    this.#state = 'open'
    const channel = new Channel(new DescriptorTransport(this.#descriptor), {
      message: (_, values) => {
        const bytes = values.end - values.position
        this.#inbox.put(values.value() as Value, bytes)
      },
      ended: (error) => this.#inbox.end(error ?? fail('CLOSED', { what: 'other end of the pipe' })),
    })
    this.#channel = channel
    this.#inbox.onWaiting = (waiting) => channel.ref(waiting)
    channel.ref(false)
    return channel
  }
}

registerShareable('connection', (data, descriptors) => new Connection(descriptors[0] as number, data as Direction))

/**
 * Two connected ends; what one sends the other receives. With `duplex` false the first only receives and the second
 * only sends, as in Python. Throws UNSUPPORTED without the addon.
 *
 * @example
 * const [here, there] = Pipe()
 * const child = await new Process(greet, [there]).start()
 * await here.send('hello')
 * await here.recv()
 */
export function Pipe<Value = unknown>(duplex = true): [Connection<Value>, Connection<Value>] {
  const pair = new Int32Array(2)
  checkCall(needAddon('pipes').pair(1, pair), 'socketpair', 'a pipe')
  return [
    new Connection(pair[0] as number, duplex ? 'both' : 'receive'),
    new Connection(pair[1] as number, duplex ? 'both' : 'send'),
  ]
}
