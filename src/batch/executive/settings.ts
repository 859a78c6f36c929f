/** The settings of a batch: checked, and filled in from the machine. */

import { checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import type { PolicyChoice } from '../../schedule/index.ts'
import { usableCpus } from '../request/usable-cpus.ts'
import { settledChoice } from '../request/policy.ts'
import type { BatchSettings } from '../types.ts'

/** All of them. */
export interface SettledSettings extends Required<Omit<BatchSettings, 'policy'>> {
  readonly cpus: readonly number[]
  readonly pin: boolean
  readonly memoryBytes: number
  readonly resources: Readonly<Record<string, number>>
  readonly slots: Readonly<Record<string, number>>
  readonly degree: number
  readonly jobs: number
  readonly steps: number
  /** Undefined when nobody chose: then the one that a batch of this folder had last goes on. */
  readonly policy: PolicyChoice | undefined
}

export const usualPolicy: PolicyChoice = { name: 'rr', options: { quantum: 100 } }

const keys = ['policy', 'cpus', 'pin', 'memoryBytes', 'resources', 'slots', 'degree', 'jobs', 'steps'] as const

/** Throws OPTION_INVALID. */
export function settle(settings: BatchSettings): SettledSettings {
  checkKnownKeys('batch', settings, keys)
  const { policy, cpus, pin = true, resources = {}, slots = {} } = settings
  return {
    policy: policy === undefined ? undefined : settledChoice(policy),
    cpus: cpus === undefined ? usableCpus() : checkCpus(cpus),
    pin,
    memoryBytes: checkInteger('memoryBytes', settings.memoryBytes ?? availableBytes(), 0, Number.MAX_SAFE_INTEGER),
    resources: checkAmounts('resources', resources, 0),
    slots: checkAmounts('slots', slots, 1),
    degree: checkInteger('degree', settings.degree ?? 1_000, 1, 1_000_000),
    jobs: checkInteger('jobs', settings.jobs ?? 10_000, 1, 1_000_000),
    steps: checkInteger('steps', settings.steps ?? 200_000, 0, 10_000_000),
  }
}

function checkCpus(cpus: readonly number[]): readonly number[] {
  const usable = usableCpus()
  const known = new Set(usable)
  const isGood = cpus.length > 0 && new Set(cpus).size === cpus.length && cpus.every((cpu) => known.has(cpu))
  if (isGood) return [...cpus]
  const rule = `one or more different CPUs of ${usable.join(', ')}`
  throw fail('OPTION_INVALID', { option: 'cpus', rule, got: JSON.stringify(cpus) })
}

function checkAmounts(
  option: string,
  amounts: Readonly<Record<string, number>>,
  least: number,
): Readonly<Record<string, number>> {
  for (const [name, amount] of Object.entries(amounts)) {
    if (Number.isFinite(amount) && amount >= least) continue
    throw fail('OPTION_INVALID', {
      option: `${option}.${name}`,
      rule: `a number of ${least} or more`,
      got: String(amount),
    })
  }
  return { ...amounts }
}

/** What this process and its children could still take, with a limit of its control group regarded. */
function availableBytes(): number {
  return Math.floor(process.availableMemory())
}
