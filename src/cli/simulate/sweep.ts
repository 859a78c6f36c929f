/** `lanework simulate --sweep`: how results depend on the quantum, the cost of a switch, or the load. */
import { checkChoice, fail } from '../../core/index.ts'
import { sweep, sweepable, sweepTable, type Generation, type JobSpec } from '../../schedule/index.ts'
import { print } from '../output.ts'
import { chosenPolicies, type ChosenPolicy } from './choice.ts'
import type { SimulateFlags } from './flags.ts'
import type { LoadedWorkload } from './input.ts'
import { planMachine, withMemory } from './machine.ts'

/** Without a workload: jobs come at random, one in 1.25 on average, and take 1 on average. */
const atRandom: Generation = { arrivals: 'poisson', rate: 0.8, service: 'exponential', mean: 1, jobs: 2_000 }
const figures = ['turnaround', 'response', 'utilization'] as const

/** Throws OPTION_INVALID. */
export function sweepCommand(workload: LoadedWorkload | undefined, flags: SimulateFlags): void {
  const { over, values } = parseSweep(flags.sweep ?? '', workload)
  const policies = chosenPolicies(flags, workload?.policies ?? [{ name: 'fcfs' }, { name: 'rr' }, { name: 'srtf' }])
  const plan = planMachine(workload?.machine ?? {}, flags)
  const jobs: readonly JobSpec[] | Generation =
    workload === undefined ? atRandom : (workload.generation ?? workload.jobs)
  const rows = sweep({
    workload: jobs,
    policies: policies.map(({ name, options }) => ({
      name,
      options: over === 'quantum' ? withoutQuantum(options) : options,
    })),
    over,
    values,
    machine: () => withMemory(plan),
    replications: flags.replications,
    seed: flags.seed,
  })
  if (flags.json === true) {
    for (const row of rows) print(flags, row, '')
    return
  }
  const tables = figures.map((figure) => `${figure}\n${sweepTable(rows, over, figure)}`)
  const note = rows[0]?.intervals === undefined ? [] : ['+- is half of the 95 % confidence interval.']
  print(flags, {}, [...tables, ...note].join('\n\n'))
}

function withoutQuantum(options: ChosenPolicy['options']): ChosenPolicy['options'] {
  return Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'quantum'))
}

function parseSweep(
  text: string,
  workload: LoadedWorkload | undefined,
): { over: (typeof sweepable)[number]; values: number[] } {
  const [what = '', list = ''] = text.split('=', 2)
  const over = checkChoice('--sweep', what.trim(), [...sweepable])
  const values = list.split(',').map((value) => (value.trim() === '' ? NaN : Number(value)))
  if (over === 'load' && workload !== undefined && workload.generation === undefined)
    throw fail('OPTION_INVALID', {
      option: '--sweep load',
      rule: 'used with generated jobs, or without a workload',
      got: workload.title,
    })
  const least = over === 'switch' ? 0 : Number.MIN_VALUE
  if (values.every((value) => Number.isFinite(value) && value >= least)) return { over, values }
  throw fail('OPTION_INVALID', {
    option: '--sweep',
    rule: `${over}=NUMBER,NUMBER,... (${over === 'switch' ? '0 or more' : 'more than 0'})`,
    got: text,
  })
}
