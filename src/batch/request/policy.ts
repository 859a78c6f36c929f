/**
 * Policies for real programs: their times are milliseconds, and slices below 10 ms are refused, since stopping and continuing
 * programs from outside costs too much then.
 */
import { fail } from '../../core/index.ts'
import {
  listsOf,
  policyByName,
  policyRow,
  type Job,
  type Policy,
  type PolicyChoice,
  type PolicyOptions,
} from '../../schedule/index.ts'

/** Shorter slices are refused. */
export const leastQuantumMs = 10
const usualQuantumMs = 100

/** Options that are fit for milliseconds, where nobody gives them; those of the simulator are fit for exercises. */
const usualOptions: Readonly<Record<string, PolicyOptions>> = {
  rr: { quantum: usualQuantumMs },
  mlfq: { quantum: usualQuantumMs },
  lottery: { quantum: usualQuantumMs },
  stride: { quantum: usualQuantumMs },
  // Of Linux's scheduler (sched(7), kernel/sched/fair.c until 6.5) the proportion, 8 to 1, with slices that programs outside can keep.
  fair: { latency: 4 * usualQuantumMs, minGranularity: usualQuantumMs / 2 },
  eevdf: { slice: usualQuantumMs },
  mlq: {
    queues: [
      { name: 'foreground', policy: { policy: 'rr', quantum: usualQuantumMs } },
      { name: 'background', policy: 'fcfs' },
    ],
  },
}

/** A choice with all its options that matter for times. */
export interface SettledChoice extends PolicyChoice {
  readonly options: PolicyOptions
}

/** The policy of that choice, with times in milliseconds. Throws OPTION_INVALID, for slices below 10 ms too. */
export function policyFor<Item extends Job = Job>(choice: PolicyChoice): Policy<Item> {
  const { name, options } = settledChoice(choice)
  return policyByName<Item>(name, options)
}

/** The choice with its usual name and all options that matter for times: what a record keeps, and the simulator gets. */
export function settledChoice({ name, options = {} }: PolicyChoice): SettledChoice {
  const row = policyRow(name)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const lists = listsOf(given, row)
  // The slices of each level stand for that of the first.
  const usual = row.name === 'mlfq' && given['quanta'] !== undefined ? {} : usualOptions[row.name]
  const settled = withinSettled({ ...usual, ...lists })
  checkSlices(row.name, settled)
  // It throws for options that the policy does not know.
  policyByName(row.name, settled)
  return { name: row.name, options: settled }
}

/** The choice with slices of that length, by the policy's own name for it, unless it has one; undefined for a policy without slices. Throws OPTION_INVALID. */
export function withQuantum({ name, options }: PolicyChoice, quantumMs: number): PolicyChoice | undefined {
  const slice = policyRow(name).options.find((option) => option.name === 'quantum' || option.name === 'slice')?.name
  return slice === undefined ? undefined : { name, options: { [slice]: quantumMs, ...options } }
}

/** Policies within policies: one for each queue, and one for the jobs of an owner. */
function withinSettled(options: PolicyOptions): PolicyOptions {
  const { queues, within } = options
  return {
    ...options,
    ...(within === undefined ? {} : { within: innerSettled(within) }),
    ...(Array.isArray(queues) ? { queues: queues.map(queueSettled) } : {}),
  }
}

function queueSettled(queue: unknown): unknown {
  if (typeof queue !== 'object' || queue === null || !('policy' in queue)) return queue
  return { ...queue, policy: innerSettled(queue.policy) }
}

function innerSettled(value: unknown): unknown {
  if (typeof value === 'string') return asJson(settledChoice({ name: value }))
  if (typeof value !== 'object' || value === null || !('policy' in value) || typeof value.policy !== 'string')
    return value
  const { policy, ...options } = value
  return asJson(settledChoice({ name: policy, options }))
}

/** As `policyFromJson` takes it. */
function asJson({ name, options }: SettledChoice): unknown {
  return Object.keys(options).length === 0 ? name : { policy: name, ...options }
}

function checkSlices(policy: string, options: PolicyOptions): void {
  const { quantum, quanta, slice, slices, minGranularity, growth, levels = 3 } = options
  const lists = [
    Array.isArray(quanta) ? quanta : [],
    typeof slices === 'object' && slices !== null ? Object.values(slices as object) : [],
  ]
  // With a growth below 1 the lowest level has the shortest slice.
  const lowest = typeof growth === 'number' && growth < 1 ? Number(quantum) * growth ** (Number(levels) - 1) : quantum
  for (const value of [quantum, lowest, slice, minGranularity, ...lists.flat()]) {
    if (typeof value !== 'number' || value >= leastQuantumMs) continue
    const rule = `${leastQuantumMs} ms or more: programs are not stopped and continued faster than that`
    throw fail('OPTION_INVALID', { option: `${policy}: slice`, rule, got: `${value}` })
  }
}
