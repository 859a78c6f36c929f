/** `lanework batch start` and `stop`: a batch that takes jobs while it runs. */
import {
  openBatch,
  serveBatch,
  startBatch,
  stopBatch,
  type Batch,
  type BatchSettings,
  type BatchStatus,
  type JobStatus,
} from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { bytesText } from '../operate/figures.ts'
import { print, remark } from '../output.ts'
import { batchFolder, batchPath, withRunning } from './connect.ts'
import type { BatchFlags, SettingsFlags } from './flags.ts'
import { statusText } from './ps-view.ts'
import { policiesOf, settingsOf } from './settings.ts'
import { jobText } from './words.ts'

export interface StartFlags extends BatchFlags, SettingsFlags {
  readonly foreground?: boolean
}

export interface StopFlags extends BatchFlags {
  readonly endJobs?: boolean
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Throws BATCH_RUNS where one runs already. */
export async function startCommand(flags: StartFlags): Promise<void> {
  // Without one the policy that the batch of this folder had last goes on.
  const [policy, another] = flags.policy === undefined && flags.quantum === undefined ? [] : policiesOf(flags)
  if (another !== undefined)
    throw fail('OPTION_INVALID', {
      option: '--policy',
      rule: 'one policy: several are for `run`',
      got: flags.policy ?? '',
    })
  const settings: BatchSettings = { ...settingsOf(flags), policy }
  const folder = batchFolder(flags)
  if (flags.foreground === true) return serveHere(folder, settings, flags)
  await startBatch(folder, settings)
  await withRunning(flags, async (batch) => {
    await showStart(batch, flags)
  })
}

/** How it stands, and which of the jobs that were there before can never run with what there is now. */
async function showStart(batch: Batch, flags: StartFlags): Promise<void> {
  const status = await batch.status()
  print(flags, status, `started: ${statusText(status)}`)
  for (const job of await batch.jobs()) {
    const lack = job.state === 'ended' || job.pid !== undefined ? undefined : lackOf(job, status)
    if (lack !== undefined) remark(`Note: job ${jobText(job)} can never run here: ${lack}`)
  }
}

/** What it asks for and this batch never has. */
function lackOf({ request }: JobStatus, { memory, resources, cpus }: BatchStatus): string | undefined {
  const { memoryBytes, width, affinity } = request
  if (memoryBytes > memory.totalBytes)
    return `it needs ${bytesText(memoryBytes)} of memory of ${bytesText(memory.totalBytes)}`
  for (const [name, amount] of Object.entries(request.resources)) {
    const total = resources[name]?.total ?? 0
    if (amount > total) return `it needs ${amount} ${visibleText(name)} of ${total}`
  }
  const usable = affinity === undefined ? cpus.length : affinity.filter((cpu) => cpus.includes(cpu)).length
  return width > usable ? `it needs ${width} of the CPUs where it may run, and there are ${usable}` : undefined
}

async function serveHere(folder: string, settings: BatchSettings, flags: StartFlags): Promise<void> {
  const batch = await openBatch({ ...settings, folder, keepSettings: true })
  const served = await serveBatch(batch, folder)
  const stop = (): void => void served.stop(false).catch(() => {})
  for (const signal of signals) process.once(signal, stop)
  await showStart(batch, flags)
  remark('Ctrl-C stops it; jobs that run go on, and a batch that is started here again takes them over')
  await served.closed
  for (const signal of signals) process.off(signal, stop)
}

function goingText(going: number, all: number): string {
  if (going === 0) return all === 1 ? ', and does not run' : ', and none of them runs'
  if (all === 1) return ', and goes on running'
  return `, ${going} of them ${going === 1 ? 'goes' : 'go'} on running`
}

/** Resolves when it has stopped. Throws BATCH_NOT_FOUND. */
export async function stopCommand({ endJobs = false, ...flags }: StopFlags): Promise<void> {
  const folder = batchPath(flags)
  const left = await withRunning(flags, async (batch) => (await batch.jobs()).filter(({ state }) => state !== 'ended'))
  await stopBatch(folder, { endJobs })
  const going = left.filter(({ pid }) => pid !== undefined).length
  const text =
    endJobs || left.length === 0
      ? 'stopped'
      : `stopped; ${left.length} ${left.length === 1 ? 'job has' : 'jobs have'} not ended${goingText(going, left.length)}`
  print(flags, { stopped: folder, jobs: endJobs ? 0 : left.length }, text)
}
