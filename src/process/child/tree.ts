/** Ends a process with all that it has started, lanework's or not. Linux: the tree is read from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

import type { Death } from '../death.ts'
import type { Child } from './child.ts'

/** How often the tree is looked at. */
const lookMs = 25
/** Killed processes that still have not gone after so long wait for a device; nothing more can be done. */
const goneMs = 2_000

interface Branch {
  readonly pid: number
  readonly parentPid: number
  /** With the pid it names one process for ever, as pids are used again. */
  readonly startTicks: number
}

/** SIGTERM for the whole tree, SIGKILL for what is left of it after the time of grace. Resolves once all are gone. */
export async function terminateTree(child: Child, graceMs: number): Promise<Death> {
  const tree = new Tree(child)
  const deadlineMs = performance.now() + graceMs
  tree.signal('SIGTERM')
  const ended = child.terminate(graceMs)
  while (tree.isAlive() && performance.now() < deadlineMs) await delay(lookMs)
  tree.signal('SIGKILL')
  while (tree.isAlive() && performance.now() < deadlineMs + goneMs) {
    await delay(lookMs)
    tree.signal('SIGKILL')
  }
  return await ended
}

/** Descendants as they are found; each stays known when its parent dies and it gets another. */
class Tree {
  readonly #child: Child
  readonly #known = new Map<number, Branch>()

  constructor(child: Child) {
    this.#child = child
  }

  isAlive(): boolean {
    this.#look()
    return this.#child.isAlive() || this.#known.size > 0
  }

  signal(name: 'SIGTERM' | 'SIGKILL'): void {
    this.#look()
    if (name === 'SIGKILL' && this.#child.isAlive()) this.#child.signal(name)
    for (const { pid } of this.#known.values()) {
      try {
        process.kill(pid, name)
      } catch {
        // It ended in this moment, or belongs to another user.
      }
    }
  }

  #look(): void {
    for (const [pid, { startTicks }] of this.#known) {
      if (readBranch(pid)?.startTicks !== startTicks) this.#known.delete(pid)
    }
    const roots = [...this.#known.keys(), ...(this.#child.isAlive() ? [this.#child.pid] : [])]
    if (roots.length > 0) for (const found of descendants(roots)) this.#known.set(found.pid, found)
  }
}

function descendants(roots: readonly number[]): Branch[] {
  const all = pids()
    .map(readBranch)
    .filter((branch) => branch !== undefined)
  const found: Branch[] = []
  const visit = (parentPid: number): void => {
    for (const branch of all) {
      if (branch.parentPid !== parentPid || found.includes(branch)) continue
      found.push(branch)
      visit(branch.pid)
    }
  }
  for (const root of roots) visit(root)
  return found
}

/** Undefined for one that has ended, be it reaped or not. */
function readBranch(pid: number): Branch | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in parentheses may hold anything. See proc(5).
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return { pid, parentPid: Number(fields[1]), startTicks: Number(fields[19]) }
  } catch {
    return undefined
  }
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0)
  } catch {
    return []
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
