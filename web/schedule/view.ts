/** What the parts of the page have in common: each shows a run, and most of them one moment of it. */
import type { Moment, Moments, Simulation } from '../../src/schedule/index.ts'
import type { Looks } from './chips.ts'

/** One simulation of the workload with the settings as they are. */
export interface Run {
  readonly simulation: Simulation
  readonly moments: Moments
  readonly looks: Looks
  /** What the chart shows of it. @default all */
  readonly window?: { readonly from: number; readonly to: number } | undefined
}

export interface View {
  readonly node: HTMLElement
  /** There is a new run. */
  show(run: Run): void
  /** The time is another one. */
  at?(moment: Moment, run: Run): void
}
