/** Simulated servers and the way to them: delay, jitter, asymmetry, loss, lies. */
import type { ClockSample } from '../clock/sample.ts'
import type { Leap } from '../clock/types.ts'
import type { Oscillator } from './oscillator.ts'
import type { Random } from './random.ts'

export interface SimulatedServer {
  readonly name: string
  /** Least delay one way, seconds. @default 100e-6 */
  readonly delay?: number
  /** Mean of what queues add each way, exponentially distributed, seconds. @default 100e-6 */
  readonly jitter?: number
  /** The way there takes so much longer than the way back, seconds. @default 0 */
  readonly asymmetry?: number
  /** Share of exchanges that are lost. @default 0 */
  readonly loss?: number
  /** What the server's clock is ahead of the truth, seconds, by the true time since the start. @default 0 */
  readonly lie?: (sinceStart: number) => number
  /** The leap second that it announces, by the true time since the start. @default 0 */
  readonly leap?: (sinceStart: number) => Leap
  /** @default 1 */
  readonly stratum?: number
}

/** What an exchange adds to its error, beyond the network: a microsecond of reading clocks. */
const readingError = 1e-6

/**
 * One exchange: lets its time pass on the machine, and gives the sample, or undefined if it was lost.
 * The server answers at once.
 */
export function exchange(
  machine: Oscillator,
  server: SimulatedServer,
  random: Random,
  startNs: bigint,
): ClockSample | undefined {
  const {
    name,
    delay = 100e-6,
    jitter = 100e-6,
    asymmetry = 0,
    loss = 0,
    lie = () => 0,
    leap = () => 0,
    stratum = 1,
  } = server
  const there = delay + asymmetry / 2 + jitter * random.exponential()
  const back = delay - asymmetry / 2 + jitter * random.exponential()
  const isLost = random.uniform() < loss
  const sentNs = machine.ns()
  machine.advance(there * 1e9)
  const sinceStart = Number(machine.trueNs - startNs) / 1e9
  const serverNs = machine.trueNs + BigInt(Math.round(lie(sinceStart) * 1e9))
  machine.advance(back * 1e9)
  const receivedNs = machine.ns()
  if (isLost) return undefined
  return {
    source: name,
    atNs: (sentNs + receivedNs) / 2n,
    timeNs: serverNs,
    delay: Number(receivedNs - sentNs) / 1e9,
    dispersion: readingError,
    leap: leap(sinceStart),
    stratum,
    refId: 0x7f000001,
    rootDelay: 0,
    rootDispersion: 1e-6,
  }
}
