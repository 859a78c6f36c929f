/**
 * What holds jobs back in a forecast: others that they wait for, memory, named resources, slots of groups, and how many may be
 * admitted at once. To the simulator it is a memory, which admits whom it likes; the first that fits is admitted.
 */
import { fail } from '../../core/index.ts'
import type { AdmissionMemory } from '../../schedule/index.ts'
import type { BatchSettings, JobStatus } from '../types.ts'

export type GateSettings = Pick<BatchSettings, 'memoryBytes' | 'resources' | 'slots' | 'degree'>

/** Each job asks for one unit of it, so that it is asked at all. */
export const gateUnit = 1

/**
 * For jobs that go on or are still to come. Those in `statuses` that hold something and are not among them (paused) go on holding
 * it. `waitsFor` says for whose ends a job waits, by name in the simulation.
 */
export function gateFor(
  jobs: ReadonlyMap<string, JobStatus>,
  waitsFor: ReadonlyMap<string, readonly string[]>,
  statuses: readonly JobStatus[],
  settings: GateSettings,
): AdmissionMemory {
  const free = amountsOf(settings)
  const ended = new Set<string>()
  const present = new Set([...jobs.values()].map(({ id }) => id))
  for (const status of statuses) if (!present.has(status.id) && holds(status)) take(free, status, -1)
  return {
    size: Math.max(1, jobs.size),
    admit(name) {
      const status = jobs.get(name)
      if (status === undefined) throw fail('OPTION_INVALID', { option: 'job', rule: 'a known job', got: name })
      if (!holds(status)) {
        if (!(waitsFor.get(name) ?? []).every((other) => ended.has(other))) return undefined
        if (claims(status).some(([what, amount]) => amount > (free.get(what) ?? Infinity))) return undefined
      }
      take(free, status, -1)
      return { base: 0, size: gateUnit }
    },
    release(name) {
      ended.add(name)
      const status = jobs.get(name)
      if (status !== undefined) take(free, status, 1)
    },
  }
}

/** It was admitted, and has not ended. */
export function holds({ state, attempt, startedAt }: JobStatus): boolean {
  if (state === 'ready' || state === 'running' || state === 'blocked') return true
  return state === 'paused' && (attempt > 0 || startedAt !== undefined)
}

function amountsOf({ memoryBytes, resources = {}, slots = {}, degree = 1_000 }: GateSettings): Map<string, number> {
  return new Map([
    ['degree', degree],
    ['memory', memoryBytes ?? Infinity],
    ...Object.entries(resources).map(([name, count]) => [`resource ${name}`, count] as const),
    ...Object.entries(slots).map(([group, count]) => [`slot ${group}`, count] as const),
  ])
}

function claims({ request }: JobStatus): (readonly [what: string, amount: number])[] {
  return [
    ['degree', 1],
    ['memory', request.memoryBytes],
    ...Object.entries(request.resources).map(([name, amount]) => [`resource ${name}`, amount] as const),
    ...(request.group === undefined ? [] : [[`slot ${request.group}`, 1] as const]),
  ]
}

function take(free: Map<string, number>, status: JobStatus, sign: 1 | -1): void {
  for (const [what, amount] of claims(status)) {
    const known = free.get(what)
    if (known !== undefined) free.set(what, known + sign * amount)
  }
}
