/**
 * What belongs to a job beside its main process: its descendants, and those that made themselves independent (a daemon forks twice
 * and leaves its session). The keeper adopts the latter, and their environment says whose they are. When the main process ends, what
 * is left is ended too, as other batch systems do: a job that is over takes no CPU and no memory.
 */
import { readFileSync } from 'node:fs'

import {
  allProcesses,
  isSameProcess,
  processTree,
  readEntry,
  type ProcessEntry,
  type ProcessIdentity,
  type TreeEntry,
} from '../../process/index.ts'
import { nameOf } from './find.ts'
import { attemptName, type Held } from './types.ts'

/** All processes of a job. Who has the pid of one that is gone is a stranger, and its descendants are. */
export function treeOf({ pid, startTicks, strays }: Held): TreeEntry[] {
  const roots = [{ pid, startTicks }, ...strays]
  const tree = processTree(roots.map((root) => root.pid))
  const strangers = new Set<number>()
  for (const entry of tree) {
    const root = roots[entry.root]
    const isStranger = entry.pid === root?.pid && root.startTicks !== 0 && entry.startTicks !== root.startTicks
    if (isStranger) strangers.add(entry.root)
  }
  return strangers.size === 0 ? tree : tree.filter(({ root }) => !strangers.has(root))
}

/** Those of a tree that signals to the main process's group do not reach. */
export function straysOf(held: Held, tree: readonly TreeEntry[]): ProcessIdentity[] {
  return tree
    .filter(({ groupId, pid, state }) => groupId !== held.pid && pid !== held.pid && state !== 'Z')
    .map(({ pid, startTicks }) => ({ pid, startTicks }))
}

export function isSameSet(left: readonly ProcessIdentity[], right: readonly ProcessIdentity[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ pid, startTicks }) => right.some((other) => other.pid === pid && other.startTicks === startTicks))
  )
}

/**
 * Processes of the batch that the keeper (or this process) adopted: children of it that are the main process of no job. Gives them
 * by the name of their attempt.
 */
export function adoptedBy(
  parent: number,
  folder: string,
  known: (pid: number) => boolean,
): Map<string, ProcessIdentity[]> {
  const found = new Map<string, ProcessIdentity[]>()
  for (const pid of childrenOf(parent)) {
    if (known(pid)) continue
    const entry = readEntry(pid)
    const name = entry === undefined || entry.state === 'Z' ? undefined : nameOf(folder, pid)
    if (entry === undefined || name === undefined) continue
    const others = found.get(name) ?? []
    others.push({ pid, startTicks: entry.startTicks })
    found.set(name, others)
  }
  return found
}

/** What is looked up once for all jobs that end at the same time. */
export interface Look {
  readonly adopted: ReadonlyMap<string, readonly ProcessIdentity[]>
  /** All processes. */
  table(): readonly ProcessEntry[]
}

/** Looks for what `parent` adopted now; the table is read when somebody asks. */
export function lookFor(parent: number, folder: string, mains: ReadonlySet<number>): Look {
  let table: readonly ProcessEntry[] | undefined
  return { adopted: adoptedBy(parent, folder, (pid) => mains.has(pid)), table: () => (table ??= allProcesses()) }
}

/** Who is left of a job whose main process has ended. */
export function leftOf(held: Held, look: Look): ProcessIdentity[] {
  const strays = held.strays.filter(({ pid, startTicks }) => isSameProcess(pid, startTicks))
  const adopted = look.adopted.get(attemptName(held.job, held.attempt)) ?? []
  return [...strays, ...adopted, ...membersOf(held, look)].filter(
    ({ pid }, index, all) => all.findIndex((other) => other.pid === pid) === index,
  )
}

/** Its session or group, looked for only if there is one. Such a number is not given to others while there is a member. */
function membersOf({ pid, startTicks }: Held, look: Look): ProcessIdentity[] {
  if (!hasGroup(pid)) return []
  const leader = readEntry(pid)
  if (leader !== undefined && leader.startTicks !== startTicks) return []
  return look.table().filter((entry) => {
    const isMember = entry.groupId === pid || entry.sessionId === pid
    return isMember && entry.state !== 'Z' && entry.state !== 'X' && entry.pid !== pid
  })
}

function hasGroup(pid: number): boolean {
  try {
    return process.kill(-pid, 0)
  } catch (error) {
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** Empty where the system does not list them. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1')
    return text
      .split(' ')
      .filter((word) => word !== '')
      .map(Number)
  } catch {
    return []
  }
}
