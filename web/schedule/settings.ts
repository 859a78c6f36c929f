/** What the reader can set, where it begins, and the machine that comes of it. */
import {
  type JobSpec,
  type MachineSpec,
  type PageContent,
  type PageMachine,
  memoryOfKind,
  type MemoryOfKind,
  policyByName,
  policyRow,
  type SwitchCost,
} from '../../src/schedule/index.ts'

export interface Settings {
  readonly policy: string
  /** Options of the policy that differ from its defaults, by name. */
  readonly options: Readonly<Record<string, unknown>>
  readonly cpus: number
  readonly switchCost: number
  /** Jobs in memory at the same time; undefined is without bound. */
  readonly degree: number | undefined
  readonly memory: MemoryOfKind | undefined
  readonly tie: 'arrival-first' | 'expired-first'
}

/** The settings with which the workload came. */
export function settingsOf({ machine = {} }: PageContent): Settings {
  return {
    policy: policyRow(machine.policy ?? 'fcfs').name,
    options: machine.options ?? {},
    cpus: machine.cpus ?? 1,
    switchCost: totalOf(machine.contextSwitch ?? 0),
    degree: machine.degree === Infinity ? undefined : machine.degree,
    memory: machine.memory,
    tie: machine.rules?.tie ?? 'arrival-first',
  }
}

function totalOf(cost: number | SwitchCost): number {
  return typeof cost === 'number' ? cost : cost.in + cost.out
}

/** The machine with these settings; what cannot be set here stays as the workload brought it. */
export function machineOf(machine: PageMachine, settings: Settings, record: 'full' | 'summary'): MachineSpec {
  const { policy: _policy, options: _options, memory: _memory, ...rest } = machine
  return {
    ...rest,
    policy: policyByName(settings.policy, settings.options),
    cpus: settings.cpus,
    contextSwitch: costOf(machine.contextSwitch ?? 0, settings.switchCost),
    memory: settings.memory === undefined ? undefined : memoryOfKind(settings.memory),
    degree: settings.degree,
    rules: { ...machine.rules, tie: settings.tie },
    record,
  }
}

/** The cost that was set, paid when the workload's machine pays it. */
function costOf(given: number | SwitchCost, total: number): number | SwitchCost {
  if (typeof given === 'number' || totalOf(given) === 0) return total
  const share = given.in / totalOf(given)
  return { ...given, in: total * share, out: total * (1 - share) }
}

/** The longest CPU burst of the workload: what sliders of times are scaled by. */
export function longestBurst(jobs: readonly JobSpec[]): number {
  const lengths = jobs.flatMap(({ bursts = [], threads = [] }) =>
    [...bursts, ...threads.flatMap((thread) => thread.bursts)].flatMap((burst) =>
      'cpu' in burst && Number.isFinite(burst.cpu) ? [burst.cpu] : [],
    ),
  )
  return Math.max(1, ...lengths)
}
