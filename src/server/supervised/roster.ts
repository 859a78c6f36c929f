/** Which lane writes which part of the shared memory, what stands there, and what former lanes have left there. */
import { addMeasures, type LaneReading, type MeasuresOf, type MeasuresReading } from '../shared/measure-table.ts'
import { laneFigures, latencyStatus, listenerStatus, noFigures, serviceCounters, type LaneFigures } from '../status.ts'
import type { LaneKind, LaneState, LaneStatus, LatencyStatus, Limits, ListenerStatus } from '../types.ts'
import type { LaneChild } from './lane-child.ts'
import { LaneRows } from './lane-rows.ts'
import type { LaneConnections } from './least-connections.ts'
import type { LaneSet, Seat } from './lane-set.ts'
import type { LaneSight } from './watch.ts'

const zero = { counters: {}, gauges: {}, histograms: {}, isOneMoment: true }
const nothing: MeasuresOf = { own: zero, service: zero, listeners: [] }

/** A lane's place. */
interface Place {
  readonly rows: LaneRows
  readonly row: number
  /** What former lanes have counted there. */
  readonly before: LaneReading | undefined
}

export class Roster {
  readonly #lanes: number
  readonly #listeners: number
  readonly #places = new Map<LaneChild, Place>()
  /** The memory of the newest lanes, and that of those before as long as these may go on after all. */
  #rows: LaneRows | undefined
  #before: LaneRows | undefined
  /** What stood in memory that is gone. */
  #carried: MeasuresOf | undefined
  readonly #open = new Set<LaneRows>()

  constructor(lanes: number, listeners: number) {
    this.#lanes = lanes
    this.#listeners = listeners
  }

  /** Lanes that come from now on work by these limits; `keepLimits` or `oldLimits` follows. */
  newLimits(limits: Limits): void {
    const before = this.#rows
    if (before !== undefined && isSame(before.limits, limits)) return
    const rows = new LaneRows(this.#lanes, this.#listeners, limits, () => this.#over(rows))
    this.#open.add(rows)
    this.#rows = rows
    this.#before = before
  }

  /** The new lanes serve. */
  keepLimits(): void {
    this.#before?.retire()
    this.#before = undefined
  }

  /** As before `newLimits`, if that was called at all: the new lanes failed. */
  oldLimits(): void {
    if (this.#before === undefined) return
    this.#rows?.retire()
    this.#rows = this.#before
    this.#before = undefined
  }

  enter(lane: LaneChild): { readonly row: number; readonly limits: Limits; readonly memory: unknown } {
    const rows = this.#rows as LaneRows
    const row = rows.take()
    this.#places.set(lane, { rows, row, before: rows.memory.measures.readLane(row) })
    return { row, limits: rows.limits, memory: rows.memory.toLane() }
  }

  /** The lane does not run any more. */
  leave(lane: LaneChild): void {
    const place = this.#places.get(lane)
    this.#places.delete(lane)
    place?.rows.giveBack(place.row)
  }

  /** Open connections of a lane, and those that it has taken from these listeners; undefined when it has no counters. */
  connections(lane: LaneChild, listeners: readonly number[]): LaneConnections | undefined {
    const place = this.#places.get(lane)
    if (place === undefined) return undefined
    const { memory } = place.rows
    const read = memory.measures.readLane(place.row)?.listeners ?? []
    const taken = listeners.reduce((sum, index) => sum + takenOf(read[index]?.counters ?? {}), 0)
    return { held: memory.slots.held()[place.row] ?? 0, taken }
  }

  sight(lane: LaneChild): LaneSight {
    const place = this.#places.get(lane)
    if (place === undefined) return { beatMs: undefined, memoryBytes: undefined }
    const { gauges } = place.rows.memory.measures.readOwn(place.row)
    const { beatMs = 0, memoryBytes = 0 } = gauges
    return { beatMs, memoryBytes: memoryBytes === 0 ? undefined : memoryBytes }
  }

  /** All lanes together, those of former times too. */
  figures(): {
    listener(index: number, known: Parameters<typeof listenerStatus>[2]): ListenerStatus
    latency(): LatencyStatus
    service(names: readonly string[] | undefined): Record<string, number>
  } {
    const parts = [...this.#open].map(({ memory }) => memory.measures.read().total)
    if (this.#carried !== undefined) parts.push(this.#carried)
    const total = parts.length === 0 ? nothing : parts.reduce((sum, part) => addMeasures(sum, part))
    const reading: MeasuresReading = { version: 0, lanes: [], total }
    return {
      listener: (index, known) => listenerStatus(reading, index, known),
      latency: () => latencyStatus(reading),
      service: (names) => serviceCounters(reading, names),
    }
  }

  /** Seats in their order, then lanes that finish their work. */
  lanes(kind: LaneKind, set: LaneSet, isBlocked: (lane: LaneChild) => boolean): LaneStatus[] {
    const seated = set.seats.map((seat) => this.#statusOf(kind, seat, seat.lane, set.generation, isBlocked))
    const retiring = set.retiring.map((lane) => {
      const seat = { id: lane.assignment?.lane ?? -1, restarts: 0, lastEnd: undefined }
      return this.#statusOf(kind, seat, lane, set.generation, isBlocked)
    })
    return [...seated, ...retiring]
  }

  /** Lets go of the memory; what stood there is still told. */
  close(): void {
    for (const rows of this.#open) this.#over(rows)
  }

  #statusOf(
    kind: LaneKind,
    seat: Pick<Seat, 'id' | 'restarts' | 'lastEnd'>,
    lane: LaneChild | undefined,
    generation: number,
    isBlocked: (lane: LaneChild) => boolean,
  ): LaneStatus {
    const place = lane && this.#places.get(lane)
    const figures = place === undefined ? noFigures : figuresOf(place)
    return {
      id: seat.id,
      kind,
      state: stateOf(lane, figures, isBlocked),
      pid: lane?.pid ?? 0,
      generation: lane?.generation ?? generation,
      restarts: seat.restarts,
      uptimeMs: lane === undefined || lane.readyMs === 0 ? 0 : performance.now() - lane.readyMs,
      lastEnd: seat.lastEnd,
      ...figures,
    }
  }

  #over(rows: LaneRows): void {
    const { total } = rows.memory.measures.read()
    this.#carried = this.#carried === undefined ? total : addMeasures(this.#carried, total)
    this.#open.delete(rows)
    rows.memory.close()
  }
}

/** All that it ever took, also those that it refused. */
function takenOf(counters: Readonly<Record<string, number>>): number {
  const { connectionsOpened = 0, connectionsRefused = 0, connectionsShed = 0 } = counters
  return connectionsOpened + connectionsRefused + connectionsShed
}

function figuresOf({ rows, row, before }: Place): LaneFigures {
  const reading = rows.memory.measures.readLane(row)
  return reading === undefined ? noFigures : laneFigures(reading, before)
}

function stateOf(
  lane: LaneChild | undefined,
  { inFlight }: LaneFigures,
  isBlocked: (lane: LaneChild) => boolean,
): LaneState {
  switch (lane?.state) {
    case undefined:
    case 'dead':
      return 'dead'
    case 'loading':
    case 'standby':
    case 'starting':
      return 'starting'
    case 'retiring':
      return 'draining'
    case 'serving':
      return isBlocked(lane as LaneChild) ? 'blocked' : inFlight > 0 ? 'running' : 'ready'
  }
}

function isSame(one: Limits, other: Limits): boolean {
  return (Object.keys(one) as (keyof Limits)[]).every((name) => one[name] === other[name])
}
