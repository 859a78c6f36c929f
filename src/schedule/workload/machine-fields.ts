/** The machine of a workload file: which fields it may have, and what they may hold. */
import type { Complain } from './place.ts'
import type { MachineHints, PolicyChoice } from './workload.ts'

interface Rule {
  readonly says: string
  readonly holds: (value: unknown) => boolean
}

type Shape = Readonly<Record<string, Rule>>

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const time: Rule = { says: 'a number, 0 or more', holds: (value) => isNumber(value) && value >= 0 }
const span: Rule = { says: 'a number, more than 0', holds: (value) => isNumber(value) && value > 0 }
const count: Rule = { says: 'a whole number, 1 or more', holds: (v) => Number.isSafeInteger(v) && (v as number) >= 1 }
const truth: Rule = { says: 'true or false', holds: (value) => typeof value === 'boolean' }
const oneOf = (...words: string[]): Rule => ({
  says: words.join(' or '),
  holds: (value) => typeof value === 'string' && words.includes(value),
})

const plain: Shape = { cpus: count, degree: count, horizon: span, memory: span }

const nested: Readonly<Record<string, Shape>> = {
  contextSwitch: { in: time, out: time, when: oneOf('dispatch', 'change') },
  cache: { size: time, warmUp: time, rate: span },
  rules: {
    tie: oneOf('arrival-first', 'expired-first'),
    aloneAtExpiry: oneOf('keep', 'switch'),
    switchCountsAsWaiting: truth,
    response: oneOf('dispatch', 'instruction'),
    from: oneOf('zero', 'first-arrival'),
    slices: oneOf('own', 'global'),
  },
}

const required: Readonly<Record<string, readonly string[]>> = {
  contextSwitch: ['in', 'out'],
  cache: ['size', 'warmUp', 'rate'],
}

/** Checks the `machine` of a file; throws what `complain` makes for a field that is unknown or wrong. */
export function machineFromRecord(value: unknown, complain: Complain): MachineHints {
  if (!isRecord(value)) throw complain('machine', 'a table of fields', value)
  const known = [...Object.keys(plain), ...Object.keys(nested), 'devices']
  for (const [field, each] of Object.entries(value)) {
    const rule = plain[field]
    const shape = nested[field]
    if (!known.includes(field)) throw complain(field, `a known field (${known.join(', ')})`, each)
    if (rule !== undefined) check(rule, field, each, complain)
    else if (field === 'devices') checkDevices(each, complain)
    else if (field === 'contextSwitch' && !isRecord(each)) check(time, field, each, complain)
    else if (shape !== undefined) checkShape(shape, field, each, complain)
  }
  return value as MachineHints
}

/** Checks the `policies` of a file: names, or tables of a name and options. */
export function policiesFromList(value: unknown, complain: Complain): PolicyChoice[] {
  if (!Array.isArray(value)) throw complain('policies', 'a list of policies', value)
  return value.map((each: unknown) => {
    if (typeof each === 'string') return { name: each }
    const isChoice = isRecord(each) && typeof each['policy'] === 'string'
    if (!isChoice) throw complain('policies', 'names, or tables with `policy` and its options', each)
    const { policy, ...options } = each
    return { name: policy as string, options }
  })
}

function checkDevices(value: unknown, complain: Complain): void {
  if (!isRecord(value)) throw complain('devices', 'a table of devices', value)
  for (const [name, device] of Object.entries(value))
    checkShape({ servers: count }, `devices.${name}`, device, complain)
}

function checkShape(shape: Shape, where: string, value: unknown, complain: Complain): void {
  if (!isRecord(value)) throw complain(where, `a table of ${Object.keys(shape).join(', ')}`, value)
  for (const [field, each] of Object.entries(value)) {
    const rule = Object.hasOwn(shape, field) ? shape[field] : undefined
    if (rule === undefined) throw complain(`${where}.${field}`, `one of ${Object.keys(shape).join(', ')}`, each)
    check(rule, `${where}.${field}`, each, complain)
  }
  for (const field of required[where] ?? []) {
    if (value[field] === undefined) throw complain(`${where}.${field}`, 'given', undefined)
  }
}

function check(rule: Rule, field: string, value: unknown, complain: Complain): void {
  if (!rule.holds(value)) throw complain(field, rule.says, value)
}
