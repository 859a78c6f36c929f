/** How a run is put in words everywhere: policies, CPUs, times, sizes, and what became of a job. */
import type { PolicyChoice } from '../../schedule/index.ts'
import { numberText } from '../../schedule/index.ts'
import type { JobState, JobStatus, JobUse } from '../types.ts'

/** Of states, as tables and counts are ordered: those that do something first. */
export const stateOrder: readonly JobState[] = ['running', 'ready', 'blocked', 'queued', 'waiting', 'paused', 'ended']

/** `rr, quantum 100 ms`; further options as `name value`. */
export function policyText({ name, options = {} }: PolicyChoice): string {
  const parts = Object.entries(options).flatMap(([option, value]) =>
    value === undefined
      ? []
      : [option === 'quantum' ? `quantum ${valueText(value)} ms` : `${option} ${valueText(value)}`],
  )
  return [name, ...parts].join(', ')
}

function valueText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** `12.3 s`, `2:05 min`, `1:02:05 h`; below a second with ms. */
export function timeText(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  const [minutes, rest] = [Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, '0')]
  if (seconds < 3_600) return `${minutes}:${rest} min`
  return `${Math.floor(seconds / 3_600)}:${String(minutes).padStart(2, '0')}:${rest} h`
}

const units = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `812 B`, `3.4 MiB`, `120 MiB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  let value = bytes
  let unit = -1
  do {
    value /= 1_024
    unit++
  } while (value >= 999.5 && unit < units.length - 1)
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`
}

/** CPU time that the job used, as far as it was measured; else the time that it was on a CPU. */
export function cpuMs({
  use,
  times,
}: {
  readonly use?: JobUse | undefined
  readonly times: JobStatus['times']
}): number {
  return use === undefined ? times.running : use.userMs + use.systemMs
}

/** The job ended otherwise than it should. */
export function isBad({ outcome }: Pick<JobStatus, 'outcome'>): boolean {
  return outcome !== undefined && outcome !== 'ok'
}
