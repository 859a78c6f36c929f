/** A machine of real programs with a record of all that it tells. */
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'

import {
  KeeperMachine,
  type JobPlan,
  type JobUse,
  type MachineEnd,
  type MachineOptions,
} from '#lanework/batch/index.js'
import { folder } from './folder.ts'
import { jobPlan } from './job-plan.ts'
import { until } from './until.ts'

export interface Told {
  readonly kind: string
  readonly job: number
  readonly attempt?: number
  readonly pid?: number
  readonly at: number
  readonly since?: number
  readonly end?: MachineEnd
  readonly error?: Error
  readonly use?: JobUse
  readonly rssBytes?: number
}

export interface Stage {
  readonly machine: KeeperMachine
  readonly folder: string
  readonly told: Told[]
  /** Starts a program as a job, and gives its pid once it runs. */
  run(job: number, argv: readonly string[], plan?: Partial<JobPlan>): Promise<number>
  /** The first that was told of this kind about the job, from `after` on. */
  hear(kind: string, job: number, after?: number): Promise<Told>
}

export function programJob(argv: readonly string[], more: Partial<JobPlan> = {}): JobPlan {
  return jobPlan({ argv, cwd: folder, env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }, ...more })
}

/** Shell text that waits for a file, and for half a minute at most. */
export const untilThere = (path: string): string =>
  `i=0; while [ ! -e '${path}' ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done`

/** A machine in a fresh folder (or a given one), closed with its jobs at the end of the test file. */
export async function openStage(options: Partial<MachineOptions> = {}): Promise<Stage> {
  const home = options.folder ?? mkdtempSync(join(folder, 'm'))
  const told: Told[] = []
  const machine = await KeeperMachine.open(
    { clock: () => performance.now(), pin: false, ...options, folder: home },
    {
      started: (job, attempt, pid, at) => void told.push({ kind: 'started', job, attempt, pid, at }),
      notStarted: (job, attempt, error, at) => void told.push({ kind: 'notStarted', job, attempt, error, at }),
      ended: (job, attempt, end, at) => void told.push({ kind: 'ended', job, attempt, end, at }),
      blocked: (job, since, at) => void told.push({ kind: 'blocked', job, since, at }),
      unblocked: (job, at) => void told.push({ kind: 'unblocked', job, at }),
      used: (job, use, at) => void told.push({ kind: 'used', job, use, at }),
      overMemory: (job, rssBytes, at) => void told.push({ kind: 'overMemory', job, rssBytes, at }),
    },
  )
  after(() => machine.close({ endJobs: true }))
  const hear = (kind: string, job: number, from = 0): Promise<Told> =>
    until(
      `${kind} of ${job}; told: ${told
        .map((one) => `${one.kind} ${one.job}`)
        .slice(-20)
        .join(', ')}`,
      () => told.slice(from).find((one) => one.kind === kind && one.job === job),
      30_000,
    )
  return {
    machine,
    folder: home,
    told,
    hear,
    async run(job, argv, plan = {}) {
      machine.start(job, 1, programJob(argv, plan), [])
      machine.flush()
      return (await hear('started', job)).pid ?? 0
    },
  }
}
