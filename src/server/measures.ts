/** What a listener counts. One row a cause of loss, so that sent = received + kernel drops + these. */
import { Counters } from '../core/index.ts'

export const measureNames = [
  'messages',
  'messageBytes',
  'replies',
  'handlerErrors',
  'badMessages',
  'droppedLoop',
  'droppedOverload',
  'droppedTruncated',
  'droppedSessions',
  'droppedDraining',
  'connectionsOpened',
  'connectionsClosed',
  'connectionsRefused',
  'connectionsReset',
  'closedIdle',
  'closedFrameTimeout',
  'closedQueueFull',
  'acceptPauses',
] as const

export type MeasureName = (typeof measureNames)[number]
export type Measures = Counters<MeasureName>

/** Indexes into `cells` for hot paths. */
export const measureAt: { readonly [Name in MeasureName]: number } = Object.fromEntries(
  measureNames.map((name, index) => [name, index]),
) as { [Name in MeasureName]: number }

export function newMeasures(): Measures {
  return new Counters(measureNames)
}

/** Adds one to a cell; a function of its own so that hot loops stay readable. */
export function count(cells: Float64Array, index: number): void {
  cells[index] = (cells[index] as number) + 1
}
