/** `lanework simulate` without a workload: what there is. */
import { eras, policyTable, workloadTable } from '../../schedule/index.ts'
import { print, table } from '../output.ts'
import type { SimulateFlags } from './flags.ts'

export function listAll(flags: SimulateFlags): void {
  const workloads = workloadTable.map(({ name, title, shows }) => ({ name, title, shows }))
  const policies = policyTable.map(({ name, title, options }) => ({
    name,
    title,
    options: options.map((option) => option.name),
  }))
  const eraRows = eras.map(({ name, title, years }) => ({ name, title, years }))
  print(flags, { workloads, policies, eras: eraRows }, text())
}

function text(): string {
  return [
    'Workloads: lanework simulate NAME',
    indented(table(workloadTable.map(({ name, title }) => [name, title]))),
    'Policies: --policy NAME, or NAME:option=value,option=value (rr:quantum=4, mlfq:quanta=8/16,io=keep)',
    indented(
      table(policyTable.map(({ name, title, options }) => [name, title, options.map((each) => each.name).join(', ')])),
    ),
    'Eras: lanework simulate eras, or --era NAME',
    indented(table(eras.map(({ name, title, years }) => [name, title, years]))),
    'Or a file of your own: .json, .toml, .csv, or .swf (a log in the Standard Workload Format).',
  ].join('\n\n')
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
