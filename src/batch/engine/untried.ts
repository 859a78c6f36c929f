/**
 * Attempts that were not tried: nothing is wrong with the program, but there was no room for its mark or its output, or no process
 * or descriptor could be had. The attempt is taken back, and made again under the same number.
 *
 *    starting 3 ──▶ ENOSPC: no program ran ──▶ ready, held for a second ──▶ starting 3 ──▶ started 3
 */
import { isLaneworkError } from '../../core/index.ts'
import { setAside } from './dispatcher.ts'
import type { EngineJob } from './job.ts'
import { retryLater } from './journal.ts'
import { become, type EngineState } from './state.ts'

/** Before the program could have its say. */
const steps: ReadonlySet<string> = new Set(['fork', 'open', 'mark', 'control'])
/** What passes without anybody changing the job. */
const passing: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'])

/** Whether the system, and not the program, is why it did not start. */
export function wasNotTried(error: Error): boolean {
  if (!isLaneworkError(error, 'PROGRAM_NOT_STARTED')) return false
  const { step, errno } = error.detail
  return steps.has(step.split(' ')[0] ?? '') && passing.has(errno)
}

/** Its program was to start and did not run: it waits with all others that are to start until they are tried again. */
export function takeBack(state: EngineState, job: EngineJob, why: string): void {
  job.program = 'none'
  job.told = undefined
  job.attempt--
  retryLater(state)
  if (job.paused) return
  setAside(state, job)
  // It may have lost its CPU already.
  if (job.state !== 'ready') become(state, job, 'ready', 'yielded', `is tried again: ${why}`)
  job.order = state.nextOrder++
  job.held = true
  state.held.add(job)
}
