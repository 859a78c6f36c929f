/** One workload in every era, and what sharing gains in theory. */
import { fail } from '../../core/index.ts'
import { multiprogramming, runEra, runEras, eraByName, drawGantt, drawResults } from '../../schedule/index.ts'
import type { DrawOptions, EraRun, Multiprogramming } from '../../schedule/index.ts'
import { print, table } from '../output.ts'
import type { SimulateFlags } from './flags.ts'
import type { LoadedWorkload } from './input.ts'
import { writeCharts } from './files.ts'
import { wrapText } from '../terminal.ts'
import { headText } from './show.ts'

const degrees = [1, 2, 3, 4, 6, 8]
const barColumns = 24

/** All eras side by side. */
export function compareEras(workload: LoadedWorkload, flags: SimulateFlags, options: DrawOptions): void {
  const runs = runEras(workload.jobs, { devices: workload.machine.devices, record: 'summary' })
  const ioShare = ioShareOf(workload)
  const curve = ioShare === undefined ? [] : degrees.map((degree) => multiprogramming(ioShare, degree))
  const text = [headText(workload, options), erasTable(runs, options), ...gainText(ioShare, curve, options)].join(
    '\n\n',
  )
  print(flags, { eras: runs.map(eraValue), ioShare, multiprogramming: curve }, text)
}

/** One era in detail. */
export function showEra(name: string, workload: LoadedWorkload, flags: SimulateFlags, options: DrawOptions): void {
  if (flags.html !== undefined)
    throw fail('OPTION_INVALID', {
      option: '--html',
      rule: 'given without --era: the page has the machine of today',
      got: flags.html,
    })
  const run = runEra(eraByName(name), workload.jobs, { devices: workload.machine.devices })
  writeCharts(flags, run.era.title, run.simulation)
  const { title, years, story } = run.era
  const text = [
    `${title} (${years})`,
    wrapText(story, options.width ?? 80),
    drawGantt(run.simulation, options),
    drawResults(run.simulation, options),
  ].join('\n\n')
  print(flags, { ...eraValue(run), jobs: run.simulation.jobs }, text)
}

function eraValue({ era, utilization, makespan, turnaround, interactive, simulation }: EraRun): object {
  const { switching, switches } = simulation.system
  return { era: era.name, title: era.title, utilization, makespan, turnaround, interactive, switching, switches }
}

function erasTable(runs: readonly EraRun[], { unicode }: DrawOptions): string {
  const sign = unicode === false ? '#' : '█'
  const rows = runs.map(({ era, utilization, makespan, turnaround, interactive, simulation }) => [
    era.name,
    `${(100 * utilization).toFixed(1).padStart(5)} %`,
    sign.repeat(Math.round(utilization * barColumns)).padEnd(barColumns),
    makespan.toFixed(0).padStart(8),
    turnaround.toFixed(0).padStart(15),
    (interactive === undefined ? '-' : interactive.toFixed(0)).padStart(9),
    String(simulation.system.switches).padStart(8),
  ])
  return table([['era', 'CPU busy', '', 'all done', 'mean turnaround', 'terminals', 'switches'], ...rows])
}

function gainText(ioShare: number | undefined, curve: readonly Multiprogramming[], options: DrawOptions): string[] {
  if (ioShare === undefined) return []
  const rows = curve.map(({ degree, independent, exact, bound }) => [
    String(degree).padStart(7),
    ...[independent, exact, bound].map((share) => `${(100 * share).toFixed(1).padStart(6)} %`),
  ])
  const words =
    `These jobs would wait for I/O ${(100 * ioShare).toFixed(0)} % of their time (p), each alone on the machine of today. How ` +
    `busy n of them keep one CPU: 1 - p^n, as if they never met; the exact value for random times, where jobs that are ready ` +
    `wait for the CPU; and what is possible at most.`
  return [wrapText(words, options.width ?? 80), table([['jobs  n', ' 1 - p^n', '   exact', ' at most'], ...rows])]
}

/** The part of their time alone that the jobs spend on I/O; undefined where they do none. */
function ioShareOf({ jobs }: LoadedWorkload): number | undefined {
  let [cpu, io] = [0, 0]
  for (const { bursts, threads } of jobs) {
    for (const burst of bursts ?? (threads ?? []).flatMap((thread) => thread.bursts)) {
      if ('cpu' in burst) cpu += burst.cpu
      if ('io' in burst) io += burst.io
    }
  }
  return io > 0 && cpu > 0 && Number.isFinite(cpu) ? io / (cpu + io) : undefined
}
