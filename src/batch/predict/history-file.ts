/**
 * The history of runs as a file: JSON, written beside itself and renamed, so that a crash leaves the old one or the new one.
 *
 *   { "version": 1, "keys": [["gzip", [[cpuMs, wallMs, rssBytes, waits], ...]], ...] }     oldest first, keys and runs
 */
import { readFileSync, statSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomUUID } from 'node:crypto'

import { FileLock } from '../../process/index.ts'

/** One run of a command. */
export interface PastRun {
  /** Time on a CPU. */
  readonly cpuMs: number
  /** From its start to its end, without the time that it stood ready or paused. */
  readonly wallMs: number
  /** Memory of all its processes together, at most. */
  readonly rssBytes: number
  /** How often it waited and went on computing; 0 with a longer wall time: it waited once, and ended. */
  readonly waits: number
}

export type Runs = Map<string, readonly PastRun[]>

/** What was in the file; `version` tells later whether another process wrote it since. */
export interface ReadHistory {
  readonly runs: Runs
  readonly version: string
  /** Why there is nothing in it, or not all. */
  readonly trouble: string | undefined
}

/** Larger than any that is written. */
const bytesLimit = 64 * 1024 * 1024

/** Reads what makes sense of it; a file that is not there is an empty one. Never throws. */
export function readHistory(path: string): ReadHistory {
  let version = ''
  const nothing = (trouble: string | undefined): ReadHistory => ({ runs: new Map(), version, trouble })
  try {
    version = versionOf(path)
    if (version === '') return nothing(undefined)
    if (statSync(path).size > bytesLimit) return nothing(`${path} has more than ${bytesLimit} bytes`)
    return { version, ...parse(readFileSync(path, 'utf8'), path) }
  } catch (error) {
    return nothing(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** Another value after each change; empty for no file. */
export function versionOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found === undefined ? '' : `${found.ino} ${found.mtimeNs} ${found.size}`
}

function parse(text: string, path: string): { runs: Runs; trouble: string | undefined } {
  const runs: Runs = new Map()
  const read = JSON.parse(text) as { version?: unknown; keys?: unknown } | null
  if (read?.version !== 1 || !Array.isArray(read.keys)) throw new Error('it is no history of version 1')
  let bad = 0
  for (const entry of read.keys as unknown[]) {
    const [key, list] = Array.isArray(entry) ? (entry as unknown[]) : []
    const good =
      typeof key === 'string' && Array.isArray(list) ? list.map(runOf).filter((one) => one !== undefined) : []
    if (typeof key === 'string' && good.length > 0) runs.set(key, good)
    else bad++
  }
  return { runs, trouble: bad === 0 ? undefined : `${bad} commands in ${path} make no sense and were left out` }
}

function runOf(value: unknown): PastRun | undefined {
  const [cpuMs, wallMs, rssBytes, waits = 0] = Array.isArray(value) ? (value as unknown[]) : []
  const isRun = isAmount(cpuMs) && isAmount(wallMs) && isAmount(rssBytes) && isAmount(waits)
  return isRun ? { cpuMs, wallMs, rssBytes, waits } : undefined
}

/** What a run can have taken: some hundred years at most, and less memory than there are addresses. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value < 1e15
}

/** Throws what the file system throws; the old file is there then. */
export async function writeHistory(path: string, runs: Runs): Promise<void> {
  const keys = Array.from(runs, ([key, list]) => [key, list.map(amountsOf)])
  const fresh = `${path}.${randomUUID()}`
  await mkdir(dirname(path), { recursive: true })
  try {
    const file = await open(fresh, 'wx', 0o600)
    try {
      await file.writeFile(`${JSON.stringify({ version: 1, keys })}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

/** One that writes holds the lock for some milliseconds, unless its disk is busy or it has been stopped. */
const lockPatienceMs = 10_000
const lockLookMs = 5

/**
 * Runs it while nobody else reads the file to write it: what another process writes between the two would be lost. Without the lock where
 * somebody holds it too long. Throws what the file system and `work` throw.
 */
export async function withHistoryLock(path: string, work: () => Promise<void>): Promise<void> {
  const lock = new FileLock(`${path}.lock`)
  const deadline = performance.now() + lockPatienceMs
  let isOurs = lock.take()
  while (!isOurs && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lockLookMs))
    isOurs = lock.take()
  }
  try {
    await work()
  } finally {
    if (isOurs) lock.release()
  }
}

function amountsOf({ cpuMs, wallMs, rssBytes, waits }: PastRun): number[] {
  return [tenths(cpuMs), tenths(wallMs), Math.round(rssBytes), Math.round(waits)]
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
