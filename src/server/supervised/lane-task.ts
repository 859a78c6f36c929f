/** What runs in a lane of its own thread or process: loads the service, and serves the sockets that it is given. */
import { errorToWire, Emitter, systemClock } from '../../core/index.ts'
import { task, type Connection, type Task } from '../../process/index.ts'
import { framingOf } from '../framing-of.ts'
import { leaveSignalsToSupervisor } from '../leave-signals.ts'
import { Flight } from '../lane.ts'
import { InlineLane } from '../lanes/inline.ts'
import { LaneAccess } from '../owner/access.ts'
import { checkServiceOptions } from '../serve-options.ts'
import { loadService } from '../service.ts'
import { ServerMemory } from '../shared/server-memory.ts'
import type { AnyService, DrainReport, ServerEvents } from '../types.ts'
import type { Assignment, EventPayload, FromLane, LaneOrder, ToLane } from './messages.ts'
import { SlotNetwork } from './slot-network.ts'

/** Events that a lane sends on; the others are the supervisor's own. */
const laneEvents = [
  'handlerError',
  'badMessage',
  'connectionRefused',
  'acceptPaused',
  'bufferClamped',
  'shedding',
  'snapshotError',
] as const
/** Of each of them, so many a second: a flood of bad messages must not become a flood of events. */
const eventsPerSecond = 20

export const runLane: Task<[LaneOrder, Connection<ToLane | FromLane>], Promise<void>> = task(
  import.meta,
  'runLane',
  async (order: LaneOrder, link: Connection<ToLane | FromLane>) => {
    leaveSignalsToSupervisor()
    const host = new LaneHost(order, link)
    try {
      await host.load()
      for await (const message of link) {
        if (await host.obey(message as ToLane)) break
      }
    } catch (error) {
      await host.tell(['failed', errorToWire(error)])
    }
    await host.end()
  },
)

/** Datagrams that arrive during a drain wait in the socket, where the supervisor counts those that nobody has taken. */
async function drainLeaving(lane: InlineLane, deadlineMs: number): Promise<DrainReport> {
  await lane.leaveSockets()
  return await lane.drain(deadlineMs)
}

class LaneHost {
  readonly #order: LaneOrder
  readonly #link: Connection<ToLane | FromLane>
  readonly #events = new Emitter<ServerEvents>()
  readonly #access: LaneAccess
  readonly #eventBudget = new Map<string, { second: number; left: number }>()
  #service: AnyService | undefined
  #memory: ServerMemory | undefined
  #lane: InlineLane | undefined

  constructor(order: LaneOrder, link: Connection<ToLane | FromLane>) {
    this.#order = order
    this.#link = link
    const port = {
      ask: (id: number, method: string, args: readonly unknown[]) => link.send(['call', id, method, args]),
      cancel: (id: number) => void this.tell(['cancel', id]),
      got: () => void this.tell(['got']),
    }
    this.#access = new LaneAccess(port, { onError: (error) => this.#snapshotFailed(error) })
    for (const name of laneEvents) this.#events.on(name, (event) => this.#sendOn(name, event))
  }

  async load(): Promise<void> {
    const service = await loadService(new URL(this.#order.service))
    checkServiceOptions(service)
    const { name, limits = {}, shared, counters = [], schemes } = service.definition
    this.#service = service
    await this.tell(['loaded', { name, limits, hasShared: shared !== undefined, counters, schemes }])
  }

  /** True when it was the last message that matters. */
  async obey(message: ToLane): Promise<boolean> {
    switch (message[0]) {
      case 'serve':
        this.#endUnless(this.#serve(message[1]))
        return false
      case 'retire':
        this.#endUnless(this.#finish((lane) => lane.retire(message[1])))
        return false
      case 'drain':
        this.#endUnless(this.#finish((lane) => drainLeaving(lane, message[1])))
        return false
      case 'close':
        return true
      default:
        this.#access.receive(message)
        return false
    }
  }

  async end(): Promise<void> {
    await this.#lane?.close()
    this.#memory?.close()
    this.#link.close()
  }

  /** The supervisor may be gone, or be about to end this lane. */
  async tell(message: FromLane): Promise<void> {
    try {
      await this.#link.send(message)
    } catch {
      // Whoever is not there need not know.
    }
  }

  async #serve({ lane: id, row, limits, memory, sockets }: Assignment): Promise<void> {
    const service = this.#service as AnyService
    this.#memory = ServerMemory.attach(memory)
    const shared = this.#memory.row(row)
    const counters = shared.measures.service.counters.cells
    const lane = new InlineLane({
      info: { id, kind: this.#order.kind, clock: systemClock, shared: this.#access, counters },
      service,
      framing: framingOf(service, this.#order.framing),
      limits,
      queuePolicy: this.#order.queuePolicy,
      clock: systemClock,
      network: new SlotNetwork(sockets),
      events: this.#events,
      flight: new Flight(limits.inFlight),
      draining: false,
      overloaded: false,
      shared,
    })
    this.#lane = lane
    await lane.start(this.#order.targets)
    await this.tell(['ready'])
  }

  /** Goes on beside other messages: a start, and calls in flight, may wait for answers of the owner. */
  #endUnless(work: Promise<void>): void {
    work.catch(async (error: unknown) => {
      await this.tell(['failed', errorToWire(error)])
      this.#link.close()
    })
  }

  async #finish(stop: (lane: InlineLane) => Promise<DrainReport>): Promise<void> {
    if (this.#lane !== undefined) await this.tell(['drained', await stop(this.#lane)])
    this.#link.close()
  }

  #sendOn(name: string, event: object): void {
    const second = Math.floor(performance.now() / 1_000)
    let budget = this.#eventBudget.get(name)
    if (budget?.second !== second) budget = { second, left: eventsPerSecond }
    this.#eventBudget.set(name, budget)
    if (budget.left-- <= 0) return
    const { error, ...rest } = event as { error?: unknown }
    const payload: EventPayload = error === undefined ? rest : { ...rest, error: errorToWire(error) }
    void this.tell(['event', name, payload])
  }

  /** The supervisor knows which lane it is. */
  #snapshotFailed(error: unknown): void {
    this.#sendOn('snapshotError', { error })
  }
}
