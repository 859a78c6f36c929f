/** The machine of a simulation: what the workload says, with the command line on top. */
import { checkChoice, fail } from '../../core/index.ts'
import {
  memoryKinds,
  memoryOfKind,
  presetLike,
  type MachineHints,
  type MachineSpec,
  type MemoryOfKind,
  type PageMachine,
} from '../../schedule/index.ts'
import { makePolicy, type ChosenPolicy } from './choice.ts'
import type { SimulateFlags } from './flags.ts'

/** A machine as data, from which each simulation makes its own: policies and memory are used up by a run. */
export interface MachinePlan extends Omit<MachineHints, 'memory'> {
  readonly memory: MemoryOfKind | undefined
}

/** Throws OPTION_INVALID. */
export function planMachine(hints: MachineHints, flags: SimulateFlags): MachinePlan {
  const kind = checkChoice(
    '--fit',
    flags.fit ?? 'first',
    memoryKinds.map((row) => row.kind),
  )
  const size = flags.memory ?? hints.memory
  if (size === undefined && flags.fit !== undefined)
    throw fail('OPTION_INVALID', {
      option: '--fit',
      rule: 'given with --memory, as this machine has enough',
      got: kind,
    })
  return {
    ...hints,
    cpus: flags.cpus ?? hints.cpus,
    contextSwitch: flags.switchCost ?? hints.contextSwitch,
    degree: flags.degree ?? hints.degree,
    horizon: flags.horizon ?? hints.horizon,
    rules: flags.like === undefined ? hints.rules : { ...presetLike(flags.like).rules, ...hints.rules },
    memory: size === undefined ? undefined : { size, kind, protection: flags.protection },
  }
}

export function machineOf(plan: MachinePlan, policy: ChosenPolicy, record: 'full' | 'summary'): MachineSpec {
  return { ...withMemory(plan), policy: makePolicy(policy), record }
}

/** The machine without its policy, with fresh memory. */
export function withMemory({ memory, ...rest }: MachinePlan): Omit<MachineSpec, 'policy'> {
  return { ...rest, memory: memory === undefined ? undefined : memoryOfKind(memory) }
}

/** The same for the page. */
export function pageMachine(plan: MachinePlan, policy: ChosenPolicy): PageMachine {
  return { ...plan, policy: policy.name, options: policy.options }
}
