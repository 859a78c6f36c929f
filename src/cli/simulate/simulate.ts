/** What `lanework simulate` does: jobs on a machine, under one policy or several. */
import { fail } from '../../core/index.ts'
import { drawStep, lawChecks, lawTable, simulate, type Simulation } from '../../schedule/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../output.ts'
import { drawOptions } from '../terminal.ts'
import { chosenPolicies, type ChosenPolicy } from './choice.ts'
import { compareEras, showEra } from './eras.ts'
import { writeFiles } from './files.ts'
import type { SimulateFlags } from './flags.ts'
import { loadWorkload, type LoadedWorkload } from './input.ts'
import { listAll } from './list.ts'
import { machineOf, planMachine } from './machine.ts'
import { comparisonText, headText, simulationText, simulationValue } from './show.ts'
import { stepThrough } from './step.ts'
import { sweepCommand } from './sweep.ts'

/** Beyond this many jobs no single steps are kept. */
const recordedJobs = 20_000

export async function simulateCommand(name: string | undefined, flags: SimulateFlags): Promise<void> {
  if (flags.verify === true) return verify(flags)
  if (name === undefined) return flags.sweep === undefined ? listAll(flags) : sweepCommand(undefined, flags)
  const workload = await loadWorkload(name)
  if (flags.sweep !== undefined) return sweepCommand(workload, flags)
  const options = drawOptions(flags)
  if (flags.era !== undefined) return showEra(flags.era, workload, flags, options)
  if (name === 'eras' && !asksForMore(flags)) return compareEras(workload, flags, options)
  await simulateAll(workload, flags)
}

/** Of the machine of today, rather than of all eras. */
function asksForMore({ policy, compare, explain, states, step, at, svg, html, trace }: SimulateFlags): boolean {
  return [policy, compare, explain, states, step, at, svg, html, trace].some((flag) => flag !== undefined)
}

async function simulateAll(workload: LoadedWorkload, flags: SimulateFlags): Promise<void> {
  const options = drawOptions(flags)
  if (workload.jobs.length === 0)
    throw fail('OPTION_INVALID', { option: 'WORKLOAD', rule: 'one with jobs', got: workload.title })
  const plan = planMachine(workload.machine, flags)
  const policies = chosenPolicies(flags, workload.policies)
  const [first] = policies
  if (first === undefined) return
  const record = workload.jobs.length > recordedJobs ? 'summary' : 'full'
  const runOne = (policy: ChosenPolicy): Simulation => simulate(workload.jobs, machineOf(plan, policy, record))
  const simulation = runOne(first)
  writeFiles(flags, { workload, plan, policy: first, simulation })
  if (flags.at !== undefined) return print(flags, {}, drawStep(simulation, { ...options, at: flags.at }))
  if (flags.step === true) return await stepThrough(simulation, options)
  // One that is asked for by name stands alone; those that a workload suggests, or several, stand side by side.
  const others = policies.slice(1)
  const simulations = [simulation, ...others.map(runOne)]
  if (flags.json === true) {
    for (const [index, each] of simulations.entries())
      print(flags, simulationValue(each, policies[index] ?? first, simulations.length > 1), '')
    return
  }
  const detailed =
    flags.compare === true && others.length > 0
      ? []
      : [simulationText(simulation, first, flags, options, plan.memory?.size)]
  const compared = others.length === 0 ? [] : [comparisonText(simulations, policies, options)]
  print(flags, {}, [headText(workload, options), ...detailed, ...compared].join('\n\n'))
}

/** Row by row, since it takes a while. */
function verify(flags: SimulateFlags): void {
  const rows = []
  for (const row of lawChecks({ jobs: flags.jobs, replications: flags.replications, seed: flags.seed })) {
    rows.push(row)
    if (flags.json === true) print(flags, row, '')
  }
  if (flags.json !== true) print(flags, {}, lawTable(rows))
  if (rows.some(({ holds }) => !holds)) process.exitCode = exitCodes.failed
}
