/** What a job used: sums over its processes, also those that ended; never less than before. */
import { processUse, type ResourceUse, type TreeEntry } from '../../process/index.ts'
import type { JobUse } from '../types.ts'

const tickMs = 10
const blockBytes = 512

export const noUse: JobUse = {
  userMs: 0,
  systemMs: 0,
  rssBytes: 0,
  peakRssBytes: 0,
  readBytes: undefined,
  writtenBytes: undefined,
  voluntarySwitches: 0,
  involuntarySwitches: 0,
  processes: 0,
}

/**
 * The use as its processes show it now. Of those that ended, a parent that waited for them has the CPU time and the bytes; what
 * nobody has any more stays counted, as sums never shrink.
 */
export function useOf(tree: readonly TreeEntry[], before: JobUse = noUse): JobUse {
  const sum = (of: (entry: TreeEntry) => number): number => tree.reduce((total, entry) => total + of(entry), 0)
  const systemMs = sum(({ systemTicks, childSystemTicks }) => systemTicks + childSystemTicks) * tickMs
  const ownMs = sum(
    ({ cpuMs, childUserTicks, childSystemTicks }) => cpuMs + (childUserTicks + childSystemTicks) * tickMs,
  )
  const each = tree.map(({ pid }) => processUse(pid)).filter((use) => use !== undefined)
  const bytes = (
    of: (use: (typeof each)[number]) => number | undefined,
    known: number | undefined,
  ): number | undefined => {
    const seen = each.map(of).filter((count) => count !== undefined)
    return seen.length === 0
      ? known
      : Math.max(
          known ?? 0,
          seen.reduce((total, count) => total + count, 0),
        )
  }
  const rssBytes = sum((entry) => entry.rssBytes)
  return {
    userMs: Math.max(before.userMs, ownMs - systemMs),
    systemMs: Math.max(before.systemMs, systemMs),
    rssBytes,
    peakRssBytes: Math.max(before.peakRssBytes, rssBytes, ...each.map(({ peakRssBytes }) => peakRssBytes)),
    readBytes: bytes(({ readBytes }) => readBytes, before.readBytes),
    writtenBytes: bytes(({ writtenBytes }) => writtenBytes, before.writtenBytes),
    voluntarySwitches: Math.max(before.voluntarySwitches, total(each, 'voluntarySwitches')),
    involuntarySwitches: Math.max(before.involuntarySwitches, total(each, 'involuntarySwitches')),
    processes: tree.length,
  }
}

/** The use at the end: what the kernel said of it when it was reaped, unless more was seen before. */
export function useAtEnd(resources: ResourceUse | undefined, before: JobUse = noUse): JobUse {
  const ended = { ...before, rssBytes: 0, processes: 0 }
  if (resources === undefined) return ended
  const bytes = (blocks: number, known: number | undefined): number => Math.max(blocks * blockBytes, known ?? 0)
  return {
    ...ended,
    userMs: Math.max(before.userMs, resources.userMs),
    systemMs: Math.max(before.systemMs, resources.systemMs),
    peakRssBytes: Math.max(before.peakRssBytes, resources.maxRssBytes ?? 0),
    readBytes: bytes(resources.blockInput, before.readBytes),
    writtenBytes: bytes(resources.blockOutput, before.writtenBytes),
    voluntarySwitches: Math.max(before.voluntarySwitches, resources.voluntarySwitches),
    involuntarySwitches: Math.max(before.involuntarySwitches, resources.involuntarySwitches),
  }
}

function total(
  each: readonly { voluntarySwitches: number; involuntarySwitches: number }[],
  name: keyof (typeof each)[number],
): number {
  return each.reduce((sum, use) => sum + use[name], 0)
}
