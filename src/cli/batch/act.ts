/** `lanework batch pause`, `resume`, `cancel`, `priority`, `forget` and `policy`: one call each, and what came of it. */
import type { JobAction, JobStatus } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { print } from '../output.ts'
import { neededSelection, withRunning } from './connect.ts'
import type { BatchFlags, SelectionFlags } from './flags.ts'
import { policyText, statusText } from './ps-view.ts'
import { policyOf } from './settings.ts'
import { jobText, jobValue, stateText } from './words.ts'

export async function actCommand(action: JobAction, jobs: readonly string[], flags: SelectionFlags): Promise<void> {
  const selection = neededSelection(jobs, flags)
  await withRunning(flags, async (batch) => show(await batch.act(action, selection), flags, action))
}

export async function priorityCommand(job: string, priority: string, flags: BatchFlags): Promise<void> {
  const number = Number(priority)
  if (priority.trim() === '' || !Number.isFinite(number))
    throw fail('OPTION_INVALID', { option: 'PRIORITY', rule: 'a number', got: JSON.stringify(priority) })
  await actCommand({ kind: 'priority', priority: number }, [job], flags)
}

function show(jobs: readonly JobStatus[], flags: BatchFlags, { kind }: JobAction): void {
  if (flags.json === true) {
    for (const job of jobs) print(flags, jobValue(job), '')
    return
  }
  const lines = jobs.map((job) => {
    const priority = kind === 'priority' ? `priority ${job.request.priority}; ` : ''
    return `${jobText(job)}: ${priority}${lineOf(job)}`
  })
  print(flags, {}, lines.length === 0 ? 'no jobs' : lines.join('\n'))
}

function lineOf(job: JobStatus): string {
  return job.why === '' ? stateText(job) : `${stateText(job)}, ${job.why}`
}

export interface PolicyFlags extends BatchFlags {
  readonly quantum?: string
}

/** Changes it, or says which one it is. */
export async function policyCommand(text: string | undefined, flags: PolicyFlags): Promise<void> {
  const choice = text === undefined ? undefined : policyOf(text, flags.quantum)
  await withRunning(flags, async (batch) => {
    if (choice !== undefined) await batch.setPolicy(choice)
    const { policy } = await batch.status()
    print(flags, { policy }, policyText(policy))
  })
}

export async function statusCommand(flags: BatchFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    const status = await batch.status()
    print(flags, status, statusText(status))
  })
}
