/** What makes a server concurrent: handlers in threads (Threading) or in processes (Forking), hooks in the server's own thread. */
import { checkInteger, fail } from '../core/index.ts'
import { nativeStatus, type Address } from '../io/index.ts'
import { addressOf, cpuCount, type Task } from '../process/index.ts'
import type { BaseServer } from './base-server.ts'
import { RequestLanes, type RequestLaneKind } from './request-lanes.ts'

/** Of every server whose handlers run in lanes. */
export interface ConcurrentServer {
  /** Threads or processes at most; each serves many requests at once. @default one for each CPU, at least two */
  lanes: number
  /** Serves each request in a lane of its own, which then ends: nothing is left behind for the next one. @default false */
  isolate: boolean
  /** Whether `serverClose` waits for the requests in hand. @default true */
  blockOnClose: boolean
  /** The lanes there are, with the requests that each has in hand. */
  readonly laneStatus: readonly { readonly name: string; readonly pid: number; readonly inFlight: number }[]
}

export interface ThreadingServer extends ConcurrentServer {
  /** Requests in hand do not keep the program running, and `serverClose` does not wait for them. @default false */
  daemonThreads: boolean
  /** Requests in hand at most; the next ones wait in the backlog. @default 1_024 */
  maxRequests: number
}

export interface ForkingServer extends ConcurrentServer {
  /** Requests in hand at most; the next ones wait in the backlog. @default 40 */
  maxChildren: number
}

// oxlint-disable-next-line typescript/no-explicit-any -- what TypeScript asks of a mixin
type Made<Type> = abstract new (...args: any[]) => Type

// oxlint-disable-next-line typescript/no-explicit-any -- a server of any requests
export type ServerClass = Made<BaseServer<any>>

/** Requests of one server that are in hand. */
class InHand {
  readonly #work = new Set<Promise<void>>()
  readonly #waiting = new Set<() => void>()

  add(work: Promise<void>): void {
    this.#work.add(work)
    void work.then(() => {
      this.#work.delete(work)
      for (const wake of this.#waiting) wake()
    })
  }

  /** Resolves when there are fewer than `limit`, or the server is to stop. */
  async room(limit: number, stop: AbortSignal | undefined): Promise<void> {
    const isFull = (): boolean => this.#work.size >= limit && stop?.aborted !== true
    while (isFull()) {
      let wake = (): void => {}
      await new Promise<void>((resolve) => {
        wake = resolve
        this.#waiting.add(wake)
        stop?.addEventListener('abort', wake, { once: true })
      })
      this.#waiting.delete(wake)
      stop?.removeEventListener('abort', wake)
    }
  }

  async ended(): Promise<void> {
    await Promise.all(this.#work)
  }
}

function concurrent<Base extends ServerClass>(base: Base, kind: RequestLaneKind): Base & Made<ConcurrentServer> {
  abstract class Concurrent extends base {
    lanes: number = Math.max(2, cpuCount())
    isolate: boolean = false
    blockOnClose: boolean = true
    readonly #inHand = new InHand()
    #lanes: RequestLanes | undefined

    // oxlint-disable-next-line typescript/no-explicit-any -- what TypeScript asks of a mixin
    constructor(...args: any[]) {
      super(...args)
      addressOf(this.RequestHandlerClass)
    }

    get laneStatus(): RequestLanes['lanes'] {
      return this.#lanes?.lanes ?? []
    }

    override async open(): Promise<this> {
      if (!nativeStatus().available) throw unsupported(kind)
      checkInteger('lanes', this.lanes, 1, 1_024)
      return await super.open()
    }

    /** Begins the request and leaves it to a lane; waits only when as many are in hand as may be. */
    override async processRequest(request: unknown, clientAddress: Address): Promise<void> {
      await this.#inHand.room(this.requestsLimit, this.stopSignal)
      this.#inHand.add(this.processRequestInLane(request, clientAddress).catch((error) => this.failWith(error)))
    }

    /** What becomes of a request behind the loop's back. */
    async processRequestInLane(request: unknown, clientAddress: Address): Promise<void> {
      try {
        await this.finishRequest(request, clientAddress)
      } catch (error) {
        await this.handleError(request, clientAddress, error)
      } finally {
        await this.shutdownRequest(request)
      }
    }

    /** Makes the handler in a lane and lets it run there. */
    override async finishRequest(request: unknown, clientAddress: Address): Promise<void> {
      await (this.#lanes ??= this.#newLanes()).run(request as never, clientAddress)
    }

    protected get requestsLimit(): number {
      return Infinity
    }

    /** Whether the program may end while requests are in hand. */
    protected get daemon(): boolean {
      return false
    }

    protected override async requestsEnded(): Promise<void> {
      if (this.daemon) return this.#lanes?.abandon()
      const ended = this.#inHand.ended().then(() => this.#lanes?.close())
      if (this.blockOnClose) await ended
    }

    #newLanes(): RequestLanes {
      const { lanes, isolate, daemon, serverAddress, context } = this
      const handler = addressOf(this.RequestHandlerClass as unknown as Task)
      const onShutdown = (): void => void this.shutdown()
      return new RequestLanes({ kind, lanes, isolate, daemon, onShutdown, order: { handler, serverAddress, context } })
    }
  }
  return Concurrent
}

function unsupported(kind: RequestLaneKind): Error {
  const feature = kind === 'thread' ? 'a Threading server' : 'a Forking server'
  return fail('UNSUPPORTED', {
    feature,
    reason: 'to hand a connection to another thread or process needs the native addon',
  })
}

/**
 * Adds threads to a server class: `class Mine extends ThreadingMixIn(MyServer) {}`. Handlers need an address, see `handler`
 * of lanework/process.
 */
export function ThreadingMixIn<Base extends ServerClass>(base: Base): Base & Made<ThreadingServer> {
  abstract class Threading extends concurrent<ServerClass>(base, 'thread') {
    daemonThreads: boolean = false
    maxRequests: number = 1_024

    protected get requestsLimit(): number {
      return checkInteger('maxRequests', this.maxRequests, 1, 1_000_000)
    }

    protected get daemon(): boolean {
      return this.daemonThreads
    }
  }
  return Threading as unknown as Base & Made<ThreadingServer>
}

/** Adds processes to a server class: `class Mine extends ForkingMixIn(MyServer) {}`. */
export function ForkingMixIn<Base extends ServerClass>(base: Base): Base & Made<ForkingServer> {
  abstract class Forking extends concurrent<ServerClass>(base, 'process') {
    maxChildren: number = 40

    protected get requestsLimit(): number {
      return checkInteger('maxChildren', this.maxChildren, 1, 1_000_000)
    }
  }
  return Forking as unknown as Base & Made<ForkingServer>
}
