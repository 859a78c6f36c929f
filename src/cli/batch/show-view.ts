/** Everything about one job: what was asked for, what became of it, and what it used for how long. */
import type { JobStatus, JobUse } from '../../batch/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { bytesText, durationText } from '../operate/figures.ts'
import { table } from '../output.ts'
import { labelled } from '../terminal.ts'
import { commandText, exitText, forecastText, instantText, jobText, stateText, turnaroundMs } from './words.ts'

export interface ShowView {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly columns: number
}

export function showText(job: JobStatus, view: ShowView): string {
  const parts = [labelled(factRows(job, view.now), view.columns), timesText(job, view.now), useLines(job, view.columns)]
  return parts.filter((part) => part !== '').join('\n\n')
}

type Row = readonly [label: string, value: string]

function factRows(job: JobStatus, now: number): Row[] {
  const { request, pid, cpus, attempt, logs } = job
  const rows: (Row | undefined)[] = [
    ['job', jobText(job)],
    ['state', `${stateText(job)}${job.why === '' ? '' : `: ${visibleText(job.why)}`}`],
    ['command', commandText(job)],
    ['folder', visibleText(request.cwd)],
    ['exit', exitText(job)],
    ['attempt', request.retries === 0 ? `${attempt}` : `${attempt} of at most ${request.retries + 1}`],
    pid === undefined ? undefined : ['pid', `${pid}`],
    cpus.length === 0 ? undefined : ['CPU', cpus.join(', ')],
    ['submitted', instantText(job.submittedAt)],
    ['started', instantText(job.startedAt)],
    ['ended', instantText(job.endedAt)],
    job.forecast === undefined ? undefined : ['forecast', `ends ${forecastText(job.forecast, now)}`],
    ...wishRows(job),
    logs === undefined ? undefined : ['stdout', visibleText(logs.stdout)],
    logs === undefined ? undefined : ['stderr', visibleText(logs.stderr)],
  ]
  return rows.filter((row) => row !== undefined)
}

/** What it asked for beyond a CPU. */
function wishRows({ request }: JobStatus): (Row | undefined)[] {
  const { after, group, priority, tickets, memoryBytes, memoryLimitBytes, resources, timeLimitMs, burst, deadline } =
    request
  const named = Object.entries(resources).map(([name, amount]) => `${visibleText(name)} ${amount}`)
  return [
    after.length === 0
      ? undefined
      : ['after', after.map(({ job, on }) => `${visibleText(job)}${on === 'ok' ? '' : ` (${on})`}`).join(', ')],
    group === undefined ? undefined : ['group', visibleText(group)],
    ['priority', `${priority}`],
    tickets === 1 ? undefined : ['tickets', `${tickets}`],
    request.width === 1 ? undefined : ['width', `${request.width} CPUs`],
    request.affinity === undefined ? undefined : ['affinity', `CPU ${request.affinity.join(', ')}`],
    memoryBytes === 0 ? undefined : ['claims', `${bytesText(memoryBytes)} of memory`],
    memoryLimitBytes === undefined ? undefined : ['limit', `${bytesText(memoryLimitBytes)} of memory`],
    named.length === 0 ? undefined : ['resources', named.join(', ')],
    request.nice === undefined ? undefined : ['nice', `${request.nice}`],
    timeLimitMs === undefined ? undefined : ['time limit', durationText(timeLimitMs)],
    request.delayMs === 0 ? undefined : ['delay', durationText(request.delayMs)],
    burst === undefined ? undefined : ['burst', `${durationText(burst)} CPU expected`],
    deadline === undefined ? undefined : ['deadline', `${durationText(deadline)} after submission`],
    request.sliced ? undefined : ['slices', 'none: once started it is not stopped'],
  ]
}

/** For how long it was in which state. */
function timesText(job: JobStatus, now: number): string {
  const all = turnaroundMs(job, now)
  const rows = Object.entries(job.times).flatMap(([state, ms]) =>
    ms === 0 ? [] : [[state, durationText(ms), all === 0 ? '' : `${Math.round((100 * ms) / all)} %`]],
  )
  if (rows.length === 0) return ''
  const switches = `${job.dispatches} times on a CPU, ${job.preemptions} of them taken off it`
  return [table([['state', 'time', 'share'], ...rows]), switches].join('\n')
}

/** What ended too soon was never measured. */
function memoryLine({ rssBytes, peakRssBytes }: JobUse, state: JobStatus['state']): string {
  if (peakRssBytes === 0) return 'not measured'
  return `${state === 'ended' ? '' : `${bytesText(rssBytes)} now, `}${bytesText(peakRssBytes)} at most`
}

function useLines({ use, state }: JobStatus, columns: number): string {
  if (use === undefined) return ''
  const rows: Row[] = [
    ['CPU', `${durationText(use.userMs)} in the program, ${durationText(use.systemMs)} in the system`],
    ['memory', memoryLine(use, state)],
    ['disk', `${bytesText(use.readBytes)} read, ${bytesText(use.writtenBytes)} written`],
    ['switches', `${use.voluntarySwitches} to wait, ${use.involuntarySwitches} taken off by the system`],
    ...(state === 'ended' ? [] : [['processes', `${use.processes}`] as const]),
  ]
  return labelled(rows, columns)
}
