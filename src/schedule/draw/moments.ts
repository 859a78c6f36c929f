/** A simulation at one moment: who runs, who is ready, who is blocked and on what, what memory holds, and what was decided. */
import type {
  ControlBlock,
  CpuSpan,
  Decision,
  DeviceSpan,
  JobState,
  MemorySpan,
  Simulation,
  Transition,
} from '../machine/simulation.ts'
import { invalid } from '../checks.ts'
import { recordOf } from './chart.ts'
import { threadOwners } from './owners.ts'

export interface ThreadMoment {
  readonly thread: string
  readonly job: string
  readonly state: JobState
  /** Since when it is in this state. */
  readonly since: number
  /** Its last transition. */
  readonly last: Transition
}

export interface DeviceMoment {
  readonly device: string
  readonly serving: readonly DeviceSpan[]
  /** Threads that wait for it and are not served yet. */
  readonly waiting: readonly string[]
}

export interface Moment {
  readonly at: number
  /** Threads that were submitted, in that order. */
  readonly threads: readonly ThreadMoment[]
  /** What each CPU does; undefined is idle. */
  readonly cpus: readonly (CpuSpan | undefined)[]
  /** Ready threads, the one that became ready first in front. The policy may take them in another order. */
  readonly ready: readonly string[]
  readonly devices: readonly DeviceMoment[]
  readonly memory: readonly MemorySpan[]
  /** Transitions at this very moment. */
  readonly now: readonly Transition[]
  /** The last decision for each CPU. */
  readonly decisions: readonly (Decision | undefined)[]
  /** The last control block that was saved of each thread. */
  readonly controlBlocks: ReadonlyMap<string, ControlBlock>
}

export interface Moments {
  /** Every instant at which something happened, in order. */
  readonly times: readonly number[]
  /** After everything that happened up to and at that time. */
  at(time: number): Moment
  /** The last instant at or before that time, as an index of `times`. */
  indexAt(time: number): number
}

/**
 * Looks into a recorded simulation at any time. Making it takes O(n log n) of the record, `at` about the number of threads
 * and the logarithm of the rest. Throws OPTION_INVALID for a simulation without a record.
 */
export function momentsOf(simulation: Simulation): Moments {
  const { transitions, cpu, devices, memory, decisions, controlBlocks } = recordOf(simulation)
  const owners = threadOwners(simulation)
  const { cpus, makespan } = simulation.system
  const byThread = grouped(transitions, ({ thread }) => thread)
  const cpuSpans = Array.from({ length: cpus }, (_, index) => cpu.filter((span) => span.cpu === index))
  const cpuDecisions = Array.from({ length: cpus }, (_, index) => decisions.filter((one) => one.cpu === index))
  const deviceSpans = grouped(devices, ({ device }) => device)
  const blocks = grouped(controlBlocks, ({ thread }) => thread)
  const times = [
    ...new Set([0, makespan, ...transitions.map(({ at }) => at), ...cpu.flatMap(({ from, to }) => [from, to])]),
  ].sort((a, b) => a - b)

  const indexAt = (time: number): number => Math.max(0, countUpTo(times, time, (one) => one) - 1)

  const at = (time: number): Moment => {
    if (typeof time !== 'number' || Number.isNaN(time)) throw invalid('at', 'a number', time)
    const threads = [...byThread].flatMap(([thread, list]): ThreadMoment[] => {
      const last = lastAt(list, time, (one) => one.at)
      return last === undefined
        ? []
        : [{ thread, job: owners.get(thread) ?? thread, state: last.to, since: last.at, last }]
    })
    const saved = new Map(
      [...blocks].flatMap(([thread, list]) => {
        const block = lastAt(list, time, (one) => one.at)
        return block === undefined ? [] : [[thread, block] as const]
      }),
    )
    const blocked = threads.filter(({ state }) => state === 'blocked').map(({ thread }) => thread)
    return {
      at: time,
      threads,
      cpus: cpuSpans.map((spans) => spanAt(spans, time)),
      ready: threads
        .filter(({ state }) => state === 'ready')
        .sort((a, b) => a.since - b.since)
        .map(({ thread }) => thread),
      devices: [...deviceSpans].map(([device, spans]) => {
        const serving = spans.filter(({ from, to }) => from <= time && time < to)
        const served = new Set(serving.map(({ thread }) => thread))
        const waiting = blocked.filter((thread) => saved.get(thread)?.waitsFor === device && !served.has(thread))
        return { device, serving, waiting }
      }),
      memory: memory.filter(({ from, to }) => from <= time && time < to),
      now: transitions.slice(
        countBefore(transitions, time),
        countUpTo(transitions, time, (one) => one.at),
      ),
      decisions: cpuDecisions.map((list) => lastAt(list, time, (one) => one.at)),
      controlBlocks: saved,
    }
  }
  return { times, at, indexAt }
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

/** How many of the items, which are in order of time, lie at or before it. */
function countUpTo<Item>(items: readonly Item[], time: number, timeOf: (item: Item) => number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const item = items[middle]
    if (item !== undefined && timeOf(item) <= time) low = middle + 1
    else high = middle
  }
  return low
}

/** How many transitions, which are in order of time, lie before it. */
function countBefore(transitions: readonly Transition[], time: number): number {
  let count = countUpTo(transitions, time, (one) => one.at)
  while (transitions[count - 1]?.at === time) count--
  return count
}

function lastAt<Item>(items: readonly Item[], time: number, timeOf: (item: Item) => number): Item | undefined {
  return items[countUpTo(items, time, timeOf) - 1]
}

function spanAt(spans: readonly CpuSpan[], time: number): CpuSpan | undefined {
  const span = lastAt(spans, time, ({ from }) => from)
  return span !== undefined && time < span.to ? span : undefined
}
