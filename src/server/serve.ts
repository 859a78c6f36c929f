/**
 * Starts a server: resolves the service and the options, makes the lanes, and gives back the one object
 * through which it is watched and stopped.
 */
import { checkChoice, checkInteger, Emitter, fail, systemClock, type Clock } from '../core/index.ts'
import { framingFromFlag, raw, type Framing } from '../framing/index.ts'
import { formatAddress, systemNetwork, type Address, type Network } from '../io/index.ts'
import { Flight, type Lane, type LaneContext } from './lane.ts'
import { InlineLane } from './lanes/inline.ts'
import { resolveLimits } from './limits.ts'
import { InlineOwner } from './owner/inline.ts'
import { noShared } from './owner/none.ts'
import { checkServeOptions, targetsOf } from './serve-options.ts'
import { isService, loadService } from './service.ts'
import type {
  AnyService,
  DrainOptions,
  DrainReport,
  ListenTarget,
  ReloadReport,
  ServeOptions,
  Server,
  ServerEvents,
  ServerStatus,
} from './types.ts'

const drainDeadlineMs = 5_000

/**
 * Runs a service on the given addresses; resolves once every one is bound and served.
 *
 * `source` is a service, or the URL of a module that exports one as default. Throws ADDRESS_IN_USE,
 * ADDRESS_INVALID, SCHEME_UNKNOWN, PERMISSION_DENIED, OPTION_INVALID, SERVICE_INVALID; nothing stays bound then.
 *
 * @example
 * const server = await serve(upper, { listen: ['udp://127.0.0.1:9000', 'tcp://127.0.0.1:9000'] })
 * console.log(server.addresses)
 * await server.drain()
 */
export async function serve(source: AnyService | URL, options: ServeOptions): Promise<Server> {
  const laneKind = checkChoice('laneKind', options.laneKind ?? 'inline', ['inline', 'thread', 'process'])
  const lanes = checkInteger('lanes', options.lanes ?? 1, 1, 1_024)
  if (laneKind !== 'inline') {
    if (isService(source)) throw fail('LANES_NEED_MODULE', { laneKind })
    throw fail('UNSUPPORTED', { feature: `${laneKind} lanes`, reason: 'this version runs one inline lane' })
  }
  if (lanes !== 1) throw fail('OPTION_INVALID', { option: 'lanes', rule: '1 for inline lanes', got: String(lanes) })
  const service = source instanceof URL ? await loadService(source) : checkService(source)
  checkServeOptions(service, options)
  const targets = targetsOf(options.listen)
  const events = new Emitter<ServerEvents>()
  const owner = await ownerOf(service, options, events)
  const running = await startServer(targets, owner, () => new RunningServer(service, options, events, owner))
  await running.closeWith(options.signal)
  return running
}

function checkService(source: unknown): AnyService {
  if (isService(source)) return source
  throw fail('SERVICE_INVALID', { source: 'The first argument of serve', reason: 'it was not made by service()' })
}

/** The framing in force: that of the options, else the service's own. */
function framingOf(service: AnyService, { framing }: ServeOptions): Framing {
  if (typeof framing === 'string') return framingFromFlag(framing)
  return framing ?? service.definition.framing ?? raw()
}

/** Runs the service's `shared`, if it has one, before anything is bound. */
function ownerOf(
  service: AnyService,
  options: ServeOptions,
  events: Emitter<ServerEvents>,
): Promise<InlineOwner> | undefined {
  if (service.definition.shared === undefined) return undefined
  const { clock = systemClock, signal } = options
  const onError = (error: unknown): void => events.emit('snapshotError', { lane: 0, error })
  return InlineOwner.start(service, { clock, signal, onError })
}

/** What fails from here on ends the owner, too. */
async function startServer(
  targets: readonly ListenTarget[],
  owner: InlineOwner | undefined,
  make: () => RunningServer,
): Promise<RunningServer> {
  try {
    const running = make()
    await running.start(targets)
    return running
  } catch (error) {
    // Why it did not start matters more than what its end throws.
    await owner?.end().catch(() => {})
    throw error
  }
}

class RunningServer implements Server {
  addresses: readonly string[] = []
  readonly closed: Promise<void>
  readonly #service: AnyService
  readonly #clock: Clock
  readonly #network: Network
  readonly #events: Emitter<ServerEvents>
  readonly #owner: InlineOwner | undefined
  readonly #lane: Lane
  readonly #startedMs: number
  #resolveClosed: () => void = () => {}
  #stopping: Promise<DrainReport> | undefined

  constructor(
    service: AnyService,
    options: ServeOptions,
    events: Emitter<ServerEvents>,
    owner: InlineOwner | undefined,
  ) {
    this.#service = service
    this.#events = events
    this.#owner = owner
    this.#clock = options.clock ?? systemClock
    this.#network = options.network ?? systemNetwork()
    this.#startedMs = this.#clock.monotonicMs()
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
    this.#lane = new InlineLane(this.#laneContext(options))
  }

  async start(targets: readonly ListenTarget[]): Promise<void> {
    const bound: readonly Address[] = await this.#lane.start(targets)
    this.addresses = bound.map((address) => formatAddress(address))
  }

  /** Closes when the signal is aborted; throws ABORTED when it was already. */
  async closeWith(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) {
      await this.close()
      throw fail('ABORTED', { what: `Serving ${this.#service.name}` })
    }
    const onAbort = (): void => void this.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    void this.closed.then(() => signal?.removeEventListener('abort', onAbort))
  }

  status(): ServerStatus {
    const { info, state, inFlight } = this.#lane
    const listeners = this.#lane.listeners()
    const uptimeMs = this.#clock.monotonicMs() - this.#startedMs
    const lane = {
      id: info.id,
      kind: info.kind,
      state,
      inFlight,
      pid: process.pid,
      generation: 1,
      restarts: 0,
      uptimeMs,
    }
    const counted = {
      connections: listeners.reduce((sum, each) => sum + each.connections, 0),
      messages: listeners.reduce((sum, each) => sum + (each.counters['messages'] ?? 0), 0),
    }
    const memoryBytes = process.memoryUsage.rss()
    return {
      service: this.#service.name,
      network: this.#network.kind,
      pid: process.pid,
      uptimeMs,
      state: state === 'dead' ? 'stopped' : state === 'draining' ? 'draining' : 'serving',
      generation: 1,
      lanes: [{ ...lane, ...counted, memoryBytes, lagMs: 0, overloaded: false, lastEnd: undefined }],
      shared: this.#owner?.status(),
      listeners,
      latency: { count: 0, p50Us: 0, p99Us: 0, p999Us: 0, maxUs: 0 },
    }
  }

  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const deadlineMs = checkInteger('deadlineMs', options.deadlineMs ?? drainDeadlineMs, 0, 2 ** 31 - 1)
    this.#stopping ??= this.#stop(() => this.#lane.drain(deadlineMs))
    return this.#stopping
  }

  async reload(): Promise<ReloadReport> {
    throw fail('RELOAD_NEEDS_LANES', { laneKind: 'inline' })
  }

  close(): Promise<void> {
    return this.#stop(() => this.#lane.close())
  }

  /** The owner ends after the lane, which may need it for its own end. */
  async #stop<Report>(stopLane: () => Promise<Report>): Promise<Report> {
    try {
      return await stopLane()
    } finally {
      try {
        await this.#owner?.end()
      } finally {
        this.#resolveClosed()
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #laneContext(options: ServeOptions): LaneContext {
    const limits = resolveLimits(this.#service.definition.limits, options.limits)
    return {
      info: { id: 0, kind: 'inline', clock: this.#clock, shared: this.#owner?.access ?? noShared },
      service: this.#service,
      framing: framingOf(this.#service, options) as Framing<unknown, unknown>,
      limits,
      clock: this.#clock,
      network: this.#network,
      events: this.#events,
      flight: new Flight(limits.inFlight),
      draining: false,
      openConnections: 0,
      connectionsByHost: new Map(),
    }
  }
}
