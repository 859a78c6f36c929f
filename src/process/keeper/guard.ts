/**
 * The keeper's guard: a small child that lets stopped programs go on when keeper and owner are killed at the same time, by whatever.
 * It is told of them through a pipe, and sleeps until the pipe ends:
 *
 *    the keeper is dead ──▶ an owner lives: it is waited for, as it knows best what has to be stopped, and ends the guard
 *                      └──▶ none does (any more): SIGCONT to all that are still the same processes, and the end
 *
 * It is a session of its own with nothing open but the pipe. When it is killed alone, the keeper starts another one.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'

import { loadNative } from '../../native/index.ts'
import { isSameProcess, readEntry } from '../process-table.ts'
import { guardScript } from './guard-script.ts'
import { openPipe, PipeWriter } from './pipes.ts'
import type { Spawner } from './spawner.ts'
import type { ProcessIdentity, ProgramPlan } from './types.ts'

/** `group`: a program with its group. `process`: one outside. `owner`: as long as it lives nothing is done. */
export type GuardedKind = 'group' | 'process' | 'owner'

/** After one that ended so soon, or could not be started, the next one is not tried at once. */
const pauseMs = 1_000

const plan: ProgramPlan = {
  argv: ['/bin/sh', '-c', guardScript, 'lanework-guard'],
  cwd: '/',
  env: { PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin' },
  streams: [{ kind: 'pipe' }, { kind: 'ignore' }, { kind: 'ignore' }],
  parcel: 0,
  name: 'guard',
  group: true,
  survives: true,
  graceMs: 0,
  session: true,
  watched: true,
}

export class Guard {
  readonly #spawner: Spawner
  readonly #folder: string | undefined
  readonly #onTrouble: (text: string) => void
  /** `group 4711` with its start. */
  readonly #kept = new Map<string, number>()
  #pid: number | undefined
  #input: Writable | undefined
  #starting: Promise<void> | undefined
  #triedAt = -Infinity

  /** In `folder` it is written down who the guard is, for those who come when the keeper is gone. */
  constructor(spawner: Spawner, folder: string | undefined, onTrouble: (text: string) => void) {
    this.#spawner = spawner
    this.#folder = folder
    this.#onTrouble = onTrouble
  }

  /** Resolves when there is one. Never rejects: without a guard all else goes on. */
  async start(): Promise<void> {
    if (this.#pid !== undefined || performance.now() - this.#triedAt < pauseMs) return this.#starting
    this.#triedAt = performance.now()
    this.#starting = this.#start().catch((error: Error) => {
      this.#onTrouble(`Nobody guards programs against the death of keeper and owner: ${error.message}`)
      this.#later()
    })
    await this.#starting
  }

  /** From now on it is not left stopped. One whose start is not known cannot be told from others, and is left out. */
  keep(kind: GuardedKind, { pid, startTicks }: ProcessIdentity): void {
    if (startTicks === 0) return
    const name = `${kind} ${pid}`
    if (this.#kept.get(name) === startTicks) return
    this.#kept.set(name, startTicks)
    this.#write(`+ ${name} ${startTicks}\n`)
  }

  /** Not who got its pid meanwhile. */
  drop(kind: GuardedKind, { pid, startTicks }: ProcessIdentity): void {
    const name = `${kind} ${pid}`
    if (this.#kept.get(name) !== startTicks) return
    this.#kept.delete(name)
    this.#write(`- ${name}\n`)
  }

  /** Keeps `now`, and drops those of `before` that are not among them. */
  replace(kind: GuardedKind, before: readonly ProcessIdentity[], now: readonly ProcessIdentity[]): void {
    for (const each of now) this.keep(kind, each)
    const wanted = new Map(now.map(({ pid, startTicks }) => [pid, startTicks]))
    for (const each of before) if (wanted.get(each.pid) !== each.startTicks) this.drop(kind, each)
  }

  /** True when it was the guard that ended. */
  hasEnded(pid: number): boolean {
    if (pid !== this.#pid) return false
    this.#pid = undefined
    this.#input?.destroy()
    this.#input = undefined
    this.#later()
    return true
  }

  #later(): void {
    const sinceMs = performance.now() - this.#triedAt
    setTimeout(() => void this.start(), Math.max(0, pauseMs - sinceMs) + 1).unref()
  }

  async #start(): Promise<void> {
    const native = loadNative()
    const pipe = native === undefined ? undefined : openPipe(native, false)
    try {
      const { pid, streams } = await this.#spawner.start(plan, pipe === undefined ? [] : [pipe[1]])
      this.#pid = pid
      this.#input =
        native === undefined || pipe === undefined ? (streams?.stdin ?? undefined) : new PipeWriter(native, pipe[0])
      this.#input?.on('error', () => {}) // It is dead, which its end says.
    } catch (error) {
      if (pipe !== undefined) native?.close(pipe[0])
      throw error
    } finally {
      if (pipe !== undefined) native?.close(pipe[1])
    }
    this.#write([...this.#kept].map(([name, startTicks]) => `+ ${name} ${startTicks}\n`).join(''))
    this.#writeDown(this.#pid)
  }

  #write(lines: string): void {
    if (lines !== '') this.#input?.write(lines)
  }

  /** Beside those of keepers that died before, as long as they live. */
  #writeDown(pid: number): void {
    if (this.#folder === undefined) return
    const own = { pid, startTicks: readEntry(pid)?.startTicks ?? 0 }
    const lines = [...guardsOf(this.#folder), own].map((guard) => `${guard.pid} ${guard.startTicks}\n`)
    try {
      writeFileSync(guardsPath(this.#folder), lines.join(''), { mode: 0o600 })
    } catch {
      // The disk is full: then nobody waits for it.
    }
  }
}

/** The guards of a folder that live: of its keeper, and of those that were killed. */
export function guardsOf(folder: string): ProcessIdentity[] {
  return linesOf(guardsPath(folder))
    .map((line) => line.split(' ').map(Number))
    .map(([pid = 0, startTicks = 0]) => ({ pid, startTicks }))
    .filter(({ pid, startTicks }) => startTicks > 0 && isSameProcess(pid, startTicks))
}

function guardsPath(folder: string): string {
  return join(folder, 'guards')
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n')
  } catch {
    return []
  }
}
