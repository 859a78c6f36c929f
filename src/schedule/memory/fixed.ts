/**
 * Fixed partitions: memory is divided once, when the system starts, and each partition holds one job at a time. What the
 * job does not need of its partition is lost to all others (internal fragmentation).
 */
import { checkChoice } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { count } from '../document/words.ts'
import { createLedger } from './ledger.ts'
import { checkNew, checkPossible, checkSize, unknownJob, usageOf } from './requests.ts'
import type { Allocator, LedgerOptions, Placement, Region } from './types.ts'

/** `one`: any free partition that is large enough. `each`: only the smallest that fits, as with a queue at each of them. */
export type PartitionQueues = 'one' | 'each'

/** Which of several free partitions: the first or the smallest that is large enough. */
export type PartitionFit = 'first' | 'best'

export interface FixedPartitionsOptions extends LedgerOptions {
  /** Their sizes in the order of addresses; equal or not. */
  readonly partitions: readonly number[]
  /** @default 'one' */
  readonly queues?: PartitionQueues | undefined
  /** With one queue. @default 'best' */
  readonly fit?: PartitionFit | undefined
  /** Address of the first. @default 0 */
  readonly base?: number | undefined
  /** @default true */
  readonly protection?: boolean | undefined
}

interface Partition {
  readonly base: number
  readonly size: number
  job: string | undefined
  used: number
}

/**
 * Memory in partitions whose bounds never change (Stallings, chapter 7; Silberschatz, chapter 9). Throws OPTION_INVALID.
 *
 * @example
 * const memory = fixedPartitions({ partitions: [100, 200, 400] })
 * memory.admit('A', 150)  // { base: 100, size: 200, hole: 200, searched: 3 }
 */
export function fixedPartitions(options: FixedPartitionsOptions): Allocator {
  const queues = checkChoice('queues', options.queues ?? 'one', ['one', 'each'])
  const fit = checkChoice('fit', options.fit ?? 'best', ['first', 'best'])
  const partitions = partitionsOf(options.partitions, options.base ?? 0)
  const largest = Math.max(...partitions.map(({ size }) => size))
  const placeOf = new Map<string, Partition>()
  const ledger = createLedger(options)
  const title = `fixed partitions, ${queues === 'each' ? 'a queue at each' : 'one queue'}`

  function admit(job: string, size: number, now = 0): Placement | undefined {
    checkSize('size', size)
    checkNew(job, placeOf)
    checkPossible(job, size, largest, 'the largest partition')
    const found = choose(partitions, size, queues, fit)
    if (found === undefined) {
      const why = waitReason(partitions, size, queues)
      ledger.note(() => ({ at: now, kind: 'waits', job, base: undefined, size, why }))
      return undefined
    }
    found.job = job
    found.used = size
    placeOf.set(job, found)
    const { base } = found
    ledger.note(() => ({ at: now, kind: 'placed', job, base, size, why: placeReason(found, queues, fit) }))
    return { base, size: found.size, hole: found.size, searched: partitions.length }
  }

  function release(job: string, now = 0): void {
    const partition = placeOf.get(job)
    if (partition === undefined) throw unknownJob(job)
    placeOf.delete(job)
    partition.job = undefined
    partition.used = 0
    const { base, size } = partition
    ledger.note(() => ({ at: now, kind: 'released', job, base, size, why: `the partition of ${size} is free again` }))
  }

  const map = (): Region[] => partitions.map(({ base, size, job, used }) => ({ base, size, job, used }))
  return {
    title,
    size: partitions.reduce((sum, { size }) => sum + size, 0),
    protection: options.protection ?? true,
    admit,
    release,
    map,
    usage: () => usageOf(map()),
    get ledger() {
      return ledger.events
    },
  }
}

/** `count` partitions of one size, for `fixedPartitions`. */
export function equalPartitions(partitions: number, size: number): number[] {
  return Array.from({ length: partitions }, () => size)
}

function partitionsOf(sizes: readonly number[], base: number): Partition[] {
  if (sizes.length === 0 || sizes.length > 1_000_000) throw invalid('partitions', '1 to 1,000,000 sizes', sizes.length)
  let next = base
  return sizes.map((size, index) => {
    const start = next
    next += checkSize(`partitions[${index}]`, size)
    return { base: start, size, job: undefined, used: 0 }
  })
}

function choose(
  partitions: readonly Partition[],
  size: number,
  queues: PartitionQueues,
  fit: PartitionFit,
): Partition | undefined {
  const fitting = partitions.filter((partition) => partition.size >= size)
  const smallest = Math.min(...fitting.map((partition) => partition.size))
  const free = fitting.filter(({ job }) => job === undefined)
  if (queues === 'each') return free.find((partition) => partition.size === smallest)
  if (fit === 'first') return free[0]
  return free.reduce<Partition | undefined>(
    (best, each) => (best === undefined || each.size < best.size ? each : best),
    undefined,
  )
}

function placeReason({ size, used }: Partition, queues: PartitionQueues, fit: PartitionFit): string {
  const rule =
    queues === 'each'
      ? 'the smallest partition that fits'
      : `the ${fit === 'first' ? 'first' : 'smallest'} free partition that fits`
  return `${rule} has ${size}; ${size - used} of it stay unused`
}

function waitReason(partitions: readonly Partition[], size: number, queues: PartitionQueues): string {
  const larger = partitions.filter((partition) => partition.job === undefined && partition.size >= size)
  if (queues === 'each' && larger.length > 0)
    return 'the smallest partition that fits is taken, and it waits in its queue'
  const free = partitions.filter((partition) => partition.job === undefined)
  return free.length === 0
    ? 'every partition is taken'
    : `${count(free.length, 'partition')} free, none of them of ${size} or more`
}
