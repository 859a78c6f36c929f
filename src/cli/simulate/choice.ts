/** Which policies are wanted: `rr`, `rr:quantum=4`, `mlfq:quanta=8/16,io=keep`. */
import {
  listsOf,
  optionsLike,
  parsePolicy,
  policyByName,
  policyRow,
  type Policy,
  type PolicyChoice,
  type SimulatedJob,
} from '../../schedule/index.ts'
import type { SimulateFlags } from './flags.ts'

/** A policy with all its options, and the name under which it stands beside others. */
export interface ChosenPolicy {
  readonly label: string
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
}

/** Those of the command line; without any those of the workload; without these FCFS. */
export function chosenPolicies(flags: SimulateFlags, suggested: readonly PolicyChoice[]): ChosenPolicy[] {
  const given = flags.policy?.map((text) => parsePolicy(text))
  const choices = given ?? (suggested.length > 0 ? suggested : usual(flags))
  return choices.map((choice) => completed(choice, flags))
}

/** For a workload that suggests none. */
function usual({ compare, quantum }: SimulateFlags): PolicyChoice[] {
  if (compare === true) return ['fcfs', 'sjf', 'srtf', 'rr'].map((name) => ({ name }))
  return [{ name: quantum === undefined ? 'fcfs' : 'rr' }]
}

/** A policy object; one for each simulation, as it keeps a queue. */
export function makePolicy({ name, options }: ChosenPolicy): Policy<SimulatedJob> {
  return policyByName(name, options)
}

function completed({ name, options = {} }: PolicyChoice, flags: SimulateFlags): ChosenPolicy {
  const row = policyRow(name)
  const knows = (option: string): boolean => row.options.some((each) => each.name === option)
  // What stands at the policy itself is meant for it alone.
  const given = flags.policy === undefined ? {} : listsOf(options, row)
  const own = {
    ...options,
    ...(flags.quantum !== undefined && knows('quantum') ? { quantum: flags.quantum } : {}),
    ...(flags.seed !== undefined && knows('seed') ? { seed: flags.seed } : {}),
    ...given,
  }
  const all = flags.like === undefined ? own : optionsLike(flags.like, row.name, own)
  return { name: row.name, options: all, label: labelOf(row.name, own) }
}

function labelOf(name: string, options: Readonly<Record<string, unknown>>): string {
  const { quantum, ...others } = options
  const rest = Object.entries(others).map(([option, value]) => `${option} ${textOf(value)}`)
  return [quantum === undefined ? name : `${name} ${textOf(quantum)}`, ...rest].join(', ')
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}
