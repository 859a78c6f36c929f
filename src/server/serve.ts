/**
 * Starts a server: resolves the service and the options, makes the lanes, and gives back the one object
 * through which it is watched and stopped.
 */
import { checkChoice, checkInteger, Emitter, fail, systemClock, type Clock } from '../core/index.ts'
import { framingFromFlag, raw, type Framing } from '../framing/index.ts'
import { formatAddress, systemNetwork, type Address, type Network } from '../io/index.ts'
import { Flight, type Lane, type LaneContext } from './lane.ts'
import { InlineLane } from './lanes/inline.ts'
import { becomeUser } from './become-user.ts'
import { resolveLimits } from './limits.ts'
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
  const running = new RunningServer(service, options)
  await running.start(targets)
  await running.giveUpRoot(options)
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

class RunningServer implements Server {
  addresses: readonly string[] = []
  readonly closed: Promise<void>
  readonly #service: AnyService
  readonly #clock: Clock
  readonly #network: Network
  readonly #events = new Emitter<ServerEvents>()
  readonly #lane: Lane
  readonly #startedMs: number
  #resolveClosed: () => void = () => {}
  #stopping: Promise<DrainReport> | undefined

  constructor(service: AnyService, options: ServeOptions) {
    this.#service = service
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

  /** Once all is bound; what fails leaves nothing bound. */
  async giveUpRoot({ user, group }: ServeOptions): Promise<void> {
    if (user === undefined) return
    try {
      becomeUser(user, group)
    } catch (error) {
      await this.close()
      throw error
    }
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
      shared: undefined,
      listeners,
      latency: { count: 0, p50Us: 0, p99Us: 0, p999Us: 0, maxUs: 0 },
    }
  }

  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const deadlineMs = checkInteger('deadlineMs', options.deadlineMs ?? drainDeadlineMs, 0, 2 ** 31 - 1)
    this.#stopping ??= this.#lane.drain(deadlineMs).finally(() => this.#resolveClosed())
    return this.#stopping
  }

  async reload(): Promise<ReloadReport> {
    throw fail('RELOAD_NEEDS_LANES', { laneKind: 'inline' })
  }

  async close(): Promise<void> {
    try {
      await this.#lane.close()
    } finally {
      this.#resolveClosed()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #laneContext(options: ServeOptions): LaneContext {
    const limits = resolveLimits(this.#service.definition.limits, options.limits)
    return {
      info: { id: 0, kind: 'inline', clock: this.#clock, shared: noShared },
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
