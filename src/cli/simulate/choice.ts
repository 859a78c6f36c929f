/** Which policies are wanted: `rr`, `rr:quantum=4`, `mlfq:quanta=8/16,io=keep`. */
import { fail } from '../../core/index.ts'
import {
  optionsLike,
  policyByName,
  policyRow,
  type Policy,
  type PolicyChoice,
  type PolicyOptions,
  type PolicyRow,
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
  const given = flags.policy?.map(parsePolicy)
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
  const given = flags.policy === undefined ? {} : withLists(options, row)
  const own = {
    ...options,
    ...(flags.quantum !== undefined && knows('quantum') ? { quantum: flags.quantum } : {}),
    ...(flags.seed !== undefined && knows('seed') ? { seed: flags.seed } : {}),
    ...given,
  }
  const all = flags.like === undefined ? own : optionsLike(flags.like, row.name, own)
  return { name: row.name, options: all, label: labelOf(row.name, own) }
}

/** Lists may be written `8/16`, as commas stand between options. */
function withLists(options: PolicyOptions, row: PolicyRow): PolicyOptions {
  const lists = new Set(row.options.filter(({ type }) => type === 'list').map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (!lists.has(name) || Array.isArray(value)) return [name, value]
      return [name, String(value).split('/').map(Number)]
    }),
  )
}

function labelOf(name: string, options: Readonly<Record<string, unknown>>): string {
  const { quantum, ...others } = options
  const rest = Object.entries(others).map(([option, value]) => `${option} ${textOf(value)}`)
  return [quantum === undefined ? name : `${name} ${textOf(quantum)}`, ...rest].join(', ')
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** Throws OPTION_INVALID. */
export function parsePolicy(text: string): PolicyChoice {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text }
  const entries = partsOf(text.slice(colon + 1)).map((part): [string, unknown] => {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.+?)\s*$/s.exec(part) ?? []
    if (name !== undefined && value !== undefined) return [name, valueOf(value)]
    throw fail('OPTION_INVALID', { option: '--policy', rule: 'NAME or NAME:option=value,option=value', got: text })
  })
  return { name: text.slice(0, colon), options: Object.fromEntries(entries) }
}

/** Cut at the commas that are not inside brackets. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if ('[{'.includes(letter)) depth++
    if (']}'.includes(letter)) depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

/** JSON where it is some, else text: `4`, `true`, `[8,16]`, `keep`. */
function valueOf(text: string): unknown {
  if (text === 'Infinity') return Infinity
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
