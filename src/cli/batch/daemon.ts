/** `lanework batch start` and `stop`: a batch that takes jobs while it runs. */
import { openBatch, serveBatch, startBatch, stopBatch, type BatchSettings } from '../../batch/index.ts'
import { print, remark } from '../output.ts'
import { batchFolder, batchPath, withRunning } from './connect.ts'
import type { BatchFlags, SettingsFlags } from './flags.ts'
import { statusText } from './ps-view.ts'
import { policiesOf, settingsOf } from './settings.ts'

export interface StartFlags extends BatchFlags, SettingsFlags {
  readonly foreground?: boolean
}

export interface StopFlags extends BatchFlags {
  readonly endJobs?: boolean
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Throws BATCH_RUNS where one runs already. */
export async function startCommand(flags: StartFlags): Promise<void> {
  const [policy] = policiesOf(flags)
  const settings: BatchSettings = { ...settingsOf(flags), policy }
  const folder = batchFolder(flags)
  if (flags.foreground === true) return serveHere(folder, settings, flags)
  await startBatch(folder, settings)
  await withRunning(flags, async (batch) => {
    const status = await batch.status()
    print(flags, status, `started: ${statusText(status)}`)
  })
}

async function serveHere(folder: string, settings: BatchSettings, flags: StartFlags): Promise<void> {
  const batch = await openBatch({ ...settings, folder })
  const served = await serveBatch(batch, folder)
  const status = await batch.status()
  print(flags, status, `started: ${statusText(status)}`)
  remark('Ctrl-C stops it; jobs that run go on, and a batch that is started here again takes them over')
  const stop = (): void => void served.stop(false).catch(() => {})
  for (const signal of signals) process.once(signal, stop)
  await served.closed
  for (const signal of signals) process.off(signal, stop)
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
      : `stopped; ${left.length} ${left.length === 1 ? 'job has' : 'jobs have'} not ended, ${going} of them go on running`
  print(flags, { stopped: folder, jobs: endJobs ? 0 : left.length }, text)
}
