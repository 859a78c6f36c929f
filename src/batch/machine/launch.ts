/** How a job's program is started: as a child of the keeper, in a session of its own, with a mark that says that it ran. */
import { join } from 'node:path'

import type { ProgramPlan } from '../../process/index.ts'
import { attemptName, type Held, type LogPaths } from './types.ts'

/** Names that every program finds in its environment. */
export const jobVariable = 'LANEWORK_BATCH_JOB'
export const folderVariable = 'LANEWORK_BATCH_FOLDER'

/** Where the program leaves its mark. */
export function marksPath(folder: string): string {
  return join(folder, 'marks')
}

/** Where the output of all jobs is. */
export function logsPath(folder: string): string {
  return join(folder, 'logs')
}

/** The files of a job's output; all attempts add to the same. */
export function logPaths(folder: string, job: number, name: string): LogPaths {
  const logs = logsPath(folder)
  const file = `${job}-${cleanName(name)}`
  return { stdout: join(logs, `${file}.out`), stderr: join(logs, `${file}.err`) }
}

/** What may stand in a file's name on any system, and is no hidden file. */
function cleanName(name: string): string {
  const clean = name.replace(/[^\p{L}\p{N}._+-]+/gu, '_').replace(/^\.+/, '_')
  return (
    Buffer.from(clean)
      .subarray(0, 100)
      .toString()
      .replace(/\uFFFD+$/, '') || 'job'
  )
}

/** How it is started beside what its plan says: with `pins` on its CPUs; if it does not survive it ends with the keeper's owner. */
export interface LaunchOptions {
  readonly pins?: boolean | undefined
  readonly survives?: boolean | undefined
}

/** All that the keeper must know. */
export function programPlan(
  held: Held,
  folder: string,
  { pins = false, survives = true }: LaunchOptions = {},
): Omit<ProgramPlan, 'parcel'> {
  const { plan, job, attempt, logs, cpus, group } = held
  const name = attemptName(job, attempt)
  const file = (path: string) => ({ kind: 'file', path, append: true, limit: plan.logs }) as const
  return {
    argv: plan.argv,
    cwd: plan.cwd,
    env: { ...plan.env, [jobVariable]: name, [folderVariable]: folder },
    streams: [{ kind: 'ignore' }, file(logs.stdout), file(logs.stderr)],
    name,
    group: true,
    survives,
    graceMs: plan.graceMs,
    nice: plan.nice,
    umask: plan.umask,
    openFiles: plan.openFiles,
    timeLimitMs: plan.timeLimitMs,
    affinity: pins && cpus.length > 0 ? cpus : undefined,
    session: true,
    mark: { path: marksPath(folder), text: name },
    controlGroup: group?.folder,
    watched: true,
  }
}
