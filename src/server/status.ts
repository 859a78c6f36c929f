/** From what lanes wrote into shared memory to what `status()` tells; the same for lanes of every kind. */
import { Histogram } from '../core/index.ts'
import type { LaneReading, MeasuresReading } from './shared/measure-table.ts'
import type { MeasureReading } from './shared/measure-block.ts'
import type { LaneStatus, LatencyStatus, ListenerStatus } from './types.ts'

/** The part of a lane's status that it writes itself, every 100 ms and, of messages and connections, at once. */
export type LaneFigures = Pick<
  LaneStatus,
  'inFlight' | 'connections' | 'messages' | 'latency' | 'memoryBytes' | 'lagMs' | 'overloaded'
>

/** Of a lane that has not written yet: nothing known. */
export const noFigures: LaneFigures = {
  inFlight: 0,
  connections: 0,
  messages: 0,
  latency: { count: 0, p50Us: 0, p99Us: 0, p999Us: 0, maxUs: 0 },
  memoryBytes: undefined,
  lagMs: 0,
  overloaded: false,
}

/** `before`: what stood there when the lane took its part over from another. */
export function laneFigures({ own, listeners }: LaneReading, before?: LaneReading): LaneFigures {
  const { inFlight = 0, memoryBytes = 0, lagMs = 0, overloaded = 0 } = own.gauges
  const sum = (of: readonly MeasureReading[], read: (listener: MeasureReading) => number | undefined): number => {
    return of.reduce((total, listener) => total + (read(listener) ?? 0), 0)
  }
  const messages = ({ counters }: MeasureReading): number | undefined => counters['messages']
  return {
    inFlight,
    connections: sum(listeners, ({ gauges }) => gauges['connections']),
    messages: sum(listeners, messages) - sum(before?.listeners ?? [], messages),
    latency: latencyOf(listeners, before?.listeners),
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
  known: Pick<ListenerStatus, 'address' | 'protocol' | 'spread' | 'kernelDrops'>,
): ListenerStatus {
  const { counters = {}, gauges = {} } = total.listeners[index] ?? {}
  const { address, protocol, spread, kernelDrops } = known
  const latency = latencyOf(total.listeners.slice(index, index + 1))
  return {
    address,
    ...(protocol === undefined ? {} : { protocol }),
    spread,
    connections: gauges['connections'] ?? 0,
    counters: { ...counters },
    kernelDrops,
    latency,
  }
}

/** What the service counts, by the names that it declares. */
export function serviceCounters({ total }: MeasuresReading, names: readonly string[] = []): Record<string, number> {
  return Object.fromEntries(names.map((name, index) => [name, total.service.counters[`own${index}`] ?? 0]))
}

/** Of all listeners. */
export function latencyStatus({ total }: MeasuresReading): LatencyStatus {
  return latencyOf(total.listeners)
}

function latencyOf(listeners: readonly MeasureReading[], before: readonly MeasureReading[] = []): LatencyStatus {
  const all = new Histogram(new ArrayBuffer(Histogram.bytes))
  const each = (of: readonly MeasureReading[]): Histogram[] =>
    of.flatMap(({ histograms }) => histograms['handlerUs'] ?? [])
  for (const histogram of each(listeners)) all.merge(histogram)
  for (const histogram of each(before)) all.subtract(histogram)
  const at = (fraction: number): number => all.quantile(fraction) ?? 0
  return { count: all.count, p50Us: at(0.5), p99Us: at(0.99), p999Us: at(0.999), maxUs: at(1) }
}
