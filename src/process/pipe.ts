/** Two connected ends for values: `Pipe()` makes them, a process gets one of them as an argument. */
import { fail } from '../core/index.ts'
import { checkCall, loadNative } from '../native/index.ts'
import { registerShareable, type Shareable, type SharedForm } from './codec/index.ts'
import { Inbox, type ReceiveOptions } from './inbox.ts'
import { SocketEnd, windowBytes, type PipeEnd, type PipeLine } from './pipe-end.ts'
import { servedForm } from './served/handle.ts'
import { ServedEnd } from './served/pipe.ts'
import { checkTime, checkWait, noOptions } from './sync/options.ts'

export type { ReceiveOptions } from './inbox.ts'

type Direction = 'both' | 'receive' | 'send'

/**
 * One end of a pipe. It may be given to another process as an argument, before its first use here; it then belongs
 * to that process and is closed here.
 */
export class Connection<Value = unknown> implements Shareable {
  readonly #end: PipeEnd
  readonly #direction: Direction
  readonly #inbox = new Inbox<Value>('pipe', (paused) => this.#line?.pause(paused), windowBytes)
  #line: PipeLine | undefined
  #state: 'new' | 'open' | 'moved' | 'closed' = 'new'

  /** Made by `Pipe`. The end belongs to the connection. */
  constructor(end: PipeEnd, direction: Direction) {
    this.#end = end
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

  /** The next value. Rejects with CLOSED after the last one when the other end is closed, TIMED_OUT, ABORTED, OPTION_INVALID. */
  recv(options?: ReceiveOptions): Promise<Value> {
    this.#receiving()
    return options === undefined ? this.#inbox.take() : this.#takeWithin(options)
  }

  /** Sends one value, and blocks the thread until the system has taken it: for worker code, whose event loop may stand still. */
  sendSync(value: Value): void {
    void this.#send(value)
    const line = this.#open()
    while (line.waitingBytes > 0 && !this.#inbox.ended) line.runNow(true, -1)
  }

  /**
   * The next value; blocks the thread until it is there. Throws CLOSED, TIMED_OUT, and UNSUPPORTED without the addon, where
   * the event loop must run for anything to arrive.
   */
  recvSync({ timeoutMs }: { readonly timeoutMs?: number | undefined } = {}): Value {
    this.#receiving()
    const line = this.#open()
    const untilMs = timeoutMs === undefined ? undefined : performance.now() + timeoutMs
    for (;;) {
      const first = this.#inbox.takeNow()
      if (first !== undefined) return first.value
      const leftMs = untilMs === undefined ? -1 : Math.max(0, Math.ceil(untilMs - performance.now()))
      if (!line.runNow(false, leftMs) && timeoutMs !== undefined)
        throw fail('TIMED_OUT', { what: 'Receiving from the pipe', timeoutMs })
    }
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
    checkTime('timeoutMs', timeoutMs)
    this.#receiving()
    return await this.#inbox.poll(timeoutMs)
  }

  /** Resolves when `recv` would not wait: a value is there, or the other end is closed. For `wait`. */
  async whenReadable(options: ReceiveOptions = noOptions): Promise<void> {
    checkWait(options)
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
    if (before === 'new') this.#end.discard()
    else this.#line?.close()
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
    const moved = (): void => {
      this.#state = 'moved'
      this.#end.leave()
    }
    return { ...this.#end.form('connection', this.#direction), moved }
  }

  async #takeWithin(options: ReceiveOptions): Promise<Value> {
    checkWait(options)
    return await this.#inbox.take(options)
  }

  #send(value: Value): Promise<void> {
    if (!this.writable) throw fail('PROCESS_STATE', { name: 'The connection', problem: 'only receives' })
    const line = this.#open()
    if (this.#inbox.ended) throw fail('CLOSED', { what: 'other end of the pipe' })
    return line.send(value)
  }

  #receiving(): void {
    if (!this.readable) throw fail('PROCESS_STATE', { name: 'The connection', problem: 'only sends' })
    this.#open()
  }

  /** Reading begins with the first use, so that an unused end can move to another process with all that waits in it. */
  #open(): PipeLine {
    if (this.#line !== undefined && this.#state === 'open') return this.#line
    if (this.closed)
      throw fail('CLOSED', { what: this.#state === 'moved' ? 'connection, given to another process,' : 'pipe' })
    this.#state = 'open'
    const line = this.#end.open({
      value: (value, bytes) => this.#inbox.put(value as Value, bytes),
      ended: (error) => this.#inbox.end(error ?? fail('CLOSED', { what: 'other end of the pipe' })),
      reads: this.readable,
    })
    this.#line = line
    this.#inbox.onWaiting = (waiting) => line.ref(waiting)
    line.ref(false)
    return line
  }
}

registerShareable('connection', (data, descriptors) => {
  const served = servedForm(data)
  if (served === undefined) return new Connection(new SocketEnd(descriptors[0] as number), data as Direction)
  const { number, direction } = served.data as { number: 0 | 1; direction: Direction }
  return new Connection(ServedEnd.attach(served, number), direction)
})

/**
 * Two connected ends; what one sends the other receives. With `duplex` false the first only receives and the second
 * only sends, as in Python. Throws OPTION_INVALID. Without the addon this thread serves both ends, for as long as it lives.
 *
 * @example
 * const [here, there] = Pipe()
 * const child = await new Process(greet, [there]).start()
 * await here.send('hello')
 * await here.recv()
 */
export function Pipe<Value = unknown>(duplex = true): [Connection<Value>, Connection<Value>] {
  if (typeof duplex !== 'boolean')
    throw fail('OPTION_INVALID', { option: 'duplex', rule: 'true or false', got: typeof duplex })
  const [first, second] = ends()
  return [new Connection(first, duplex ? 'both' : 'receive'), new Connection(second, duplex ? 'both' : 'send')]
}

function ends(): readonly [PipeEnd, PipeEnd] {
  const native = loadNative()
  if (native === undefined) return ServedEnd.pair()
  const pair = new Int32Array(2)
  checkCall(native.pair(1, pair), 'socketpair', 'a pipe')
  return [new SocketEnd(pair[0] as number), new SocketEnd(pair[1] as number)]
}
