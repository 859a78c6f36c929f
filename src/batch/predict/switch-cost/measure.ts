/**
 * What a context switch costs on this machine, for the simulator: the switch itself, the caches that it leaves cold, and a slice
 * that is made from outside with signals. How far the second can be above the first: Li, Ding, Shen, Quantifying the Cost of Context
 * Switch, ExpCS 2007.
 */
import { checkInteger, checkKnownKeys, checkNumber } from '../../../core/index.ts'
import { percentiles } from '../../../schedule/index.ts'
import { usableCpus } from '../../request/usable-cpus.ts'
import { hopTimes } from './hops.ts'
import { sliceLosses } from './slices.ts'

export interface SwitchOptions {
  /** On this CPU. @default the last one that this process may use */
  readonly cpu?: number | undefined
  /** Switches that are timed between two processes. @default 20_000 */
  readonly hops?: number | undefined
  /** What each of them keeps in its cache. @default 262_144 */
  readonly workingSetBytes?: number | undefined
  /** Slices that are made with signals, and how long they are. @default 40 of 20 ms */
  readonly slices?: number | undefined
  readonly quantumMs?: number | undefined
}

export interface SwitchMeasure {
  readonly cpu: number
  /** From one process to another, in microseconds; without what the pipe between them costs. */
  readonly directUs: number
  /** The same if both use a working set of this size, with what it takes to fetch it again. */
  readonly cacheUs: number
  readonly workingSetBytes: number
  /** Lost between two slices that are made with SIGSTOP and SIGCONT, in microseconds: half of them lost less, 99 of 100 did. */
  readonly sliceUs: { readonly p50: number; readonly p99: number; readonly count: number }
  /** For `contextSwitch` of the simulator in ms: a slice's loss, and the cache. */
  readonly contextSwitchMs: number
}

/**
 * Takes about two seconds, and one CPU. Runs small Node programs on that CPU: what else runs there is in the figures. Throws
 * UNSUPPORTED without the addon, or when a program says what makes no sense; PROGRAM_NOT_FOUND without `mkfifo`; OPTION_INVALID;
 * PROGRAM_NOT_STARTED for a CPU that may not be used; TIMED_OUT when something hangs.
 */
export async function measureSwitch(options: SwitchOptions = {}): Promise<SwitchMeasure> {
  checkKnownKeys('options', options, ['cpu', 'hops', 'workingSetBytes', 'slices', 'quantumMs'])
  const cpu = checkInteger('cpu', options.cpu ?? usableCpus().at(-1) ?? 0, 0, 1_023)
  const hops = checkInteger('hops', options.hops ?? 20_000, 2, 10_000_000)
  const workingSetBytes = checkInteger('workingSetBytes', options.workingSetBytes ?? 262_144, 0, 1e9)
  const slices = checkInteger('slices', options.slices ?? 40, 2, 10_000)
  const quantumMs = checkNumber('quantumMs', options.quantumMs ?? 20, 10, 1_000)
  const bare = await hopTimes(cpu, { hops, workingSetBytes: 0 })
  const cached = await hopTimes(cpu, { hops: Math.max(2, Math.round(hops / 10)), workingSetBytes })
  const losses = await sliceLosses(cpu, quantumMs, slices)
  const [p50 = 0, p99 = 0] = losses.length === 0 ? [] : percentiles(losses, [0.5, 0.99])
  const directUs = Math.max(0, bare.twoUs - bare.oneUs)
  // Fetching it again cannot take less time than nothing, whatever the noise of two measurements says.
  const cacheUs = Math.max(directUs, cached.twoUs - cached.oneUs)
  return {
    cpu,
    directUs,
    cacheUs,
    workingSetBytes,
    sliceUs: { p50, p99, count: losses.length },
    contextSwitchMs: (p50 + cacheUs - directUs) / 1_000,
  }
}
