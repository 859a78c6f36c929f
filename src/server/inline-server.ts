/** A server in the calling thread: one inline lane, and the service's `shared` beside it. */
import { checkInteger, Emitter, fail, systemClock, type Clock } from '../core/index.ts'
import { formatAddress, systemNetwork, type Address, type Network } from '../io/index.ts'
import { becomeUser } from './become-user.ts'
import { framingOf } from './framing-of.ts'
import { Flight, type Lane, type LaneContext } from './lane.ts'
import { InlineLane } from './lanes/inline.ts'
import { resolveLimits } from './limits.ts'
import { InlineOwner } from './owner/inline.ts'
import { noShared } from './owner/none.ts'
import { reloadByOwner } from './owner/reload-by-owner.ts'
import { ServerMemory } from './shared/server-memory.ts'
import { latencyStatus, laneFigures, noFigures, serviceCounters } from './status.ts'
import type {
  AnyService,
  DrainOptions,
  DrainReport,
  Limits,
  ListenTarget,
  ReloadOptions,
  ReloadReport,
  ServeOptions,
  Server,
  ServerEvents,
  ServerStatus,
} from './types.ts'

const drainDeadlineMs = 5_000

/** Runs `shared`, then the lane, and resolves when all is bound. On failure nothing stays bound or running. */
export async function serveInline(
  service: AnyService,
  targets: readonly ListenTarget[],
  options: ServeOptions,
): Promise<Server> {
  const events = new Emitter<ServerEvents>()
  const owner = await ownerOf(service, options, events)
  try {
    const server = new InlineServer(service, options, targets.length, events, owner)
    await server.start(targets)
    try {
      if (options.user !== undefined) becomeUser(options.user, options.group)
    } catch (error) {
      await server.close()
      throw error
    }
    return server
  } catch (error) {
    // Why it did not start matters more than what its end throws.
    await owner?.end().catch(() => {})
    throw error
  }
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

class InlineServer implements Server {
  addresses: readonly string[] = []
  readonly closed: Promise<void>
  readonly #service: AnyService
  readonly #clock: Clock
  readonly #network: Network
  readonly #events: Emitter<ServerEvents>
  readonly #owner: InlineOwner | undefined
  readonly #lane: Lane
  readonly #memory: ServerMemory
  readonly #startedMs: number
  #resolveClosed: () => void = () => {}
  #stopping: Promise<DrainReport> | undefined

  constructor(
    service: AnyService,
    options: ServeOptions,
    listeners: number,
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
    const limits = resolveLimits(service.definition.limits, options.limits)
    this.#memory = ServerMemory.create('inline', { rows: 1, listeners, limits })
    this.#lane = new InlineLane(this.#laneContext(options, limits))
  }

  async start(targets: readonly ListenTarget[]): Promise<void> {
    const bound: readonly Address[] = await this.#lane.start(targets)
    this.addresses = bound.map((address) => formatAddress(address))
  }

  status(): ServerStatus {
    const { info, state, inFlight } = this.#lane
    this.#lane.refresh()
    const reading = this.#memory.measures.read()
    const [written] = reading.lanes
    const uptimeMs = this.#clock.monotonicMs() - this.#startedMs
    const lane = {
      ...(written === undefined ? noFigures : laneFigures(written)),
      id: info.id,
      kind: info.kind,
      state,
      inFlight,
      pid: process.pid,
      generation: 1,
      restarts: 0,
      uptimeMs,
      lastEnd: undefined,
    }
    return {
      service: this.#service.name,
      network: this.#network.kind,
      pid: process.pid,
      uptimeMs,
      state: state === 'dead' ? 'stopped' : state === 'draining' ? 'draining' : 'serving',
      generation: 1,
      lanes: [lane],
      shared: this.#owner?.status(),
      listeners: this.#lane.listeners(reading),
      counters: serviceCounters(reading, this.#service.definition.counters),
      latency: latencyStatus(reading),
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

  async reload({ limits }: ReloadOptions = {}): Promise<ReloadReport> {
    const report = limits === undefined ? await reloadByOwner(this, this.#events) : undefined
    if (report === undefined) throw fail('RELOAD_NEEDS_LANES', { laneKind: 'inline' })
    return report
  }

  async call(method: string, ...args: unknown[]): Promise<unknown> {
    return await (this.#owner === undefined ? noShared.call(method) : this.#owner.call(method, args))
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

  #laneContext(options: ServeOptions, limits: Limits): LaneContext {
    const shared = this.#memory.row(0)
    const counters = shared.measures.service.counters.cells
    return {
      info: { id: 0, kind: 'inline', clock: this.#clock, shared: this.#owner?.access ?? noShared, counters },
      service: this.#service,
      framing: framingOf(this.#service, options.framing),
      limits,
      clock: this.#clock,
      network: this.#network,
      events: this.#events,
      flight: new Flight(limits.inFlight),
      draining: false,
      overloaded: false,
      queuePolicy: options.queuePolicy ?? 'disconnect',
      shared,
    }
  }
}
