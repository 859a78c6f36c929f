/** What an era of operating systems is: by which means the same day's work was brought through a machine. */
import type { Policy } from '../types.ts'
import type { SimulatedJob } from '../machine/spec.ts'

export type EraName =
  | 'manual'
  | 'online-batch'
  | 'offline-batch'
  | 'multiprogramming'
  | 'time-sharing'
  | 'general-purpose'

export interface Era {
  readonly name: EraName
  readonly title: string
  /** When it was the usual way, roughly. */
  readonly years: string
  /** What happens, and what the CPU waits for. */
  readonly story: string
  readonly rules: EraRules
}

/** What tells the eras apart. Times are in the unit of the workload. */
export interface EraRules {
  /** How long the machine stands still while an operator prepares it, and how often. */
  readonly setup: { readonly time: number; readonly per: 'job' | 'batch' } | undefined
  /** How many times longer a device takes than the workload says; devices that are not named take as long. */
  readonly slowness: Readonly<Record<string, number>>
  /**
   * Small machines copy cards to tape before, and print from tape after the job; the main machine sees only tapes, which
   * take this share of the time.
   */
  readonly offline: { readonly tape: number } | undefined
  /** Jobs in memory at the same time. */
  readonly degree: number
  /** Of the CPU's time, for each switch. */
  readonly contextSwitch: number
  readonly policy: () => Policy<SimulatedJob>
}

/** The devices by which people put work in and get results out; all others are the machine's own. */
export const inputDevice = 'keyboard'
export const outputDevice = 'display'
/** Where the operator's work is booked. */
export const operatorDevice = 'operator'
export const tapeDevice = 'tape'
/** Jobs of this queue have somebody who waits at a terminal. */
export const interactiveQueue = 'foreground'
