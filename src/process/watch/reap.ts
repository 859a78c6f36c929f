/** Programs that become our own children when their keeper is killed. */
import { loadNative } from '../../native/index.ts'
import type { ResourceUse } from '../keeper/types.ts'

/** How a child ended: its exit code, or the negative number of the signal. */
export interface Reaped {
  readonly pid: number
  readonly exitCode: number
  readonly resources: ResourceUse
}

/** From now on orphans among our descendants become our children; false where that cannot be, without the addon. */
export function adoptOrphans(): boolean {
  return (loadNative()?.becomeSubreaper() ?? -1) >= 0
}

/**
 * Takes the end of one child; undefined while it runs, or when it is no child of ours. Only for pids that nobody else waits for:
 * Node waits for its own.
 */
export function reap(pid: number): Reaped | undefined {
  const outcome = new Float64Array(11)
  const got = loadNative()?.reapProgram(pid, outcome) ?? 0
  return got > 0 ? reapedOf(got, outcome) : undefined
}

/** The numbers of the addon by their names. */
export function reapedOf(pid: number, outcome: Float64Array): Reaped {
  const [code = 0, signal = 0, userMs = 0, systemMs = 0, maxRssBytes = 0, ...counts] = outcome
  const [minorFaults = 0, majorFaults = 0, voluntarySwitches = 0, involuntarySwitches = 0] = counts
  const [, , , , blockInput = 0, blockOutput = 0] = counts
  return {
    pid,
    exitCode: signal === 0 ? code : -signal,
    resources: {
      userMs,
      systemMs,
      maxRssBytes,
      minorFaults,
      majorFaults,
      voluntarySwitches,
      involuntarySwitches,
      blockInput,
      blockOutput,
    },
  }
}
