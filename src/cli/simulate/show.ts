/** What `lanework simulate` prints of a simulation. */
import {
  answer,
  drawAccounts,
  drawComparison,
  drawDistribution,
  drawGantt,
  drawMemory,
  drawResults,
  drawStates,
  type DrawOptions,
  type Simulation,
  type StrayAccess,
} from '../../schedule/index.ts'
import { escapeControls } from '../output.ts'
import { labelled, wrapText } from '../terminal.ts'
import type { ChosenPolicy } from './choice.ts'
import type { SimulateFlags } from './flags.ts'
import type { LoadedWorkload } from './input.ts'

/** With more jobs than this only tables are drawn: a chart of a thousand rows tells nobody anything. */
const chartedJobs = 60

/** Title, and what to look at. */
export function headText({ title, shows, notes }: LoadedWorkload, { width }: DrawOptions): string {
  const lines = [escapeControls(title), ...(shows === undefined ? [] : [wrapText(shows, width ?? 80)])]
  return [...lines, ...notes.map((note) => `Note: ${escapeControls(note)}`)].join('\n')
}

/** One simulation: charts, then tables. */
export function simulationText(
  simulation: Simulation,
  { label }: ChosenPolicy,
  flags: SimulateFlags,
  options: DrawOptions,
  memorySize: number | undefined,
): string {
  const { jobs, record } = simulation
  const charted = record !== undefined && jobs.length <= chartedJobs
  const parts = [
    `Policy ${label}`,
    ...(charted ? [drawGantt(simulation, options)] : []),
    ...(charted && flags.states === true ? [drawStates(simulation, options)] : []),
    ...(charted && record.memory.length > 0 ? [drawMemory(simulation, { ...options, size: memorySize })] : []),
    ...(record === undefined || record.strayAccesses.length === 0 ? [] : [strayText(record.strayAccesses)]),
    ...(flags.explain === true ? [decisionsText(simulation, options.width ?? 80)] : []),
    drawResults(simulation, options),
    ...(flags.accounts === true ? [drawAccounts(simulation, options)] : []),
    ...(flags.distribution === true ? [drawDistribution(simulation, options)] : []),
  ]
  return parts.join('\n\n')
}

export function comparisonText(
  simulations: readonly Simulation[],
  policies: readonly ChosenPolicy[],
  options: DrawOptions,
): string {
  return drawComparison(simulations, { ...options, names: policies.map(({ label }) => label) })
}

/** The answer to an exercise, in the shape of textbooks' tables. */
export function simulationValue(simulation: Simulation, policy: ChosenPolicy, many: boolean): object {
  const { accounts, system } = simulation
  return many ? { policy: policy.label, ...answer(simulation), system } : { ...answer(simulation), system, accounts }
}

/** Who reached beyond his own memory, and what came of it. */
function strayText(accesses: readonly StrayAccess[]): string {
  const lines = accesses.map(({ at, job, address, write, outcome, victim = 'the system' }) => {
    const result = {
      fault: 'a fault; the job is ended, all others go on',
      read: `it reads what belongs to ${victim}`,
      'broke-job': `it overwrites what belongs to ${victim}, which crashes`,
      'crashed-system': 'it overwrites the system, and everything ends',
    }[outcome]
    return escapeControls(`  ${at}  ${job} ${write ? 'writes to' : 'reads'} ${address}: ${result}`)
  })
  return ['Accesses beyond the own memory', ...lines].join('\n')
}

/** Each decision with its reason. */
function decisionsText({ record }: Simulation, width: number): string {
  const decisions = record?.decisions ?? []
  const times = decisions.map(({ at }) => String(Number(at.toPrecision(9))))
  const widest = Math.max(4, ...times.map(({ length }) => length))
  const rows = decisions.map(({ cpu, thread, why, ready }, index): [string, string] => {
    const others =
      ready.length === 0 ? '' : ` (ready: ${ready.slice(0, 8).join(', ')}${ready.length > 8 ? ', ...' : ''})`
    const text = why.startsWith(thread) ? why : `${thread}: ${why}`
    return [times[index]?.padStart(widest) ?? '', escapeControls(`CPU ${cpu}  ${text}${others}`)]
  })
  return `Decisions\n${labelled(rows, width)}`
}
