/**
 * Swapping: when memory is full, a job that is there is copied to the disk as a whole, and back when it is to run. So more
 * jobs can be in progress than fit, and each exchange costs time.
 */
import { checkChoice } from '../../core/index.ts'
import { checkLength } from '../checks.ts'
import type { Fit } from './fit.ts'
import { createLedger } from './ledger.ts'
import { checkNew, checkSize, unknownJob } from './requests.ts'
import type { LedgerOptions, MemoryEvent, MemoryUsage, Region } from './types.ts'
import { variablePartitions } from './variable.ts'

/** Who is swapped out: who did not run for the longest time, who is there for the longest time, or the largest. */
export type SwapVictim = 'least-recently-run' | 'longest-resident' | 'largest'

export interface SwappingOptions extends LedgerOptions {
  /** Size of memory. */
  readonly size: number
  /** Size of the part of the disk that takes jobs. @default Infinity */
  readonly swapSize?: number | undefined
  /** @default 'first' */
  readonly fit?: Fit | undefined
  /** @default 'least-recently-run' */
  readonly victim?: SwapVictim | undefined
  /** Time before a copy begins. @default 0 */
  readonly latency?: number | undefined
  /** Time to copy one unit of memory. @default 1 */
  readonly copyCost?: number | undefined
}

/** What it took to have a job in memory. */
export interface BroughtIn {
  readonly base: number
  /** Jobs that had to leave. */
  readonly swappedOut: readonly string[]
  /** Whether the job came from the disk. */
  readonly swappedIn: boolean
  /** Time for all copies. */
  readonly cost: number
}

export interface Swapping {
  readonly title: string
  readonly size: number
  /** A new job, which needs `size`; undefined if the swap space is full and it has to wait. */
  start(job: string, size: number, now?: number): BroughtIn | undefined
  /** The job gets the CPU: it has to be in memory. Undefined if it cannot be, as the swap space is full. */
  run(job: string, now?: number): BroughtIn | undefined
  end(job: string, now?: number): void
  map(): readonly Region[]
  usage(): MemoryUsage
  /** Jobs that are on the disk. */
  swappedOut(): readonly string[]
  /** Time that all copies took so far. */
  readonly cost: number
  readonly ledger: readonly MemoryEvent[]
}

interface SwapJob {
  readonly name: string
  readonly size: number
  /** Where it lies, while it is in memory. */
  base: number
  resident: boolean
  cameAt: number
  ranAt: number
}

/**
 * Memory with a swap space behind it (OSTEP, chapter 21; Stallings, chapter 7). `start` and `run` throw OPTION_INVALID and
 * MEMORY_IMPOSSIBLE as `admit` of an allocator does.
 *
 * @example
 * const memory = swapping({ size: 100 })
 * memory.start('A', 60)
 * memory.start('B', 60)   // swappedOut: ['A'], cost: 60
 * memory.run('A')         // swappedOut: ['B'], swappedIn: true, cost: 120
 */
export function swapping(options: SwappingOptions): Swapping {
  const victimRule = checkChoice('victim', options.victim ?? 'least-recently-run', victimRules)
  const { latency = 0, copyCost = 1, swapSize = Infinity } = options
  checkLength('latency', latency)
  checkLength('copyCost', copyCost)
  if (swapSize !== Infinity) checkLength('swapSize', swapSize)
  const memory = variablePartitions({ size: options.size, fit: options.fit, ledger: 0 })
  const jobs = new Map<string, SwapJob>()
  const ledger = createLedger(options)
  let onDisk = 0
  let totalCost = 0
  /** Counts calls, so that what happens at the same time has an order too. */
  let turn = 0

  function start(name: string, size: number, now = 0): BroughtIn | undefined {
    checkSize('size', size)
    checkNew(name, jobs)
    const job = { name, size, base: 0, resident: false, cameAt: 0, ranAt: 0 }
    const brought = bringIn(job, now, false)
    if (brought !== undefined) jobs.set(name, job)
    return brought
  }

  function run(name: string, now = 0): BroughtIn | undefined {
    const job = jobOf(name)
    if (!job.resident) return bringIn(job, now, true)
    job.ranAt = ++turn
    return { base: job.base, swappedOut: [], swappedIn: false, cost: 0 }
  }

  function bringIn(job: SwapJob, now: number, fromDisk: boolean): BroughtIn | undefined {
    const left: string[] = []
    let cost = 0
    let place = memory.admit(job.name, job.size, now)
    while (place === undefined) {
      const victim = chooseVictim()
      if (victim === undefined) break
      cost += swapOut(victim, job.name, now)
      left.push(victim.name)
      place = memory.admit(job.name, job.size, now)
    }
    totalCost += cost
    if (place === undefined) {
      const why = `${job.size} are not free, and the swap space takes nobody else`
      ledger.note(() => ({ at: now, kind: 'waits', job: job.name, base: undefined, size: job.size, why }))
      return undefined
    }
    const { base } = place
    const copy = fromDisk ? latency + job.size * copyCost : 0
    totalCost += copy
    if (fromDisk) onDisk -= job.size
    Object.assign(job, { base, resident: true, cameAt: ++turn, ranAt: turn })
    ledger.note(() =>
      fromDisk
        ? { at: now, kind: 'swapped-in', job: job.name, base, size: job.size, cost: copy, why: 'it is to run' }
        : { at: now, kind: 'placed', job: job.name, base, size: job.size, why: 'it is new' },
    )
    return { base, swappedOut: left, swappedIn: fromDisk, cost: cost + copy }
  }

  function swapOut(victim: SwapJob, forJob: string, now: number): number {
    const { base } = victim
    const cost = latency + victim.size * copyCost
    memory.release(victim.name, now)
    victim.resident = false
    onDisk += victim.size
    const why = `${forJob} needs room, and ${victim.name} ${victimReasons[victimRule]}`
    ledger.note(() => ({ at: now, kind: 'swapped-out', job: victim.name, base, size: victim.size, cost, why }))
    return cost
  }

  function chooseVictim(): SwapJob | undefined {
    const candidates = [...jobs.values()].filter((job) => job.resident && onDisk + job.size <= swapSize)
    return candidates.reduce<SwapJob | undefined>(
      (best, job) => (best === undefined || rank(job) < rank(best) ? job : best),
      undefined,
    )
  }

  function rank({ ranAt, cameAt, size }: SwapJob): number {
    return { 'least-recently-run': ranAt, 'longest-resident': cameAt, largest: -size }[victimRule]
  }

  function end(name: string, now = 0): void {
    const { size, resident, base } = jobOf(name)
    jobs.delete(name)
    if (resident) memory.release(name, now)
    else onDisk -= size
    ledger.note(() => ({
      at: now,
      kind: 'released',
      job: name,
      base: resident ? base : undefined,
      size,
      why: 'it has ended',
    }))
  }

  function jobOf(name: string): SwapJob {
    const job = jobs.get(name)
    if (job === undefined) throw unknownJob(name)
    return job
  }

  return {
    title: `swapping, out goes who ${victimReasons[victimRule]}`,
    size: memory.size,
    start,
    run,
    end,
    map: memory.map,
    usage: memory.usage,
    swappedOut: () => [...jobs.values()].filter(({ resident }) => !resident).map(({ name }) => name),
    get cost() {
      return totalCost
    },
    get ledger() {
      return ledger.events
    },
  }
}

const victimRules: readonly SwapVictim[] = ['least-recently-run', 'longest-resident', 'largest']

const victimReasons: Record<SwapVictim, string> = {
  'least-recently-run': 'did not run for the longest time',
  'longest-resident': 'is there for the longest time',
  largest: 'is the largest',
}
