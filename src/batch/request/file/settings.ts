/** What a file says of the batch itself: `[batch]` with the policy, CPUs, memory, resources. */
import { isLaneworkError } from '../../../core/index.ts'
import { parsePolicy, type PolicyChoice } from '../../../schedule/index.ts'
import type { BatchSettings } from '../../types.ts'
import { durationMs, sizeBytes } from '../amounts.ts'
import { knownRule } from '../check.ts'
import type { Complain } from '../complain.ts'
import { ruleOf } from '../check.ts'
import { settledChoice, withQuantum } from '../policy.ts'

const names = ['policy', 'quantum', 'cpus', 'pin', 'memory', 'resources', 'slots', 'degree', 'jobs', 'steps'] as const

/** `usable` are the CPUs of which a number of them takes the first. Throws what `complain` makes. */
export function settingsFrom(record: unknown, usable: readonly number[], complain: Complain): BatchSettings {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw complain('batch', `a table with ${names.join(', ')}`, record)
  const { memory, memoryBytes = memory, ...given } = record as Record<string, unknown>
  for (const key of Object.keys(given))
    if (!(names as readonly string[]).includes(key))
      throw complain(JSON.stringify(key), knownRule(key, names), given[key])
  const take = <Value>(name: string, value: unknown, rule: string, read: (value: unknown) => Value | undefined) => {
    if (value === undefined) return {}
    const found = read(value)
    if (found === undefined) throw complain(name, rule, value)
    return { [name === 'memory' ? 'memoryBytes' : name]: found }
  }
  const { policy, quantum, cpus, pin, resources, slots, degree, jobs, steps } = given
  const amounts = ruleOf('resources')
  return {
    ...policySetting(policy, quantum, complain),
    ...take('cpus', cpus, `a number of CPUs up to ${usable.length}, or different numbers of them, as [0, 1]`, (value) =>
      cpusFrom(value, usable),
    ),
    ...take('pin', pin, 'true or false', (value) => (typeof value === 'boolean' ? value : undefined)),
    ...take('memory', memoryBytes, 'a size, as 4GiB or a number of bytes', sizeBytes),
    ...take('resources', resources, amounts?.says ?? '', (value) => amounts?.read(value)),
    ...take('slots', slots, 'numbers of jobs by group, as { download = 2 }', slotsFrom),
    ...take('degree', degree, 'an integer from 1 to 100000', (value) => whole(value, 100_000)),
    ...take('jobs', jobs, 'an integer from 1 to 1000000', (value) => whole(value, 1_000_000)),
    ...take('steps', steps, 'an integer from 1 to 10000000', (value) => whole(value, 10_000_000)),
  }
}

/** The first so many of those that may be used, or these; undefined for what is neither. */
export function cpusFrom(value: unknown, usable: readonly number[]): readonly number[] | undefined {
  if (Number.isSafeInteger(value)) {
    const count = value as number
    return count >= 1 && count <= usable.length ? usable.slice(0, count) : undefined
  }
  const list = ruleOf('affinity')?.read(value) as readonly number[] | undefined
  return list?.every((cpu) => usable.includes(cpu)) === true ? list : undefined
}

function policySetting(policy: unknown, quantum: unknown, complain: Complain): BatchSettings {
  if (policy === undefined && quantum === undefined) return {}
  const choice = policyFrom(policy ?? 'rr', complain)
  const ms = durationMs(quantum)
  if (quantum !== undefined && ms === undefined) throw complain('quantum', 'a duration, as 50ms', quantum)
  // What is wrong with the policy itself stands there, and not at the quantum.
  const settled = settledAt('policy', choice, complain)
  if (ms === undefined) return { policy: settled }
  const sliced = withQuantum(choice, ms)
  if (sliced === undefined)
    throw complain('quantum', `given for a policy with slices; ${settled.name} has none`, quantum)
  return { policy: settledAt('quantum', sliced, complain) }
}

/** With all its options. What is wrong with one of them is said of that option, at the place of the field. */
function settledAt(field: 'policy' | 'quantum', choice: PolicyChoice, complain: Complain): PolicyChoice {
  try {
    return settledChoice(choice)
  } catch (error) {
    if (!isLaneworkError(error, 'OPTION_INVALID')) throw error
    const { option, rule, got } = error.detail
    throw complain(option, rule, option === 'policy' ? choice.name : valueFrom(got), field)
  }
}

/** The value of which an error says `3 (number)` or `"quantu"`. */
function valueFrom(got: string): unknown {
  const text = got.replace(/ \(\w+\)$/, '')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** `"rr"`, `"rr:quantum=50"`, `{ policy = "rr", quantum = 50 }`, or `{ name, options }` as programs write it. */
function policyFrom(value: unknown, complain: Complain): PolicyChoice {
  const rule = 'the name of a policy, with options if need be: "rr", "rr:quantum=50", { policy = "rr", quantum = 50 }'
  if (typeof value === 'string') return parsed(value, rule, complain)
  if (typeof value !== 'object' || value === null) throw complain('policy', rule, value)
  const { policy, name = policy, options, ...rest } = value as Record<string, unknown>
  if (typeof name !== 'string' || (options !== undefined && (typeof options !== 'object' || options === null)))
    throw complain('policy', rule, value)
  return { name, options: { ...rest, ...options } }
}

function parsed(text: string, rule: string, complain: Complain): PolicyChoice {
  try {
    return parsePolicy(text)
  } catch {
    throw complain('policy', rule, text)
  }
}

function whole(value: unknown, most: number): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most
    ? (value as number)
    : undefined
}

function slotsFrom(value: unknown): Readonly<Record<string, number>> | undefined {
  const read = ruleOf('resources')?.read(value) as Readonly<Record<string, number>> | undefined
  return read !== undefined && Object.values(read).every((each) => Number.isSafeInteger(each)) ? read : undefined
}
