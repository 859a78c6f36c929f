/** The machine of a simulation: what the workload says, with the command line on top. */
import { checkChoice, fail } from '../../core/index.ts'
import {
  memoryKinds,
  memoryOfKind,
  presetLike,
  queuePerCpu,
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
  readonly perCpu: boolean
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
    perCpu: flags.perCpu === true,
    degree: flags.degree ?? hints.degree,
    horizon: flags.horizon ?? hints.horizon,
    rules: flags.like === undefined ? hints.rules : { ...presetLike(flags.like).rules, ...hints.rules },
    memory: size === undefined ? undefined : { size, kind, protection: flags.protection },
  }
}

export function machineOf(plan: MachinePlan, policy: ChosenPolicy, record: 'full' | 'summary'): MachineSpec {
  const { cpus = 1, perCpu } = plan
  const made = perCpu ? queuePerCpu(() => makePolicy(policy), { cpus }) : makePolicy(policy)
  return { ...withMemory(plan), policy: made, record }
}

/** The machine without its policy, with fresh memory. */
export function withMemory(plan: MachinePlan): Omit<MachineSpec, 'policy'> {
  const { memory } = plan
  return { ...hardware(plan), memory: memory === undefined ? undefined : memoryOfKind(memory) }
}

/** The same for the page. */
export function pageMachine(plan: MachinePlan, policy: ChosenPolicy): PageMachine {
  return { ...hardware(plan), memory: plan.memory, policy: policy.name, options: policy.options }
}

function hardware({
  cpus,
  contextSwitch,
  devices,
  cache,
  rules,
  degree,
  horizon,
}: MachinePlan): Omit<MachineHints, 'memory'> {
  return { cpus, contextSwitch, devices, cache, rules, degree, horizon }
}
