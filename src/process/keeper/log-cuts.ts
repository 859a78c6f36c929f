/**
 * What was cut off the front of an output file, beside it as `FILE.cut`: who follows the file knows by it where it goes on, and that
 * bytes are gone. One record of fixed length, so that it is written at once:
 *
 *         moved           dropped      state  who cuts: pid, start
 *   0000000020971520 0000000010485760    -    0000000 000000000000\n
 *
 * While the state is `+` a cut is under way, by the process that is named: what stands in the file may be of before or after it.
 * All that was ever written counts from 0: FILE begins at `moved`, FILE.1 ends there, and so on; what is before the oldest is gone.
 */
import { closeSync, constants, openSync, readFileSync, statSync, writeSync } from 'node:fs'

import { isSameProcess, readEntry } from '../process-table.ts'

export interface LogCuts {
  /** Bytes that were cut off the file: where its first byte stands in all that was written. */
  readonly movedBytes: number
  /** Of these, those that are in no older file any more. */
  readonly droppedBytes: number
  /** Somebody who lives is cutting it. */
  readonly isUnderWay: boolean
}

const record = /^(\d{16}) (\d{16}) ([+-]) (\d{7}) (\d{12})$/m

/** Where what was cut off a file is written down. */
export function cutsPath(path: string): string {
  return `${path}.cut`
}

/** Where nothing is written down, what older files hold was cut off, and nothing is gone. */
export function readCuts(path: string): LogCuts {
  const [, moved, dropped, state, pid, start] = record.exec(textOf(cutsPath(path))) ?? []
  if (moved === undefined) {
    const [, ...older] = sizesOf(path)
    return { movedBytes: older.reduce((sum, bytes) => sum + bytes, 0), droppedBytes: 0, isUnderWay: false }
  }
  const isUnderWay = state === '+' && isSameProcess(Number(pid), Number(start))
  return { movedBytes: Number(moved), droppedBytes: Number(dropped), isUnderWay }
}

/** Throws when the disk is full. */
export function writeCuts(path: string, { movedBytes, droppedBytes, isUnderWay }: LogCuts): void {
  const number = (value: number, digits = 16): string => String(value).padStart(digits, '0')
  const [pid, start] = isUnderWay ? [process.pid, readEntry(process.pid)?.startTicks ?? 0] : [0, 0]
  const words = [number(movedBytes), number(droppedBytes), isUnderWay ? '+' : '-', number(pid, 7), number(start, 12)]
  // Neither emptied first, nor appended to.
  const file = openSync(cutsPath(path), constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    writeSync(file, `${words.join(' ')}\n`, 0)
  } finally {
    closeSync(file)
  }
}

/** Bytes of a file and of its older ones, newest first, as far as they go on without a gap. */
export function sizesOf(path: string): number[] {
  const sizes: number[] = []
  for (let age = 0; ; age++) {
    const found = statSync(age === 0 ? path : `${path}.${age}`, { throwIfNoEntry: false })
    if (found === undefined) return sizes
    sizes.push(found.size)
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
