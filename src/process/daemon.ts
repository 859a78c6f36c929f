/** Starts a process that outlives this one: in a session of its own, and known to be ready, or why not. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { errorFromWire, fail, type WireError } from '../core/index.ts'
import { daemonEntry } from './entries.ts'

/** What the function of a daemon gives once it is ready. */
export interface RunningDaemon {
  /** Resolves when its work is done; the process ends then. */
  readonly done: Promise<unknown>
  /** Called at SIGTERM, SIGINT and SIGHUP; `done` resolves in the end. */
  stop(): void
}

export interface DaemonOptions {
  /** The module that it imports. */
  readonly module: URL
  /** A function that the module exports: takes the settings, gives a `RunningDaemon`. */
  readonly name: string
  /** Plain data, as JSON. */
  readonly settings: unknown
  /** A file where it appends what it says and how it fails. @default nowhere */
  readonly log?: string | undefined
  /** @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Flags of its Node. @default none */
  readonly flags?: readonly string[] | undefined
}

/** What the process is told, as its only argument. */
export interface DaemonOrder {
  readonly module: string
  readonly name: string
  readonly settings: unknown
}

/** Where it says that it is ready, or why not. */
export const daemonReadiness = 3

/**
 * Starts a daemon and resolves with its pid when it is ready. Throws what its function threw (class, code and detail are kept), and
 * PROGRAM_NOT_STARTED when it ended before it said anything.
 */
export async function startDaemon(options: DaemonOptions): Promise<number> {
  const { module, name, settings, env = process.env, flags = [] } = options
  const order: DaemonOrder = { module: module.href, name, settings }
  const argv = [process.execPath, ...flags, fileURLToPath(daemonEntry), JSON.stringify(order)] as const
  const log = options.log === undefined ? 'ignore' : openSync(options.log, 'a', 0o600)
  try {
    const child = spawn(argv[0], argv.slice(1), { detached: true, stdio: ['ignore', log, log, 'pipe'], env, cwd: '/' })
    const notStarted = (errno: string, cause?: Error): Error =>
      fail('PROGRAM_NOT_STARTED', { program: name, argv: argv.slice(0, -1), cwd: '/', step: 'start', errno }, { cause })
    const failed = new Promise<never>((_, reject) => child.on('error', (cause) => reject(notStarted('spawn', cause))))
    const word = await Promise.race([wordOf(child.stdio[daemonReadiness] as Readable), failed])
    child.unref()
    if (word === '') throw notStarted(`it ended with ${child.exitCode ?? child.signalCode ?? 'nothing said'}`)
    const said = JSON.parse(word) as Partial<WireError>
    if (said.name !== undefined) throw errorFromWire(said as WireError)
    return child.pid!
  } finally {
    if (log !== 'ignore') closeSync(log)
  }
}

async function wordOf(stream: Readable): Promise<string> {
  let word = ''
  for await (const chunk of stream) word += String(chunk)
  return word
}
