/** How long each task takes, learned from its runs: orders the queue (shortest expected first) and fills the lanes. */
import type { TaskAddress } from '../task.ts'
import type { Entry } from './entry.ts'
import { mode } from './messages.ts'

/** How much the newest run counts: an exponential average, as for CPU bursts (Silberschatz, Shortest-Job-First Scheduling). */
const newest = 0.125
/** Of a task that never ran, so that a lane is not given a second one before the first is known. */
const unknownUs = 1_000

/** What is known of one task. */
export interface Habit {
  /** Of one call; undefined until it ran. */
  meanUs: number | undefined
}

export class Habits {
  readonly #byAddress = new WeakMap<TaskAddress, Habit>()
  /** Addresses of one task may be many objects: `taskFrom` makes a new one each time. */
  readonly #byName = new Map<string, Habit>()

  of(address: TaskAddress): Habit {
    const known = this.#byAddress.get(address)
    if (known !== undefined) return known
    const name = `${address.url}#${address.name}`
    let habit = this.#byName.get(name)
    if (habit === undefined) this.#byName.set(name, (habit = { meanUs: undefined }))
    this.#byAddress.set(address, habit)
    return habit
  }
}

/** Puts down what a task is expected to take, when it becomes ready. */
export function expect(entry: Entry): void {
  const { meanUs } = entry.habit
  if (meanUs === undefined) {
    entry.expectedUs = unknownUs
    return
  }
  entry.expectedUs = meanUs * callsOf(entry)
  entry.burst = entry.expectedUs / 1000
}

/** Learns from a run. */
export function learn(entry: Entry, ranUs: number): void {
  const { habit } = entry
  const callUs = Math.max(ranUs / callsOf(entry), 0.001)
  habit.meanUs = habit.meanUs === undefined ? callUs : habit.meanUs + (callUs - habit.meanUs) * newest
}

/** A task that keeps others waiting takes longer than was thought. */
export function learnAtLeast(entry: Entry, ranUs: number): void {
  const callUs = ranUs / callsOf(entry)
  if (entry.habit.meanUs !== undefined && entry.habit.meanUs < callUs) entry.habit.meanUs = callUs
}

function callsOf(entry: Entry): number {
  return entry.mode === mode.once ? 1 : Math.max(1, (entry.args[0] as readonly unknown[]).length)
}
