/**
 * Hard limits on the memory of programs, by control groups below our own where this user may make them: as root, or in a container
 * that is allowed to. In version 2 a group with processes of its own, as that of a delegated scope has, cannot limit groups below it: there
 * memory is measured. See cgroups(7), the kernel's cgroup-v2 and cgroup-v1/memory.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { loadNative } from '../native/index.ts'
import { oomKillsOf, ownMemoryGroups, type MemoryGroup } from './memory-events.ts'

/** A group of its own for one program. */
export type LimitedGroup = MemoryGroup

/** Groups of one owner, told from others' by a prefix of their names. */
export class MemoryLimits {
  readonly #parent: MemoryGroup
  readonly #prefix: string

  private constructor(parent: MemoryGroup, prefix: string) {
    this.#parent = parent
    this.#prefix = prefix
  }

  /** Undefined where no such group can be made; tried once, by making one. Programs enter them with the addon only. */
  static open(prefix: string): MemoryLimits | undefined {
    if (loadNative() === undefined) return undefined
    for (const parent of ownMemoryGroups()) {
      if (parent.version === 2) tryWrite(join(parent.folder, 'cgroup.subtree_control'), '+memory')
      const limits = new MemoryLimits(parent, prefix)
      const probe = limits.make(`probe-${process.pid}`, 1_073_741_824)
      if (probe === undefined) continue
      limits.remove(probe)
      return limits
    }
    return undefined
  }

  /** A group whose processes together never hold more than `bytes`; undefined when it cannot be made. */
  make(name: string, bytes: number): LimitedGroup | undefined {
    const { version } = this.#parent
    const folder = join(this.#parent.folder, `${this.#prefix}${name}`)
    try {
      mkdirSync(folder, { recursive: true })
    } catch {
      return undefined
    }
    const isLimited =
      version === 2
        ? tryWrite(join(folder, 'memory.max'), `${bytes}`)
        : tryWrite(join(folder, 'memory.limit_in_bytes'), `${bytes}`)
    if (!isLimited) {
      this.remove({ folder, version })
      return undefined
    }
    // Memory that is swapped out would not count; all of the group dies together, where the kernel can do that.
    if (version === 1) tryWrite(join(folder, 'memory.memsw.limit_in_bytes'), `${bytes}`)
    else
      for (const [file, value] of [
        ['memory.swap.max', '0'],
        ['memory.oom.group', '1'],
      ] as const)
        tryWrite(join(folder, file), value)
    return { folder, version }
  }

  /** Whether the kernel has killed somebody in the group for want of memory. */
  hasKilled(group: LimitedGroup): boolean {
    return (oomKillsOf(group) ?? 0) > 0
  }

  /** What all of the group held at most; undefined where the kernel does not keep it. */
  peakBytes({ folder, version }: LimitedGroup): number | undefined {
    const peak = readNumber(join(folder, version === 2 ? 'memory.peak' : 'memory.max_usage_in_bytes'))
    return peak === undefined || Number.isNaN(peak) ? undefined : peak
  }

  /** False while somebody is in it. */
  remove({ folder }: LimitedGroup): boolean {
    try {
      rmdirSync(folder)
      return true
    } catch (error) {
      return (error as { code?: string }).code === 'ENOENT'
    }
  }

  /** Removes the groups of this prefix that nobody is in any more. */
  sweep(): void {
    try {
      for (const name of readdirSync(this.#parent.folder)) {
        if (name.startsWith(this.#prefix)) this.remove({ ...this.#parent, folder: join(this.#parent.folder, name) })
      }
    } catch {
      // What may not be listed holds nothing of ours.
    }
  }
}

function tryWrite(path: string, value: string): boolean {
  try {
    writeFileSync(path, value, { flag: 'r+' })
    return true
  } catch {
    return false
  }
}

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'latin1'))
  } catch {
    return undefined
  }
}
