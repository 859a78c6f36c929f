/** The keeper's process: the parent of an owner's programs. Its settings are its only argument, as JSON. */
import { closeSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

import { errorToWire } from '../../core/index.ts'
import { KeeperServer, type KeeperSettings } from '../keeper/server.ts'

/** The owner waits here for a word. */
const readinessDescriptor = 7

const settings = JSON.parse(process.argv[2] ?? '{}') as KeeperSettings

// It must outlive whatever happens to a terminal, and an error of one request must not cost all programs their parent.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {})
process.on('uncaughtException', (error) => void writeSync(2, `${error.stack ?? error.message}\n`))

function leave(): void {
  // Made for this keeper alone, when nobody gave it a folder.
  if (settings.folder === undefined) rmSync(dirname(settings.path), { recursive: true, force: true })
  process.exit(0)
}

try {
  const server = new KeeperServer(settings, leave)
  // What it keeps goes on as after kill -9, but nothing of it is left stopped.
  process.once('SIGTERM', () => {
    server.leave()
    process.kill(process.pid, 'SIGTERM')
  })
  await server.listen()
  writeSync(readinessDescriptor, '{}\n')
} catch (error) {
  writeSync(readinessDescriptor, `${JSON.stringify(errorToWire(error))}\n`)
  process.exit(1)
}
closeSync(readinessDescriptor)
