/** How a clock begins: from nothing, from what an earlier one knew, or where that one was. */
import type { DriftRecord } from './drift-record.ts'
import { maximumDispersion, type ClockParameters } from './parameters.ts'
import { frequencyTolerance } from './source-filter.ts'
import type { Ticks } from './ticks.ts'

const unsynchronised = {
  slewNs: 0,
  slewRate: 0,
  leap: 3,
  leapAtNs: 0n,
  stratum: 16,
  refId: 0,
  refTimeNs: 0n,
  rootDelay: 0,
  rootDispersion: maximumDispersion,
  dispersionRate: frequencyTolerance,
  steps: 0,
} as const

/**
 * The best guess before any sample: the wall clock, and what it was off by when the file was written. A wall clock that
 * is before that moment has lost its battery: the time cannot be earlier than that.
 */
export function startFrom(
  drift: DriftRecord | undefined,
  ticks: Ticks,
  frequency: number,
): Omit<ClockParameters, 'precision'> {
  const anchorNs = ticks.ns()
  let timeNs = ticks.wallNs() - (drift?.wallLessTimeNs ?? 0n)
  if (drift !== undefined && timeNs < drift.parameters.timeNs) timeNs = drift.parameters.timeNs
  return { ...unsynchronised, anchorNs, timeNs, frequency }
}

/** Goes on as if nothing had happened where the counter has gone on too: the same start of the machine, and no sleep in between. */
export function resume(drift: DriftRecord, ticks: Ticks, bootId: string | undefined): ClockParameters | undefined {
  const { parameters } = drift
  const atNs = ticks.ns()
  const upNs = ticks.upNs()
  if (bootId === undefined || drift.bootId !== bootId || parameters.leap === 3) return undefined
  if (atNs < parameters.anchorNs || upNs === undefined || drift.asleepNs === undefined) return undefined
  const slept = upNs - atNs - drift.asleepNs
  return slept > 100_000_000n || slept < -100_000_000n ? undefined : parameters
}
