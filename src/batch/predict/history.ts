/** How long runs of each command took, over all batches of a folder: what SJF and forecasts go by. */
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { checkInteger } from '../../core/index.ts'
import { Expectation, percentile } from '../../schedule/index.ts'
import type { JobStatus } from '../types.ts'
import {
  isAmount,
  readHistory,
  versionOf,
  withHistoryLock,
  writeHistory,
  type PastRun,
  type Runs,
} from './history-file.ts'
import { waitsOf } from './waits.ts'

export interface HistoryOptions {
  /** Keys that are remembered; beyond it the one that has not run for longest is forgotten. @default 2_000 */
  readonly keys?: number | undefined
  /** Runs of each key: the newest. @default 32 */
  readonly runs?: number | undefined
}

/** What is known of a key. */
export interface PastRuns {
  readonly runs: readonly PastRun[]
  /** CPU time of the next run: the exponential average. */
  readonly expectedMs: number
  /** CPU time that one of twenty runs was below, half of them, and all but one of twenty. */
  readonly lowMs: number
  readonly medianMs: number
  readonly highMs: number
  readonly wallMs: number
  readonly rssBytes: number
}

/** Longer keys are cut. */
const keyLimit = 1_000

/**
 * Learns what runs took, by key, and keeps it in `history.json` of a folder. Several batches may use one folder, also at the same
 * time: `save` adds to what others have written. Nothing here throws for what is wrong with the file: see `trouble`.
 *
 * @example
 * const history = History.open('/var/lib/batch')
 * history.learn('gzip', 1_200, 1_300, 8e6)
 * history.expected('gzip') // 1200
 * await history.save()
 */
export class History {
  readonly #path: string
  readonly #keys: number
  readonly #runsLimit: number
  #known: Runs = new Map()
  /** Learned since the last save. */
  #fresh: (readonly [key: string, run: PastRun])[] = []
  #version = ''
  #saving: Promise<void> = Promise.resolve()
  #isDamaged = false
  /** What is wrong with the file, for people; undefined if nothing is. */
  trouble: string | undefined

  /** Reads the folder's history; begins anew where there is none. Throws OPTION_INVALID for a limit below 1. */
  static open(folder: string, options: HistoryOptions = {}): History {
    return new History(folder, options)
  }

  private constructor(folder: string, { keys = 2_000, runs = 32 }: HistoryOptions) {
    this.#keys = checkInteger('keys', keys, 1, 1_000_000)
    this.#runsLimit = checkInteger('runs', runs, 1, 10_000)
    this.#path = join(folder, 'history.json')
    this.#read()
  }

  /** CPU time of the next run in ms, for SJF and SRTF; undefined for a key that never ran. */
  expected(key: string): number | undefined {
    const runs = this.#known.get(cut(key))
    return runs === undefined ? undefined : expectedOf(runs)
  }

  /** The newest runs of a key, the oldest of them first. */
  runsOf(key: string): readonly PastRun[] {
    return this.#known.get(cut(key)) ?? []
  }

  /** What is known of a key; undefined for one that never ran. */
  of(key: string): PastRuns | undefined {
    const runs = this.#known.get(cut(key))
    if (runs === undefined) return undefined
    const cpu = runs.map(({ cpuMs }) => cpuMs)
    return {
      runs,
      expectedMs: expectedOf(runs),
      lowMs: percentile(cpu, 0.05),
      medianMs: percentile(cpu, 0.5),
      highMs: percentile(cpu, 0.95),
      wallMs: average(runs.map(({ wallMs }) => wallMs)),
      rssBytes: Math.max(...runs.map(({ rssBytes }) => rssBytes)),
    }
  }

  /** Keys that are known, the one that ran last at the end. */
  keys(): readonly string[] {
    return [...this.#known.keys()]
  }

  /**
   * A run took so long on CPUs, and so long in all without standing ready or paused; it waited and went on so often. Amounts that are none (NaN, negative) are not
   * learned: a clock or a table was wrong.
   */
  learn(key: string, cpuMs: number, wallMs: number, rssBytes: number, waits = 0): void {
    if (![cpuMs, wallMs, rssBytes, waits].every(isAmount)) return
    const run = { cpuMs, wallMs: Math.max(wallMs, cpuMs), rssBytes, waits }
    this.#fresh.push([cut(key), run])
    if (this.#fresh.length > this.#keys * this.#runsLimit) this.#fresh.shift()
    this.#add(this.#known, cut(key), run)
  }

  /**
   * Learns from a job that has ended well at its first attempt; false for others, whose times tell nothing of the next run. CPU
   * time is the time on its CPUs, which is what others had to wait for.
   */
  learnFrom(status: JobStatus): boolean {
    const { outcome, attempt, request, times, use } = status
    if (outcome !== 'ok' || attempt !== 1) return false
    const wallMs = times.running + times.blocked
    this.learn(request.key, times.running, wallMs, use?.peakRssBytes ?? 0, waitsOf(status))
    return true
  }

  /**
   * Writes what was learned, added to what others have written meanwhile. Resolves also if it cannot be written: `trouble` says so,
   * and the next save tries again.
   */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#save())
    return this.#saving
  }

  async #save(): Promise<void> {
    if (this.#fresh.length === 0) return
    try {
      await withHistoryLock(this.#path, () => this.#write())
    } catch (error) {
      this.trouble = `${this.#path} cannot be written: ${(error as Error).message}`
    }
  }

  async #write(): Promise<void> {
    const fresh = this.#fresh
    if (versionOf(this.#path) !== this.#version) this.#read()
    this.#fresh = []
    try {
      if (this.#isDamaged) await rename(this.#path, `${this.#path}.damaged`)
      this.#isDamaged = false
      await writeHistory(this.#path, this.#known)
      this.#version = versionOf(this.#path)
      this.trouble = undefined
    } catch (error) {
      this.#fresh = [...fresh, ...this.#fresh]
      throw error
    }
  }

  /** What is in the file, and on top of it what was learned since. */
  #read(): void {
    const { runs, version, trouble } = readHistory(this.#path)
    this.#version = version
    this.trouble = trouble
    this.#isDamaged = trouble !== undefined && version !== ''
    this.#known = new Map()
    for (const [key, list] of runs) for (const run of list) this.#add(this.#known, cut(key), run)
    for (const [key, run] of this.#fresh) this.#add(this.#known, key, run)
  }

  #add(known: Runs, key: string, run: PastRun): void {
    const runs = [...(known.get(key) ?? []), run].slice(-this.#runsLimit)
    known.delete(key)
    known.set(key, runs)
    if (known.size <= this.#keys) return
    for (const oldest of known.keys()) {
      known.delete(oldest)
      return
    }
  }
}

/** The older a run is, the less it weighs; one that is not among those kept would weigh less than a billionth. */
function expectedOf(runs: readonly PastRun[]): number {
  const expectation = new Expectation()
  for (const { cpuMs } of runs) expectation.learn('', cpuMs)
  return expectation.of('') ?? 0
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function cut(key: string): string {
  return key.length <= keyLimit ? key : key.slice(0, keyLimit)
}
