/** From what lanes wrote into shared memory to what `status()` tells; the same for lanes of every kind. */
import type { LaneReading, MeasuresReading } from './shared/measure-table.ts'
import type { MeasureReading } from './shared/measure-block.ts'
import type { LaneStatus, LatencyStatus, ListenerStatus } from './types.ts'

/** The part of a lane's status that it writes itself, every 100 ms and, of messages and connections, at once. */
export type LaneFigures = Pick<
  LaneStatus,
  'inFlight' | 'connections' | 'messages' | 'memoryBytes' | 'lagMs' | 'overloaded'
>

/** Of a lane that has not written yet: nothing known. */
export const noFigures: LaneFigures = {
  inFlight: 0,
  connections: 0,
  messages: 0,
  memoryBytes: undefined,
  lagMs: 0,
  overloaded: false,
}

export function laneFigures({ own, listeners }: LaneReading): LaneFigures {
  const { inFlight = 0, memoryBytes = 0, lagMs = 0, overloaded = 0 } = own.gauges
  const sum = (read: (listener: MeasureReading) => number | undefined): number => {
    return listeners.reduce((total, listener) => total + (read(listener) ?? 0), 0)
  }
  return {
    inFlight,
    connections: sum(({ gauges }) => gauges['connections']),
    messages: sum(({ counters }) => counters['messages']),
    memoryBytes: memoryBytes === 0 ? undefined : memoryBytes,
    lagMs,
    overloaded: overloaded !== 0,
  }
}

/** When a lane wrote last, by `machineMs`; undefined before it ever did, and once it is buried. */
export function lastBeatMs({ own }: LaneReading): number | undefined {
  const beatMs = own.gauges['beatMs'] ?? 0
  return beatMs === 0 ? undefined : beatMs
}

/** A listener of all lanes together: `index` is its place in `listen`. */
export function listenerStatus(
  { total }: MeasuresReading,
  index: number,
  known: Pick<ListenerStatus, 'address' | 'spread' | 'kernelDrops'>,
): ListenerStatus {
  const { counters = {}, gauges = {} } = total.listeners[index] ?? {}
  const { address, spread, kernelDrops } = known
  return { address, spread, connections: gauges['connections'] ?? 0, counters: { ...counters }, kernelDrops }
}

/** What the service counts, by the names that it declares. */
export function serviceCounters({ total }: MeasuresReading, names: readonly string[] = []): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, total.service.counters[`own${index}`] ?? 0]))
}

export function latencyStatus({ total }: MeasuresReading): LatencyStatus {
  const histogram = total.service.histograms['handlerUs']
  const at = (fraction: number): number => histogram?.quantile(fraction) ?? 0
  return { count: histogram?.count ?? 0, p50Us: at(0.5), p99Us: at(0.99), p999Us: at(0.999), maxUs: at(1) }
}
