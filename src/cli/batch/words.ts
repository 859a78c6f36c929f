/** What commands say of jobs: states, amounts, instants, as people read them. Pure. */
import type { Forecast, JobStatus, JobUse } from '../../batch/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { bytesText, countText, durationText } from '../operate/figures.ts'

/** The name, safe to show. */
export function nameText({ name }: JobStatus): string {
  return visibleText(name)
}

/** `3 (build)`. */
export function jobText(job: JobStatus): string {
  return `${job.id} (${nameText(job)})`
}

/** The command as it would be typed: a line for `sh -c` is shown as it is. */
export function commandText({ request: { argv } }: JobStatus): string {
  const [program, option, line] = argv
  if (argv.length === 3 && program === 'sh' && option === '-c' && line !== undefined) return visibleText(line)
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${visibleText(word).replaceAll("'", "'\\''")}'`))
    .join(' ')
}

/** CPU time so far. */
export function cpuMs({ use }: JobStatus): number | undefined {
  return use === undefined ? undefined : use.userMs + use.systemMs
}

export function cpuText(job: JobStatus): string {
  const ms = cpuMs(job)
  return ms === undefined ? '-' : durationText(ms)
}

/** The memory now, of one that ended the most that it held. */
export function memoryText({ use, state }: JobStatus): string {
  return use === undefined ? '-' : bytesText(state === 'ended' ? use.peakRssBytes : use.rssBytes)
}

/** `12 MiB/3 KiB`: read and written. */
export function ioText({ use }: JobStatus): string {
  if (use?.readBytes === undefined || use.writtenBytes === undefined) return '-'
  return `${bytesText(use.readBytes)}/${bytesText(use.writtenBytes)}`
}

/** `120/7`: given up by itself (it waited), and taken away. */
export function switchesText({ use }: JobStatus): string {
  return use === undefined ? '-' : `${countText(use.voluntarySwitches)}/${countText(use.involuntarySwitches)}`
}

/** From submission to end, or until now. */
export function turnaroundMs({ submittedAt, endedAt }: JobStatus, now: number): number {
  return Math.max(0, (endedAt ?? now) - submittedAt)
}

/** Time in which it could have run and had no CPU: the waiting time of textbooks. */
export function waitingMs({ times }: JobStatus): number {
  return times.ready
}

/** How it stands: `running`, or of one that ended how: `ok`, `failed`. */
export function stateText({ state, outcome }: JobStatus): string {
  return state === 'ended' ? (outcome ?? 'ended') : state
}

/** Exit code or signal. */
export function exitText({ exitCode, signal }: JobStatus): string {
  return signal ?? (exitCode === undefined ? '-' : `${exitCode}`)
}

/** `in 12 s (10 s to 15 s)`. */
export function forecastText(forecast: Forecast | undefined, now: number): string {
  if (forecast === undefined) return '-'
  const [low, likely, high] = [forecast.low, forecast.likely, forecast.high].map((at) =>
    durationText(Math.max(0, at - now)),
  )
  return low === high ? `in ${likely}` : `in ${likely} (${low} to ${high})`
}

/** A date and time of this place: `2024-05-01 12:30:05`. */
export function instantText(at: number | undefined): string {
  if (at === undefined) return '-'
  const date = new Date(at)
  const two = (value: number): string => `${value}`.padStart(2, '0')
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-')
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`
}

/** What one job used: CPU, memory, disk, switches. */
export function useText(use: JobUse): string {
  const io =
    use.readBytes === undefined ? '' : `, read ${bytesText(use.readBytes)}, wrote ${bytesText(use.writtenBytes)}`
  return `${durationText(use.userMs + use.systemMs)} CPU, at most ${bytesText(use.peakRssBytes)}${io}`
}

/** Without the environment, which is long and may hold secrets. */
export function jobValue(job: JobStatus): object {
  const { env: _env, ...request } = job.request
  return { ...job, request }
}
