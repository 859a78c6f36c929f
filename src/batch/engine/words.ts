/** Why a job is in its state, for people. */
import { degree, lackOf, memory, neverEnough, type Want } from './admission.ts'
import type { EngineJob } from './job.ts'
import type { EngineState } from './state.ts'
import type { Outcome } from '../types.ts'

/** How an attempt ended. */
export function endText({ plan, exitCode, signal }: EngineJob, outcome: Outcome): string {
  if (outcome === 'ok' || outcome === 'failed') return `exit code ${exitCode ?? 'unknown'}`
  if (outcome === 'killed') return `ended by ${signal ?? 'a signal'}`
  if (outcome === 'time-limit') return `longer than its time limit of ${spanText(plan.timeLimitMs ?? 0)}`
  if (outcome === 'memory-limit') return `over its memory limit of ${bytesText(plan.memoryLimitBytes ?? 0)}`
  if (outcome === 'not-started') return 'its program could not be started'
  if (outcome === 'unknown') return 'nobody saw how it ended'
  return outcome
}

/** Why it is in this state. */
export function whyOf(state: EngineState, job: EngineJob): string {
  if (job.ending !== undefined) return job.why
  if (job.state === 'queued') return queuedText(state, job)
  if (job.state === 'waiting' && job.why === '') return waitingText(state, job)
  if (job.held) return 'no program can be started now, as `batch status` tells; tried again every second'
  return job.why
}

function waitingText({ now }: EngineState, job: EngineJob): string {
  const open = job.needs.flatMap((need) => (need.job.stage === 'ended' ? [] : [need.job.name]))
  const shown = open.slice(0, 3).join(', ')
  if (open.length > 3) return `waits for ${shown} and ${open.length - 3} more`
  if (open.length > 0) return `waits for ${shown}`
  if (job.attempt > 0) return `attempt ${job.attempt} failed; tries again later`
  return job.notBefore > now ? `starts no sooner than ${spanText(job.plan.delayMs)} after its submission` : ''
}

function queuedText({ admission }: EngineState, { claim }: EngineJob): string {
  const never = neverEnough(admission, claim)
  if (never !== undefined) {
    const most = amountText(never.what, admission.total.get(never.what) ?? 0)
    return `needs ${wantText(never)}, and there are never more than ${most}`
  }
  const [lack] = lackOf(admission, claim)
  if (lack === undefined) return 'one that waits longer comes first'
  if (lack.what === degree) return `${admission.total.get(degree) ?? 0} jobs are admitted, as many as may be`
  return `needs ${wantText(lack)}, ${amountText(lack.what, Math.max(0, admission.free.get(lack.what) ?? 0))} is free`
}

function wantText({ what, amount }: Want): string {
  return what === memory ? `${bytesText(amount)} of memory` : `${amount} ${nameOf(what)}`
}

function amountText(what: string, amount: number): string {
  return what === memory ? bytesText(amount) : String(amount)
}

/** Of what there is never enough. */
export function thingOf(what: string): string {
  if (what === memory) return 'the bytes of memory'
  return what === degree ? 'the jobs that may be admitted at a time' : nameOf(what)
}

function nameOf(what: string): string {
  return what.replace(/^resource /, '')
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `1.5 GiB`: three digits at most. */
export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${Number(value.toPrecision(3))} ${units[unit] ?? ''}`
}

/** As people would write it in a file: `40 ms`, `1.5 s`, `1 m 30 s`, `1 h`. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Number(ms.toPrecision(3))} ms`
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(3))} s`
  const seconds = Math.round(ms / 1_000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const
  return parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count} ${unit}`])).join(' ')
}
