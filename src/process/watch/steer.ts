/** Signals that never reach a stranger, and moving a program to other CPUs. */
import { constants } from 'node:os'

import { loadNative, type Native } from '../../native/index.ts'
import { isSameProcess, readEntry } from '../process-table.ts'
import { processTree } from './tree.ts'

/**
 * One process for ever, held by a descriptor (pidfd_open(2)): signals reach it and its group as long as somebody is in it, and never
 * who gets its pid later.
 */
export class ProcessHandle {
  readonly #native: Native
  readonly #fd: number

  private constructor(native: Native, fd: number) {
    this.#native = native
    this.#fd = fd
  }

  /** Undefined when it has ended, and where groups cannot be signalled like this: without the addon, before Linux 6.9. */
  static open(pid: number, startTicks: number): ProcessHandle | undefined {
    const native = loadNative()
    if (native === undefined || !signalsGroups(native)) return undefined
    const fd = native.openProcess(pid, startTicks)
    return fd < 0 ? undefined : new ProcessHandle(native, fd)
  }

  /** To all of its group; false when nobody is left. */
  signalGroup(signal: NodeJS.Signals): boolean {
    return this.#native.signalProcess(this.#fd, constants.signals[signal], 1) >= 0
  }

  /**
   * How it ended, whoever was its parent: its exit code, or the negative number of the signal. Undefined until it was reaped, and
   * before Linux 6.15.
   */
  exitCode(): number | undefined {
    const status = this.#native.exitStatus(this.#fd)
    if (status < 0) return undefined
    const signal = status & 0x7f
    return signal === 0 ? (status >> 8) & 0xff : -signal
  }

  close(): void {
    this.#native.close(this.#fd)
  }
}

let groups: boolean | undefined

/** Tried with signal 0, which nobody gets. */
function signalsGroups(native: Native): boolean {
  if (groups !== undefined) return groups
  const fd = native.openProcess(process.pid, readEntry(process.pid)?.startTicks ?? 0)
  groups = fd >= 0 && native.signalProcess(fd, 0, 1) !== -constants.errno.EINVAL
  if (fd >= 0) native.close(fd)
  return groups
}

/**
 * Sends a signal to the process that started at `startTicks`, or to its whole group; false when it has ended. On Linux from 5.3 on
 * (groups: 6.9) nobody else can get it; before, and without the addon, the start time is looked at right before.
 */
export function signalSame(pid: number, startTicks: number, signal: NodeJS.Signals, group = false): boolean {
  const native = loadNative()
  const fd = native?.openProcess(pid, startTicks) ?? -1
  if (native !== undefined && fd >= 0) {
    const status = native.signalProcess(fd, constants.signals[signal], group ? 1 : 0)
    native.close(fd)
    if (status !== -constants.errno.EINVAL) return status >= 0
  }
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
