/**
 * A server whose lanes run in threads or processes. Its supervisor, in the calling thread, binds the sockets, starts the lanes,
 * watches and replaces them; it handles no message itself.
 *
 *   ListenerSet ── sockets ──▶ LaneSet ── seats ──▶ LaneChild ═══ pipe ═══▶ lane-task (InlineLane over SlotNetwork)
 *                                 ▲                                             │ counts into
 *                             LaneWatch ◀── beats ── LaneRows (shared memory) ◀─┘
 */
import { checkInteger, Emitter, errorFromWire, fail } from '../../core/index.ts'
import { formatAddress } from '../../io/index.ts'
import { becomeUser } from '../become-user.ts'
import { noShared } from '../owner/none.ts'
import { reloadByOwner } from '../owner/reload-by-owner.ts'
import type {
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
} from '../types.ts'
import { inheritance, offerHandOver, type HandOver } from '../upgrade/index.ts'
import { addReports, noReport } from './drain-report.ts'
import { LaneChild, type KillReason } from './lane-child.ts'
import { LaneSet, lanesFailed, type Seat } from './lane-set.ts'
import { LeastConnections } from './least-connections.ts'
import { ListenerSet, withoutDescriptor } from './listener-set.ts'
import type { EventPayload, LaneOrder, ServiceFacts } from './messages.ts'
import { OwnerKeeper, type OwnerChange } from './owner-keeper.ts'
import { Roster } from './roster.ts'
import { checkLaneOptions, limitsFor, type Supervision } from './settings.ts'
import { usedTooMuch } from './used-too-much.ts'
import { LaneWatch } from './watch.ts'

const drainDeadlineMs = 5_000
const retireDeadlineMs = 30_000

/** Resolves when all lanes are ready. On failure nothing stays bound or running. */
export async function serveLanes(
  service: URL,
  kind: 'thread' | 'process',
  lanes: number,
  targets: readonly ListenTarget[],
  given: ServeOptions,
): Promise<Server> {
  const supervision = checkLaneOptions(given, kind, lanes)
  const server = new LaneServer({ service, kind, lanes, targets, supervision, given })
  await server.start()
  return server
}

interface LaneServerOptions {
  readonly service: URL
  readonly kind: 'thread' | 'process'
  readonly lanes: number
  readonly targets: readonly ListenTarget[]
  readonly supervision: Supervision
  readonly given: ServeOptions
}

class LaneServer implements Server {
  addresses: readonly string[] = []
  readonly closed: Promise<void>
  readonly #options: LaneServerOptions
  readonly #events = new Emitter<ServerEvents>()
  readonly #startedMs = performance.now()
  readonly #set: LaneSet
  readonly #roster: Roster
  readonly #watch: LaneWatch
  readonly #leastConnections: LeastConnections<LaneChild>
  #limits: Partial<Limits>
  #listeners: ListenerSet | undefined
  #owner: OwnerKeeper | undefined
  #facts: ServiceFacts | undefined
  #state: ServerStatus['state'] = 'serving'
  #reloading: Promise<unknown> = Promise.resolve()
  #stopping: Promise<DrainReport> | undefined
  #closing: Promise<void> | undefined
  #resolveClosed: () => void = () => {}
  #isHandedOver = false
  #numbers = 0

  constructor(options: LaneServerOptions) {
    this.#options = options
    this.#limits = options.given.limits ?? {}
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve))
    this.#roster = new Roster(options.lanes, options.targets.length)
    this.#leastConnections = new LeastConnections((lane) => {
      return this.#roster.connections(lane, this.#listeners?.handedOver ?? [])
    })
    this.#set = new LaneSet({
      lanes: options.lanes,
      supervision: options.supervision,
      start: (generation) => this.#startLane(generation),
      assign: (lane, seat) => this.#assign(lane, seat),
      onReady: (lane, seat) => this.#ready(lane, seat),
      onGone: (lane) => this.#gone(lane),
      onDeath: (seat, lane, error, restartMs, killed) => this.#died(seat, lane, error, restartMs, killed),
      onGiveUp: (deaths, error) => this.#giveUp(deaths, error),
    })
    this.#watch = new LaneWatch({
      hangMs: options.supervision.hangMs,
      memoryBytes: options.supervision.memoryBytes,
      lanes: () => this.#set.serving,
      look: (lane) => this.#roster.sight(lane),
      onBlocked: (lane) => this.#events.emit('laneBlocked', { lane: seatOf(lane), pid: lane.pid }),
      onHang: (lane) => lane.kill('hang'),
      onMemory: (lane, bytes) => void this.#replaceFat(lane, bytes),
    })
  }

  /** Binds, starts all lanes, and waits until they are ready. On failure nothing stays bound or running. */
  async start(): Promise<void> {
    const { signal } = this.#options.given
    const onAbort = (): void => void this.close()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal?.aborted === true) onAbort()
      await this.#start()
    } catch (error) {
      await this.close()
      // What was bound or begun while it was closed already.
      await this.#listeners?.close()
      throw signal?.aborted === true ? fail('ABORTED', { what: 'Starting the server' }, { cause: error }) : error
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
  }

  async #start(): Promise<void> {
    const { targets, lanes, given } = this.#options
    this.#mustRun()
    this.#listeners = await ListenerSet.bind({
      targets,
      lanes,
      spread: given.spread ?? 'auto',
      pick: () => this.#leastBusy(),
      inheritance: await inheritance(),
    })
    this.#mustRun()
    this.addresses = this.#listeners.addresses.map((address) => formatAddress(address))
    if (given.user !== undefined) becomeUser(given.user, given.group)
    const first = await this.#set.load()
    this.#facts = await (first[0] as LaneChild).loaded
    this.#mustRun()
    this.#roster.newLimits(limitsFor(this.#facts, this.#limits, targets))
    if (this.#facts.hasShared) await this.#startOwner()
    await this.#set.begin(first)
    this.#listeners.served()
    offerHandOver(this, () => this.#handOver())
  }

  #mustRun(): void {
    if (this.#closing !== undefined) throw fail('CLOSED', { what: 'server' })
  }

  status(): ServerStatus {
    const { kind } = this.#options
    const figures = this.#roster.figures()
    return {
      service: this.#facts?.name ?? '',
      network: 'native',
      pid: process.pid,
      uptimeMs: performance.now() - this.#startedMs,
      state: this.#state,
      generation: this.#set.generation,
      lanes: this.#roster.lanes(kind, this.#set, (lane) => this.#watch.isBlocked(lane)),
      shared: this.#owner?.status(),
      listeners: this.addresses.map((address, index) =>
        figures.listener(index, {
          address,
          protocol: this.#options.targets[index]?.protocol,
          spread: this.#listeners?.spreads[index] ?? 'shared',
          kernelDrops: this.#listeners?.kernelDrops(index),
        }),
      ),
      counters: figures.service(this.#facts?.counters),
      latency: figures.latency(),
    }
  }

  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    const deadlineMs = checkInteger('deadlineMs', options.deadlineMs ?? retireDeadlineMs, 0, 2 ** 31 - 1)
    // One after the other: each begins with what the last has left.
    const reload = this.#reloading.then(() => this.#reload(options.limits, deadlineMs))
    this.#reloading = reload.catch(() => {})
    return reload
  }

  async call(method: string, ...args: unknown[]): Promise<unknown> {
    return await (this.#owner ?? { call: noShared.call }).call(method, args)
  }

  drain(options: DrainOptions = {}): Promise<DrainReport> {
    const deadlineMs = checkInteger('deadlineMs', options.deadlineMs ?? drainDeadlineMs, 0, 2 ** 31 - 1)
    this.#stopping ??= this.#drain(deadlineMs)
    return this.#stopping
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #drain(deadlineMs: number): Promise<DrainReport> {
    const startedMs = performance.now()
    if (this.#closing === undefined) this.#state = 'draining'
    this.#set.stop()
    this.#listeners?.stopHandingOver()
    const reports = await this.#set.finish(this.#isHandedOver ? 'retire' : 'drain', deadlineMs)
    const report = addReports(reports.map((each) => each ?? noReport))
    const left = this.#listeners?.discard()
    await this.close()
    const connectionsAborted = report.connectionsAborted + (left?.connections ?? 0)
    return {
      ...report,
      connectionsAborted,
      datagramsUnhandled: report.datagramsUnhandled + (left?.datagrams ?? 0),
      tookMs: performance.now() - startedMs,
    }
  }

  async #close(): Promise<void> {
    if (this.#state !== 'draining') this.#state = 'stopped'
    this.#watch.close()
    try {
      await this.#set.close()
      await this.#owner?.close()
      // One that was under way fails now, and is over soon.
      await this.#reloading
      await this.#listeners?.close()
      this.#roster.close()
    } finally {
      this.#state = 'stopped'
      this.#resolveClosed()
    }
  }

  async #reload(limits: Partial<Limits> | undefined, deadlineMs: number): Promise<ReloadReport> {
    const startedMs = performance.now()
    if (this.#state !== 'serving') throw fail('CLOSED', { what: 'server' })
    const own = limits === undefined ? await reloadByOwner(this, this.#events) : undefined
    if (own !== undefined) return own
    this.#state = 'reloading'
    const before = this.#facts
    let owner: OwnerChange | undefined
    try {
      const wanted = limits ?? this.#limits
      const old = await this.#set.replaceAll(async (first) => {
        const facts = await first.loaded
        this.#roster.newLimits(limitsFor(facts, wanted, this.#options.targets))
        owner = await this.#reloadOwner(facts)
        this.#facts = facts
      }, deadlineMs)
      this.#listeners?.back(...this.#set.seats.map(({ id }) => id))
      this.#limits = wanted
      this.#roster.keepLimits()
      owner?.done()
      const drained = Promise.all(old).then((reports) => addReports(reports.map((each) => each ?? noReport)))
      const { generation } = this.#set
      const report = { generation, lanes: this.#options.lanes, tookMs: performance.now() - startedMs, drained }
      this.#events.emit('reloaded', report)
      return report
    } catch (cause) {
      await owner?.undo()
      this.#roster.oldLimits()
      this.#facts = before
      throw fail(
        'RELOAD_FAILED',
        { service: before?.name ?? '', reason: cause instanceof Error ? cause.message : String(cause) },
        { cause },
      )
    } finally {
      if (this.#state === 'reloading') this.#state = 'serving'
    }
  }

  async #startOwner(): Promise<void> {
    const { service, kind, supervision } = this.#options
    this.#owner = new OwnerKeeper({
      service,
      kind,
      supervision,
      onGiveUp: (deaths, error) => this.#giveUp(deaths, error),
    })
    await this.#owner.start()
  }

  async #reloadOwner({ hasShared }: ServiceFacts): Promise<OwnerChange | undefined> {
    if (this.#owner !== undefined) return await this.#owner.reload()
    if (hasShared) await this.#startOwner()
    return undefined
  }

  #startLane(generation: number): LaneChild {
    const { service, kind, targets, given } = this.#options
    const order: LaneOrder = {
      kind,
      service: service.href,
      framing: given.framing as string | undefined,
      queuePolicy: given.queuePolicy ?? 'disconnect',
      targets: targets.map(withoutDescriptor),
    }
    return new LaneChild({
      name: `Lane-${++this.#numbers}`,
      number: this.#numbers,
      generation,
      order,
      onEvent: (lane, name, payload) => this.#hear(lane, name, payload),
      onAsk: (lane, message) => this.#owner?.relay.fromLane(lane.number, message),
    })
  }

  async #assign(lane: LaneChild, seat: Seat): Promise<void> {
    const { row, limits, memory } = this.#roster.enter(lane)
    this.#owner?.relay.addLane(lane.number, (message) => lane.send(message))
    await lane.serve({ lane: seat.id, row, limits, memory, sockets: this.#listeners?.socketsOf(seat.id) ?? [] })
  }

  /** What a successor is given; once it serves, ours only finish what they have. */
  #handOver(): HandOver {
    const release = (): void => {
      this.#isHandedOver = true
      this.#set.stop()
      this.#listeners?.release()
    }
    return { sockets: this.#listeners?.handedSockets(this.#facts?.name ?? '') ?? [], release }
  }

  #ready(lane: LaneChild, seat: Seat): void {
    this.#listeners?.back(seat.id)
    this.#events.emit('laneStarted', { lane: seat.id, pid: lane.pid, generation: lane.generation })
  }

  #gone(lane: LaneChild): void {
    this.#owner?.relay.removeLane(lane.number)
    this.#roster.leave(lane)
  }

  #died(
    seat: Seat | undefined,
    lane: LaneChild | undefined,
    error: Error,
    restartMs: number | undefined,
    killed: KillReason | undefined,
  ): void {
    if (seat !== undefined) this.#listeners?.away(seat.id)
    const isStart = lane === undefined || lane.readyMs === 0
    const reason = killed === 'hang' || killed === 'memory' ? killed : isStart ? 'start' : 'crash'
    this.#events.emit('laneEnded', { lane: seat?.id ?? -1, pid: lane?.pid ?? 0, reason, error, restartMs })
  }

  #giveUp(deaths: number, cause: Error): void {
    const error = lanesFailed(this.#facts?.name ?? '', deaths, this.#options.supervision.withinMs, cause)
    this.#events.emit('gaveUp', { error })
    void this.close()
  }

  async #replaceFat(lane: LaneChild, bytes: number): Promise<void> {
    const seat = this.#set.seats.find((each) => each.lane === lane)
    if (seat === undefined) return
    const { name, pid } = lane
    const error = usedTooMuch(name, pid, bytes)
    // A successor that fails to start leaves the old one at work.
    const isReplaced = await this.#set.replace(seat, error.message, retireDeadlineMs).catch(() => false)
    if (isReplaced) this.#events.emit('laneEnded', { lane: seat.id, pid, reason: 'memory', error, restartMs: 0 })
  }

  /** What a lane tells becomes an event of the server. */
  #hear(lane: LaneChild, name: string, { error, ...rest }: EventPayload): void {
    const event = error === undefined ? rest : { ...rest, error: errorFromWire(error) }
    const isOfLane = name === 'shedding' || name === 'snapshotError'
    const withLane = isOfLane ? { ...event, lane: seatOf(lane) } : event
    this.#events.emit(name as 'handlerError', withLane as unknown as ServerEvents['handlerError'])
  }

  /** The seat of the lane that has the fewest connections. */
  #leastBusy(): number | undefined {
    const lane = this.#leastConnections.pick(this.#set.serving, performance.now())
    return lane && seatOf(lane)
  }
}

function seatOf(lane: LaneChild): number {
  return lane.assignment?.lane ?? -1
}
