/** Files that `lanework simulate` writes: pictures, pages and traces. */
import { readFileSync, writeFileSync } from 'node:fs'

import { fail } from '../../core/index.ts'
import { ganttSvg, pageFor, traceEvents, type Simulation } from '../../schedule/index.ts'
import { remark } from '../output.ts'
import type { ChosenPolicy } from './choice.ts'
import type { SimulateFlags } from './flags.ts'
import type { LoadedWorkload } from './input.ts'
import { pageMachine, type MachinePlan } from './machine.ts'

/** The page of the build, into which a workload is put. */
const template = new URL('../../web/schedule.html', import.meta.url)

export interface Written {
  readonly workload: LoadedWorkload
  readonly plan: MachinePlan
  readonly policy: ChosenPolicy
  readonly simulation: Simulation
}

/** Writes what the flags ask for, and says so on stderr. Throws OPTION_INVALID for a file that cannot be written. */
export function writeFiles(flags: SimulateFlags, { workload, plan, policy, simulation }: Written): void {
  writeCharts(flags, `${workload.title}: ${policy.label}`, simulation)
  const { html } = flags
  if (html === undefined) return
  const content = {
    workload: workload.jobs,
    machine: pageMachine(plan, policy),
    title: workload.title,
    description: workload.shows,
  }
  write('--html', html, pageFor(readFileSync(template, 'utf8'), content))
}

/** The files that need nothing but the simulation. */
export function writeCharts({ svg, trace }: SimulateFlags, title: string, simulation: Simulation): void {
  if (svg !== undefined) write('--svg', svg, ganttSvg(simulation, { title }))
  if (trace !== undefined) write('--trace', trace, `${JSON.stringify(traceEvents(simulation))}\n`)
}

function write(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw fail('OPTION_INVALID', { option, rule: `a file that can be written (${code})`, got: file })
  }
  remark(`written: ${file}`)
}
