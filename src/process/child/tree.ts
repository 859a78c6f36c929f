/** Ends a process with all that it has started, lanework's or not. Linux: the tree is read from /proc. */
import type { Death } from '../death.ts'
import { descendants, isSameProcess } from '../process-table.ts'
import type { Child } from './child.ts'

/** How often the tree is looked at. */
const lookMs = 25
/** Killed processes that still have not gone after so long wait for a device; nothing more can be done. */
const goneMs = 2_000

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
  /** By pid, since when each runs: another may have that pid later. */
  readonly #known = new Map<number, number>()

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
    for (const pid of this.#known.keys()) {
      try {
        process.kill(pid, name)
      } catch {
        // It ended in this moment, or belongs to another user.
      }
    }
  }

  #look(): void {
    for (const [pid, startTicks] of this.#known) if (!isSameProcess(pid, startTicks)) this.#known.delete(pid)
    const roots = [...this.#known.keys(), ...(this.#child.isAlive() ? [this.#child.pid] : [])]
    for (const { pid, state, startTicks } of roots.flatMap((root) => descendants(root))) {
      if (state !== 'Z' && state !== 'X') this.#known.set(pid, startTicks)
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
