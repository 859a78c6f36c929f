/** The process of a daemon: imports a module, calls one function of it, and says whether that went well. See `startDaemon`. */
import { closeSync, writeSync } from 'node:fs'

import { errorToWire } from '../../core/index.ts'
import { daemonReadiness, type DaemonOrder, type RunningDaemon } from '../daemon.ts'

type Start = (settings: unknown) => Promise<RunningDaemon>

const { module, name, settings } = JSON.parse(process.argv[2] ?? '{}') as DaemonOrder

function say(word: object): void {
  writeSync(daemonReadiness, `${JSON.stringify(word)}\n`)
  closeSync(daemonReadiness)
}

try {
  const start = ((await import(module)) as Readonly<Record<string, Start>>)[name]!
  const running = await start(settings)
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => running.stop())
  say({})
  await running.done
  process.exit(0)
} catch (error) {
  console.error(error)
  try {
    say(errorToWire(error))
  } catch {
    // It has said that it is ready, or nobody listens.
  }
  process.exit(1)
}
