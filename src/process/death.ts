/** Why a process ended: from what the kernel, the child itself and its last words say. */
import { constants } from 'node:os'

/**
 * normal: its function returned. exit: it called `process.exit` with another code. signal: killed by a signal.
 * error: an error nobody caught. heap-limit: V8 ran out of memory. oom-killer: the kernel did, and chose it.
 * hang: no sign of life for longer than allowed, so it was killed.
 */
export type DeathReason = 'normal' | 'exit' | 'signal' | 'error' | 'heap-limit' | 'oom-killer' | 'hang'

export interface Death {
  readonly reason: DeathReason
  /** As in Python: the exit code, or the negative number of the signal. */
  readonly exitCode: number
  readonly signal: NodeJS.Signals | undefined
  /** With reason `error`: what it threw; class, code, stack and causes are those of the child. */
  readonly error: Error | undefined
  /** The last lines it wrote to stderr. */
  readonly stderr: readonly string[]
  /** True when it ended because this program told it to. */
  readonly asked: boolean
}

/** All that is known about an end. */
export interface Evidence {
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly asked: boolean
  readonly hung: boolean
  /** What it reported before it ended. */
  readonly error: Error | undefined
  readonly stderr: string
  /** Kills by the kernel's OOM killer in its memory group while it lived; undefined where nobody knows. */
  readonly oomKills: number | undefined
}

/** Lines of stderr that are kept. */
const keptLines = 20

export function diagnose(evidence: Evidence): Death {
  const { code, signal, asked, stderr } = evidence
  const exitCode = signal === undefined ? (code ?? 0) : -constants.signals[signal]
  return {
    reason: reasonOf(evidence),
    exitCode,
    signal,
    error: evidence.error,
    stderr: stderr.trimEnd() === '' ? [] : stderr.trimEnd().split(/\r?\n/).slice(-keptLines),
    asked,
  }
}

function reasonOf({ code, signal, asked, hung, error, stderr, oomKills }: Evidence): DeathReason {
  if (hung) return 'hang'
  if (ranOutOfHeap(code, signal, error, stderr)) return 'heap-limit'
  // SIGKILL alone proves nothing; the kernel's own count does.
  if (signal === 'SIGKILL' && !asked && (oomKills ?? 0) > 0) return 'oom-killer'
  if (signal !== undefined) return 'signal'
  if (error !== undefined) return 'error'
  return code === 0 ? 'normal' : 'exit'
}

/** V8 writes this before it aborts; a thread is ended with an error instead. */
function ranOutOfHeap(
  code: number | undefined,
  signal: string | undefined,
  error: Error | undefined,
  stderr: string,
): boolean {
  if ((error as { code?: string } | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY') return true
  return (signal === 'SIGABRT' || signal === 'SIGTRAP' || code === 134) && stderr.includes('heap out of memory')
}

/** One clause for people: `killed by SIGKILL`. */
export function describeDeath(death: Death): string {
  switch (death.reason) {
    case 'normal':
      return 'ended normally before it was done'
    case 'exit':
      return `exited with code ${death.exitCode}`
    case 'signal':
      return `was killed by ${death.signal}`
    case 'error':
      return `died of an uncaught ${death.error?.name ?? 'error'}: ${death.error?.message ?? ''}`
    case 'heap-limit':
      return "ran out of V8's heap"
    case 'oom-killer':
      return 'was killed by the kernel for want of memory'
    case 'hang':
      return 'gave no sign of life and was killed'
  }
}
