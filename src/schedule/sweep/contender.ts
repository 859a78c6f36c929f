/** Who takes part in a comparison: policies, made anew for each run. */
import type { SimulatedJob } from '../machine/spec.ts'
import { policyByName } from '../policies/by-name.ts'
import type { Policy } from '../types.ts'
import type { PolicyChoice } from '../workload/workload.ts'

/** A policy by name, by name and options, or a function that makes one; each run needs a fresh object. */
export type Contender = string | PolicyChoice | (() => Policy<SimulatedJob>)

/** Makes a contender's policy. Options in `extra` come on top of its own, where it is known by name. Throws OPTION_INVALID. */
export function makePolicy(contender: Contender, extra: Readonly<Record<string, unknown>> = {}): Policy<SimulatedJob> {
  if (typeof contender === 'function') return contender()
  const { name, options = {} } = typeof contender === 'string' ? { name: contender } : contender
  return policyByName<SimulatedJob>(name, { ...options, ...extra })
}

/** What a contender is called: `rr (quantum 4)`. */
export function nameOf(contender: Contender): string {
  if (typeof contender === 'string') return contender
  if (typeof contender === 'function') return contender().name
  const options = Object.entries(contender.options ?? {}).map(([key, value]) => `${key} ${shown(value)}`)
  return options.length === 0 ? contender.name : `${contender.name} (${options.join(', ')})`
}

function shown(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
