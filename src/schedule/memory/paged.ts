/**
 * Memory in frames: a job gets as many as its pages need, wherever they are free. So nothing is lost between jobs, and of the
 * last page of each job half is lost on average.
 */
import { checkInteger } from '../../core/index.ts'
import { createLedger } from './ledger.ts'
import { translatePage, type PageTable } from './page-table.ts'
import { count, rangesText } from '../document/words.ts'
import { checkNew, checkPossible, checkSize, unknownJob, usageOf } from './requests.ts'
import type { Translation } from './translation.ts'
import type { Allocator, LedgerOptions, Placement, Region } from './types.ts'

export interface PagedMemoryOptions extends LedgerOptions {
  readonly frames: number
  readonly pageSize: number
  /** @default true */
  readonly protection?: boolean | undefined
}

export interface PagedMemory extends Allocator {
  readonly pageSize: number
  /** Throws OPTION_INVALID for a job that has no memory. */
  pageTable(job: string): PageTable
  translate(job: string, virtual: number): Translation
}

interface Pages {
  readonly frames: readonly number[]
  readonly used: number
}

/**
 * Memory in frames (OSTEP, chapter 18); the lowest free frames are given first. A placement's `base` is that of its first
 * frame, the others may lie anywhere. Throws OPTION_INVALID.
 *
 * @example
 * const memory = pagedMemory({ frames: 8, pageSize: 1_024 })
 * memory.admit('A', 2_500)           // three frames, 572 of the last one unused
 * memory.translate('A', 2_499)       // physical 2_499
 */
export function pagedMemory(options: PagedMemoryOptions): PagedMemory {
  const frames = checkInteger('frames', options.frames, 1, 10_000_000)
  const pageSize = checkInteger('pageSize', options.pageSize, 1, 2 ** 40)
  const size = frames * pageSize
  const owners: (string | undefined)[] = Array.from({ length: frames })
  const jobs = new Map<string, Pages>()
  const ledger = createLedger(options)
  let free = frames
  /** No frame below is free. */
  let low = 0

  function admit(job: string, wanted: number, now = 0): Placement | undefined {
    checkSize('size', wanted)
    checkNew(job, jobs)
    const pages = Math.ceil(wanted / pageSize)
    checkPossible(job, wanted, size, 'memory')
    const need = pages * pageSize
    if (pages > free) {
      const why = `${count(pages, 'frame')} needed, ${free} free`
      ledger.note(() => ({ at: now, kind: 'waits', job, base: undefined, size: need, why }))
      return undefined
    }
    const taken: number[] = []
    for (let frame = low; taken.length < pages; frame++) {
      if (owners[frame] !== undefined) continue
      owners[frame] = job
      taken.push(frame)
    }
    free -= pages
    low = (taken.at(-1) as number) + 1
    jobs.set(job, { frames: taken, used: wanted })
    const base = (taken[0] as number) * pageSize
    const why = `${count(pages, 'page')} into frames ${rangesText(taken)}; ${need - wanted} of the last page stay unused`
    ledger.note(() => ({ at: now, kind: 'placed', job, base, size: need, why }))
    return { base, size: need, hole: pageSize, searched: (taken.at(-1) as number) + 1 }
  }

  function release(job: string, now = 0): void {
    const pages = pagesOf(job)
    jobs.delete(job)
    for (const frame of pages.frames) owners[frame] = undefined
    low = Math.min(low, pages.frames[0] as number)
    free += pages.frames.length
    const base = (pages.frames[0] as number) * pageSize
    const why = `${count(pages.frames.length, 'frame')} are free again; any job can use each of them`
    ledger.note(() => ({ at: now, kind: 'released', job, base, size: pages.frames.length * pageSize, why }))
  }

  function map(): Region[] {
    const regions: Region[] = []
    const left = new Map([...jobs].map(([job, { used }]) => [job, used]))
    for (let frame = 0; frame < frames;) {
      const job = owners[frame]
      const first = frame
      while (frame < frames && owners[frame] === job) frame++
      const length = (frame - first) * pageSize
      const used = job === undefined ? 0 : Math.min(length, left.get(job) as number)
      if (job !== undefined) left.set(job, (left.get(job) as number) - used)
      regions.push({ base: first * pageSize, size: length, job, used })
    }
    return regions
  }

  function pagesOf(job: string): Pages {
    const pages = jobs.get(job)
    if (pages === undefined) throw unknownJob(job)
    return pages
  }

  const pageTable = (job: string): PageTable => ({
    pages: pagesOf(job).frames.map((frame) => ({ frame })),
    pageSize,
  })

  return {
    title: `paging, frames of ${pageSize}`,
    size,
    pageSize,
    protection: options.protection ?? true,
    admit,
    release,
    map,
    // A hole can be used frame by frame, so nothing between jobs is lost.
    usage: () => ({ ...usageOf(map()), external: 0 }),
    pageTable,
    translate: (job, virtual) => translatePage(virtual, pageTable(job)),
    get ledger() {
      return ledger.events
    },
  }
}
