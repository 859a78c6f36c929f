/** How often the kernel killed a process of our control group for want of memory. See cgroups(7), kernel cgroup-v2 "memory.events". */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The count of kills by the kernel's OOM killer in this process's control group, version 2 or 1; undefined where it
 * cannot be read. The difference between two readings says whether a SIGKILL may have been one of them.
 * `root` stands before every path, for tests.
 */
export function oomKills(root = '/'): number | undefined {
  return ownMemoryGroups(root)
    .map((group) => oomKillsOf(group))
    .find((count) => count !== undefined)
}

/** A control group that may have the memory controller. */
export interface MemoryGroup {
  readonly folder: string
  readonly version: 1 | 2
}

/** Where this process's memory is counted, the likeliest first. */
export function ownMemoryGroups(root = '/'): MemoryGroup[] {
  const mounts = readText(join(root, 'proc/self/mountinfo'))
  const groups = readText(join(root, 'proc/self/cgroup'))
  if (mounts === undefined || groups === undefined) return []
  return hierarchiesOf(groups).flatMap((hierarchy) => {
    const folder = folderOf(mounts, hierarchy)
    return folder === undefined ? [] : [{ folder: join(root, folder), version: hierarchy.isUnified ? 2 : 1 }]
  })
}

/** Kills in one group; undefined where they are not counted. */
export function oomKillsOf({ folder, version }: MemoryGroup): number | undefined {
  const text = readText(join(folder, version === 2 ? 'memory.events' : 'memory.oom_control'))
  const count = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1]
  return count === undefined ? undefined : Number(count)
}

interface Hierarchy {
  readonly isUnified: boolean
  readonly path: string
}

/** Lines of /proc/self/cgroup, `4:memory:/a/b` in version 1 and `0::/a/b` in version 2; the memory controller's first. */
function hierarchiesOf(groups: string): Hierarchy[] {
  const found: Hierarchy[] = []
  for (const line of groups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? []
    if (controllers === undefined || path === undefined) continue
    if (controllers === '') found.push({ isUnified: true, path })
    else if (controllers.split(',').includes('memory')) found.unshift({ isUnified: false, path })
  }
  return found
}

/**
 * Where the group's files are. A line of mountinfo: `id parent dev ROOT POINT options ... - TYPE source SUPEROPTIONS`.
 * In a container the mount's root is the group itself, or one above it.
 */
function folderOf(mounts: string, { isUnified, path }: Hierarchy): string | undefined {
  for (const line of mounts.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [type, , options = ''] = after.split(' ')
    if (isUnified ? type !== 'cgroup2' : type !== 'cgroup' || !options.split(',').includes('memory')) continue
    const [, , , mountRoot = '/', point = ''] = before.split(' ').map(unescaped)
    if (mountRoot === '/') return join(point, path)
    if (path === mountRoot || path.startsWith(`${mountRoot}/`)) return join(point, path.slice(mountRoot.length))
    return point
  }
  return undefined
}

/** Blanks in paths stand as octal codes. */
function unescaped(field: string): string {
  return field.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
