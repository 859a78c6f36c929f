/** The client's side of a connection to a thread that serves objects; one for each such thread. */
import { errorFromWire, fail, type WireError } from '../../core/index.ts'
import { parseAddress, systemNetwork } from '../../io/index.ts'
import { Channel } from '../channel/index.ts'
import type { Decoder } from '../codec/index.ts'
import { SocketTransport } from './socket-transport.ts'
import { wire, wireVersion } from './wire.ts'

/** Who waits for the answer to a call. */
export interface Asking {
  resolved(value: unknown): void
  rejected(error: Error): void
}

const links = new Map<string, Link>()
/** The errors of links that ended. */
const failures = new WeakSet<object>()
/** Given so long to take what was sent, before a process that is done ends; it may get no CPU for seconds. */
const settleMs = 10_000
/** No object has this number. */
const nobody = 0

/** One listener for the life of the thread, however often its links come and go. */
let flushesAtExit = false

export class Link {
  readonly path: string
  readonly #channel: Channel
  readonly #calls = new Map<number, Asking>()
  readonly #views = new Map<number, (view: unknown) => void>()
  #lastId = 0
  #writing = false
  readonly #shared: number[] = []
  #failure: Error | undefined

  private constructor(path: string) {
    this.path = path
    const connecting = systemNetwork().connectStream(parseAddress(`unix:${path}`))
    this.#channel = new Channel(new SocketTransport(connecting), {
      message: (kind, values) => this.#hear(kind, values),
      ended: (error) => this.#end(error),
    })
    const encoder = this.#channel.begin(wire.hello)
    encoder.uint32(wireVersion)
    this.#channel.commit()
  }

  /** Connects if this thread is not connected yet. */
  static to(path: string): Link {
    let link = links.get(path)
    if (link === undefined) {
      if (!flushesAtExit) process.on('exit', flushLinks)
      flushesAtExit = true
      links.set(path, (link = new Link(path)))
    }
    return link
  }

  /** Gives the number by which the call is cancelled. Throws NOT_SERIALIZABLE. */
  call(object: number, method: string, args: readonly unknown[], asking: Asking): number {
    const id = (this.#lastId = (this.#lastId + 1) >>> 0)
    if (this.#failure !== undefined) {
      asking.rejected(this.#failure)
      return id
    }
    const encoder = this.#channel.begin(wire.call)
    this.#writing = true
    try {
      encoder.uint32(id)
      encoder.uint32(object)
      encoder.value(method)
      encoder.value(args)
      this.#channel.commit()
    } catch (error) {
      this.#channel.cancel()
      throw error
    } finally {
      this.#writing = false
      for (const shared of this.#shared.splice(0)) this.#send(wire.share, shared)
    }
    this.#calls.set(id, asking)
    return id
  }

  /** Is answered all the same. */
  cancel(id: number): void {
    if (this.#calls.has(id)) this.#send(wire.cancel, id)
  }

  attach(object: number): void {
    this.#send(wire.attach, object)
  }

  detach(object: number): void {
    this.#views.delete(object)
    this.#send(wire.detach, object)
  }

  watch(object: number, see: (view: unknown) => void): void {
    this.#views.set(object, see)
    this.#send(wire.watch, object)
  }

  /** A handle of the object is given to somebody else. */
  share(object: number): void {
    // An argument of a call that is being written: told after it.
    if (this.#writing) this.#shared.push(object)
    else this.#send(wire.share, object)
  }

  flush(): void {
    this.#channel.flush()
  }

  /** A call whose answer does not matter. */
  tell(object: number, method: string, args: readonly unknown[]): void {
    this.call(object, method, args, { resolved: () => {}, rejected: () => {} })
  }

  /** Resolves once all that was sent has arrived, or never will: the answer to a call that asks for nothing comes after it. */
  settled(): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => resolve()
      this.call(nobody, 'settled', [], { resolved: done, rejected: done })
    })
  }

  #send(kind: number, number: number): void {
    if (this.#failure !== undefined) return
    const encoder = this.#channel.begin(kind)
    encoder.uint32(number)
    this.#channel.commit()
  }

  #hear(kind: number, values: Decoder): void {
    const id = values.uint32()
    if (kind === wire.view) return this.#views.get(id)?.(values.value())
    const asking = this.#calls.get(id)
    if (asking === undefined) return
    this.#calls.delete(id)
    try {
      if (kind === wire.result) asking.resolved(values.value())
      else asking.rejected(errorFromWire(values.value() as WireError))
    } catch (error) {
      asking.rejected(error as Error)
    }
  }

  #end(cause?: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = fail('CLOSED', { what: 'object, whose process has ended,' }, cause && { cause })
    failures.add(this.#failure)
    links.delete(this.path)
    this.#channel.close()
    for (const asking of this.#calls.values()) asking.rejected(this.#failure)
    this.#calls.clear()
  }
}

function flushLinks(): void {
  for (const link of links.values()) link.flush()
}

/** Resolves once what this thread has sent to others, values and releases, has arrived; a process that is done waits for it. */
export async function servedCallsSettled(): Promise<void> {
  if (links.size === 0) return
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise((resolve) => (timer = setTimeout(resolve, settleMs)))
  await Promise.race([limit, Promise.all([...links.values()].map((link) => link.settled()))])
  clearTimeout(timer)
}

/** Whether an error means that the process is gone which served the object. */
export function isProcessGone(error: object): boolean {
  return failures.has(error)
}
