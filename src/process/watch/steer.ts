/** Signals that never reach a stranger, and moving a program to other CPUs. */
import { constants } from 'node:os'

import { loadNative } from '../../native/index.ts'
import { isSameProcess } from '../process-table.ts'
import { processTree } from './tree.ts'

/**
 * Sends a signal to the process that started at `startTicks`, or to its whole group; false when it has ended. With the addon
 * nobody else can get it, whoever has the pid now; without it the start time is looked at right before.
 */
export function signalSame(pid: number, startTicks: number, signal: NodeJS.Signals, group = false): boolean {
  const native = loadNative()
  if (native !== undefined) return native.signalSame(pid, startTicks, constants.signals[signal], group ? 1 : 0) >= 0
  if (!isSameProcess(pid, startTicks)) return false
  try {
    return process.kill(group ? -pid : pid, signal)
  } catch {
    return false
  }
}

/** Lets all threads of these processes and of their descendants run on these CPUs only. Does nothing without the addon. */
export function moveTree(roots: readonly number[], cpus: readonly number[]): void {
  const native = loadNative()
  if (native === undefined) return
  const wanted = Int32Array.from(cpus)
  for (const { pid } of processTree(roots)) native.setAffinity(pid, wanted)
}
