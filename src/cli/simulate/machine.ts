/** The machine of a simulation: what the workload says, with the command line on top. */
import { checkChoice, fail } from '../../core/index.ts'
import {
  buddy,
  equalPartitions,
  fixedPartitions,
  presetLike,
  variablePartitions,
  type AdmissionMemory,
  type MachineHints,
  type MachineSpec,
  type PageMachine,
  type PageMemory,
} from '../../schedule/index.ts'
import { makePolicy, type ChosenPolicy } from './choice.ts'
import { fitNames, type SimulateFlags } from './flags.ts'

/** A machine as data, from which each simulation makes its own: policies and memory are used up by a run. */
export interface MachinePlan extends Omit<MachineHints, 'memory'> {
  readonly memory: PageMemory | undefined
}

const partitions = 4

/** Throws OPTION_INVALID. */
export function planMachine(hints: MachineHints, flags: SimulateFlags): MachinePlan {
  const kind = checkChoice('--fit', flags.fit ?? 'first', [...fitNames])
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
  const { memory, ...rest } = plan
  return { ...rest, policy: makePolicy(policy), memory: memory === undefined ? undefined : allocator(memory), record }
}

/** The same for the page. */
export function pageMachine(plan: MachinePlan, policy: ChosenPolicy): PageMachine {
  return { ...plan, policy: policy.name, options: policy.options }
}

function allocator({ size, kind, protection }: PageMemory): AdmissionMemory {
  if (kind === 'buddy') return buddy({ size, protection })
  if (kind === 'fixed')
    return fixedPartitions({ partitions: equalPartitions(partitions, size / partitions), protection })
  return variablePartitions({ size, fit: kind, protection })
}
