/** How much memory a program needs: its working set, its faults by number of frames, and Belady's anomaly. */
import { checkInteger } from '../../core/index.ts'
import { replay, type ReplayOptions } from './replay.ts'
import type { Page } from './replacement.ts'

export interface WorkingSet {
  /** After each reference, how many different pages the last `window` references were to. */
  readonly sizes: readonly number[]
  readonly average: number
  readonly largest: number
}

/**
 * The working set over a window of references (Denning, "The working set model for program behavior", 1968). Throws
 * OPTION_INVALID.
 *
 * @example
 * workingSet([1, 2, 1, 3], 2).sizes  // [1, 2, 2, 2]
 */
export function workingSet(references: readonly Page[], window: number): WorkingSet {
  checkInteger('window', window, 1, 1_000_000_000)
  const uses = new Map<Page, number>()
  const sizes: number[] = []
  for (const [at, page] of references.entries()) {
    uses.set(page, (uses.get(page) ?? 0) + 1)
    if (at >= window) {
      const left = references[at - window] as Page
      const rest = (uses.get(left) as number) - 1
      if (rest === 0) uses.delete(left)
      else uses.set(left, rest)
    }
    sizes.push(uses.size)
  }
  const sum = sizes.reduce((total, size) => total + size, 0)
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0)
  return { sizes, average: sizes.length === 0 ? 0 : sum / sizes.length, largest }
}

export interface FaultPoint {
  readonly frames: number
  readonly faults: number
  readonly hitRatio: number
}

/** Faults with 1, 2, ... `most` frames. Throws as `replay` does. */
export function faultCurve(
  references: readonly Page[],
  most: number,
  options: Omit<ReplayOptions, 'frames' | 'record'> = {},
): FaultPoint[] {
  checkInteger('most', most, 1, 10_000)
  return Array.from({ length: most }, (_, index) => {
    const { faults, hitRatio } = replay(references, { ...options, frames: index + 1, record: 'summary' })
    return { frames: index + 1, faults, hitRatio }
  })
}

/** Belady's anomaly: points where one frame more makes more faults. LRU and OPT have none, FIFO and CLOCK may. */
export function beladyAnomalies(
  curve: readonly FaultPoint[],
): { readonly from: FaultPoint; readonly to: FaultPoint }[] {
  return curve.slice(1).flatMap((to, index) => {
    const from = curve[index] as FaultPoint
    return to.faults > from.faults ? [{ from, to }] : []
  })
}
