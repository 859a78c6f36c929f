/**
 * The lanes of a Threading or Forking server: a bounded number of threads or processes, each of which serves many requests
 * at once. A request goes to an idle lane, else to a new one while there may be more, else to the one with the fewest.
 */
import { setTimeout as sleep } from 'node:timers/promises'

import { errorFromWire, fail } from '../core/index.ts'
import { ByteStream, type Address, type UdpSocket } from '../io/index.ts'
import { Pipe, Process, type Connection } from '../process/index.ts'
import { serveRequests, type LaneOrder, type LaneReport, type LaneRequest } from './lane-worker.ts'
import type { DatagramRequest } from './types.ts'

export type RequestLaneKind = 'thread' | 'process'

export interface RequestLanesOptions {
  readonly kind: RequestLaneKind
  readonly lanes: number
  /** Each request in a lane that serves no other. */
  readonly isolate: boolean
  /** Lanes do not keep the program running. */
  readonly daemon: boolean
  readonly order: Omit<LaneOrder, 'socket'>
  /** A handler wants the server to stop. */
  readonly onShutdown: () => void
}

interface Waiter {
  readonly request: ByteStream | Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** How long what a dead lane reported may take to be read. */
const lastWordsMs = 1_000

let lanesMade = 0

export class RequestLanes {
  readonly #options: RequestLanesOptions
  readonly #lanes = new Set<RequestLane>()

  constructor(options: RequestLanesOptions) {
    this.#options = options
  }

  /** Names and process ids of the lanes there are. */
  get lanes(): { readonly name: string; readonly pid: number; readonly inFlight: number }[] {
    return [...this.#lanes].map(({ name, pid, inFlight }) => ({ name, pid, inFlight }))
  }

  /** Lets a handler in a lane do the request. Rejects with what it threw, and PROCESS_DIED when its lane died. */
  async run(request: ByteStream | DatagramRequest, clientAddress: Address): Promise<void> {
    const [given, socket] = request instanceof ByteStream ? [request, undefined] : request
    const lane = this.#pick(socket)
    await lane.run(given, clientAddress)
    if (this.#options.isolate) lane.finish()
  }

  /** Ends the lanes, which have nothing left to do; resolves when they have ended. */
  async close(): Promise<void> {
    const lanes = [...this.#lanes]
    for (const lane of lanes) lane.finish()
    await Promise.all(lanes.map(({ ended }) => ended))
  }

  /** Leaves the lanes to themselves: they end what they do, and then themselves. */
  abandon(): void {
    for (const lane of this.#lanes) lane.abandon()
  }

  #pick(socket: UdpSocket | undefined): RequestLane {
    const open = [...this.#lanes].filter(({ finishing }) => !finishing)
    const least = open.toSorted((one, other) => one.inFlight - other.inFlight)[0]
    if (this.#options.isolate || least === undefined) return this.#start(socket)
    return least.inFlight > 0 && open.length < this.#options.lanes ? this.#start(socket) : least
  }

  #start(socket: UdpSocket | undefined): RequestLane {
    const lane = new RequestLane(this.#options, socket)
    this.#lanes.add(lane)
    void lane.ended.then(() => this.#lanes.delete(lane))
    return lane
  }
}

class RequestLane {
  /** It serves no more requests than it has. */
  finishing: boolean = false
  readonly ended: Promise<void>
  readonly #process: Process<[LaneOrder, Connection<LaneRequest>, Connection<LaneReport>], Promise<void>>
  readonly #requests: Connection<LaneRequest>
  readonly #reports: Connection<LaneReport>
  readonly #waiters = new Map<number, Waiter>()
  readonly #onShutdown: () => void
  readonly #started: Promise<unknown>
  #ids = 0

  constructor({ kind, daemon, order, onShutdown }: RequestLanesOptions, socket: UdpSocket | undefined) {
    const [taken, given] = Pipe<LaneRequest>(false)
    const [heard, told] = Pipe<LaneReport>(false)
    this.#requests = given
    this.#reports = heard
    this.#onShutdown = onShutdown
    const options = { name: `RequestLane-${++lanesMade}`, daemon }
    const startMethod = kind === 'thread' ? ('thread' as const) : ('spawn' as const)
    this.#process = new Process(serveRequests, [{ ...order, socket }, taken, told], { ...options, startMethod })
    this.#started = this.#process.start()
    this.ended = this.#watch(this.#listen())
  }

  get name(): string {
    return this.#process.name
  }

  get pid(): number {
    return this.#process.pid
  }

  get inFlight(): number {
    return this.#waiters.size
  }

  run(request: ByteStream | Uint8Array, clientAddress: Address): Promise<void> {
    const id = ++this.#ids
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { request, resolve, reject })
      this.#requests.send([id, request, clientAddress]).catch((error: unknown) => this.#settle(id, error))
    })
  }

  finish(): void {
    this.finishing = true
    this.#requests.close()
  }

  /** It ends connections itself from now on; our descriptors of them go. */
  abandon(): void {
    this.finish()
    this.#reports.close()
    for (const { request } of this.#waiters.values()) if (request instanceof ByteStream) void request.release()
    this.#waiters.clear()
  }

  async #listen(): Promise<void> {
    try {
      for await (const report of this.#reports) {
        if (report === 'shutdown') this.#onShutdown()
        else this.#settle(report[0], report[1] === undefined ? undefined : errorFromWire(report[1]))
      }
    } catch {
      // The lane died while it wrote; its end says why.
    }
  }

  /** Whatever it had in hand when it ended has failed. */
  async #watch(heard: Promise<void>): Promise<void> {
    let why: unknown
    try {
      await this.#started
      await this.#process.sentinel
      await this.#process.result()
    } catch (error) {
      why = error
    }
    this.finish()
    // What it reported before it died is read first.
    await Promise.race([heard, sleep(lastWordsMs, undefined, { ref: false })])
    this.#reports.close()
    for (const id of this.#waiters.keys()) this.#settle(id, why ?? fail('CLOSED', { what: this.name }))
  }

  #settle(id: number, error: unknown): void {
    const waiter = this.#waiters.get(id)
    this.#waiters.delete(id)
    if (error === undefined) waiter?.resolve()
    else waiter?.reject(error)
  }
}
