/**
 * Memory limits: by a control group of the kernel where one can be made, so that not even one page is too much; else the resident
 * memory of all processes is looked at ten times a second (fifty times, above half of the limit), and shared pages count in each.
 */
import { createHash } from 'node:crypto'

import { MemoryLimits, type LimitedGroup, type TreeEntry } from '../../process/index.ts'
import { treeOf } from './leftovers.ts'
import { attemptName, type Held, type MachineOptions } from './types.ts'

const calmMs = 100
const closeMs = 20

/** For people, where a limit was asked for. */
export const measuredOnly: string =
  'Memory limits are measured and not enforced by the kernel: no control group with a limit can be made here (with cgroup v2 the ' +
  'group of the batch must be delegated, and be without processes of its own).'

export class MemoryGuard {
  readonly #limits: MemoryLimits | undefined
  readonly #isWanted: boolean
  readonly #onOver: (held: Held, rssBytes: number) => void
  readonly #held = new Set<Held>()
  /** Groups that could not be removed yet: somebody in them is a zombie still. */
  #left: LimitedGroup[] = []
  #timer: NodeJS.Timeout | undefined

  constructor({ folder, memoryLimits }: MachineOptions, onOver: (held: Held, rssBytes: number) => void) {
    const mark = createHash('sha256').update(folder).digest('hex').slice(0, 12)
    this.#isWanted = memoryLimits !== 'measured'
    this.#limits = memoryLimits === 'measured' ? undefined : MemoryLimits.open(`lanework-batch-${mark}-`)
    this.#limits?.sweep()
    this.#onOver = onOver
  }

  /** True when the kernel itself enforces limits here. */
  get isHard(): boolean {
    return this.#limits !== undefined
  }

  /** The control group for an attempt with a limit, new or found; undefined where its memory is measured. */
  groupOf({ job, attempt, plan }: Held): LimitedGroup | undefined {
    if (plan.memoryLimitBytes === undefined) return undefined
    return this.#limits?.make(attemptName(job, attempt), plan.memoryLimitBytes)
  }

  /** True when the kernel was to enforce its limit, and does not. */
  fallsBack({ plan, group }: Held): boolean {
    return this.#isWanted && plan.memoryLimitBytes !== undefined && group === undefined
  }

  add(held: Held): void {
    if (held.plan.memoryLimitBytes === undefined) return
    this.#held.add(held)
    this.#wakeIn(closeMs)
  }

  /** Its main process has ended: was it the kernel that killed it? */
  checkAtEnd(held: Held): void {
    if (held.plan.memoryLimitBytes !== undefined) this.#checkGroup(held)
  }

  forget(held: Held): void {
    this.#held.delete(held)
    if (held.group !== undefined && this.#limits?.remove(held.group) === false) this.#left.push(held.group)
    if (this.#left.length > 0) this.#wakeIn(calmMs)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#sweep()
  }

  #wakeIn(delayMs: number): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, delayMs)
    this.#timer.unref()
  }

  #look(): void {
    let isClose = false
    for (const held of this.#held) {
      if (held.isOverMemory || held.end !== undefined) continue
      if (held.group !== undefined) this.#checkGroup(held)
      else if (held.sent === 'go') isClose = this.#measure(held) || isClose
    }
    this.#sweep()
    if (this.#held.size + this.#left.length > 0) this.#wakeIn(isClose ? closeMs : calmMs)
  }

  #checkGroup(held: Held): void {
    const { group, plan } = held
    if (group === undefined || this.#limits?.hasKilled(group) !== true) return
    this.#over(held, this.#limits.peakBytes(group) ?? plan.memoryLimitBytes ?? 0)
  }

  /** True when it is close to its limit. */
  #measure(held: Held): boolean {
    const limitBytes = held.plan.memoryLimitBytes ?? Infinity
    const rssBytes = residentBytes(treeOf(held))
    if (rssBytes > limitBytes) this.#over(held, rssBytes)
    return rssBytes > limitBytes / 2
  }

  #over(held: Held, rssBytes: number): void {
    if (held.isOverMemory) return
    held.isOverMemory = true
    this.#onOver(held, rssBytes)
  }

  #sweep(): void {
    this.#left = this.#left.filter((group) => this.#limits?.remove(group) === false)
  }
}

function residentBytes(tree: readonly TreeEntry[]): number {
  return tree.reduce((sum, { rssBytes }) => sum + rssBytes, 0)
}
