/** `lanework batch run`: all jobs of a file, under one policy or under several one after the other. */
import { join } from 'node:path'

import {
  checkDependencies,
  checkFolderLength,
  newRunFolder,
  openBatch,
  plansOf,
  removeRunFolder,
  type Batch,
  type BatchFile,
  type BatchSettings,
  type RunRecord,
} from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import type { PolicyChoice } from '../../schedule/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print, report } from '../output.ts'
import { terminalOf } from '../terminal.ts'
import { batchFolder, batchPath } from './connect.ts'
import type { BatchFlags, SettingsFlags } from './flags.ts'
import { readBatchFile } from './input.ts'
import { Interruption } from './interruption.ts'
import { failuresText } from './failures.ts'
import { historyFolder } from './learned.ts'
import { checkRunFiles, showReport, writeRunFiles, type FileFlags } from './run-files.ts'
import { comparisonText, figuresOf, runText, type FinishedRun } from './run-view.ts'
import { policyText } from './ps-view.ts'
import { policiesOf, settingsOf } from './settings.ts'
import { showRun } from './watch-run.ts'
import { jobValue } from './words.ts'

export interface RunFlags extends BatchFlags, SettingsFlags, FileFlags {
  readonly view: boolean
}

export async function runCommand(name: string, flags: RunFlags): Promise<void> {
  const file = await readBatchFile(name)
  if (file.jobs.length === 0) throw fail('OPTION_INVALID', { option: 'FILE', rule: 'one with jobs', got: name })
  checkFile(file)
  const settings = settingsOf(flags, file.settings)
  const policies = policiesOf(flags, file.settings.policy)
  const marks = policies.map(({ name: policy }, index) => (policies.length > 1 ? `${index + 1}-${policy}` : ''))
  if (flags.state !== undefined) for (const mark of marks) checkFolderLength(join(flags.state, mark), '--state')
  checkRunFiles(flags, marks)
  const interruption = new Interruption()
  const runs: FinishedRun[] = []
  try {
    for (const [index, policy] of policies.entries()) {
      const mark = marks[index] ?? ''
      if (interruption.count > 0) break
      const run = await runUnder(policy, { file, settings, flags, folder: mark, interruption })
      if (run === undefined) break
      runs.push(run)
      showRunEnd(run, flags)
      writeFiles(flags, run.record, mark)
    }
  } finally {
    interruption.end()
  }
  if (policies.length > 1 && runs.length > 0 && flags.json !== true) print(flags, {}, `\n${comparisonText(runs)}`)
  const allOk = runs.length === policies.length && runs.every(({ record }) => isAllOk(record))
  if (!allOk) process.exitCode = exitCodes.failed
}

/** Before anything starts, as places in the file are known here. Throws JOB_INVALID, DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE. */
function checkFile({ jobs, place }: BatchFile): void {
  const plans = plansOf(jobs, { cwd: process.cwd(), env: {}, taken: () => false }, place)
  checkDependencies(plans, () => false, place)
}

interface RunPlan {
  readonly file: BatchFile
  readonly settings: BatchSettings
  readonly flags: RunFlags
  /** Within the folder of the batch. */
  readonly folder: string
  readonly interruption: Interruption
}

/** Undefined where somebody asked for the end before the jobs were handed in. */
async function runUnder(policy: PolicyChoice, plan: RunPlan): Promise<FinishedRun | undefined> {
  const { file, settings, flags, interruption } = plan
  const place = await folderFor(flags, plan.folder)
  try {
    const batch = await openBatch({
      ...settings,
      policy,
      folder: place.folder,
      historyFolder: historyFolder(flags),
      // Nobody else knows its folder.
      jobsSurvive: flags.state !== undefined,
    })
    try {
      await forgetEnded(batch)
      if (interruption.count > 0) {
        // Jobs of a folder that was used before may run already.
        interruption.takes(batch)
        await batch.wait({ all: true })
        return undefined
      }
      const record = await showRun(batch, file, { flags, interruption })
      const failures = await failuresText(record)
      if (failures !== '' && flags.json !== true) print(flags, {}, failures)
      return { label: policyText(policy), record }
    } finally {
      interruption.takes(undefined)
      await batch.close({ endJobs: true })
    }
  } finally {
    await place.remove()
  }
}

/** The folder that was asked for, or one that goes with the run. */
async function folderFor(
  flags: RunFlags,
  within: string,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  if (flags.state !== undefined) return { folder: join(batchFolder(flags), within), remove: async () => {} }
  const folder = await newRunFolder()
  return { folder, remove: () => removeRunFolder(folder) }
}

/** A folder that was used before: what ended there gives its names free, and what goes on goes on. */
async function forgetEnded(batch: Batch): Promise<void> {
  await batch.act({ kind: 'forget' }, { all: true })
}

function showRunEnd(run: FinishedRun, flags: RunFlags): void {
  if (flags.json === true) {
    for (const job of run.record.jobs) print(flags, { policy: run.label, job: jobValue(job) }, '')
    print(flags, figuresOf(run), '')
  } else {
    const columns = process.stdout.isTTY ? terminalOf({}).columns : Infinity
    print(flags, {}, `\n${runText(run, columns)}`)
  }
  if (flags.report === true) showReport(run.record, flags, batchPath(flags))
}

/** What cannot be written any more is said, and the runs that are left go on. */
function writeFiles(flags: RunFlags, record: RunRecord, mark: string): void {
  try {
    writeRunFiles(flags, record, mark)
  } catch (error) {
    report(flags, error)
  }
}

function isAllOk({ jobs }: RunRecord): boolean {
  return jobs.every(({ outcome }) => outcome === 'ok')
}
