// Starts one server pinned to core 1 and stops it again. taskset replaces
// itself by the server, so the process id is the server's own.
// A server that does not start, or dies, is a reason in the table, not a crash.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { root } from './paths.mjs'

const startTimeoutMs = 10_000
const stopTimeoutMs = 3_000
const serverCore = '1'

// A run that is interrupted must not leave servers behind.
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

function tellingLine(text) {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  // Node ends a crash report with its version; the line that names the error says more.
  const named = lines.find((line) => /^\w*(Error|error)\b.*:/.test(line))
  // The report is read on other machines, where this checkout's place means nothing.
  return (named ?? lines.at(-1) ?? '').replaceAll(root, '').slice(0, 160)
}

export async function startServer(peer) {
  const child = spawn('taskset', ['-c', serverCore, ...peer.command], {
    cwd: root,
    env: { ...process.env, ...peer.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  child.once('close', () => running.delete(child))
  let said = ''
  let complained = ''
  let spawnFailure
  const exited = once(child, 'close').catch((error) => (spawnFailure = error.message))
  child.stderr.on('data', (chunk) => (complained = (complained + chunk).slice(-8_000)))
  const port = await new Promise((resolve) => {
    // Output after the port line is read and dropped, so the server never blocks on it.
    child.stdout.on('data', (chunk) => {
      if (said.length < 8_000) said += chunk
      const found = /^listening\s.*?(\d+)\s*\n/m.exec(said)
      if (found) resolve(Number(found[1]))
    })
    exited.then(() => resolve(undefined))
    delay(startTimeoutMs, undefined, { ref: false }).then(() => resolve(undefined))
  })

  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null

  async function stop() {
    if (!isRunning()) return
    child.kill('SIGTERM')
    await Promise.race([exited, delay(stopTimeoutMs, undefined, { ref: false })])
    if (!isRunning()) return
    child.kill('SIGKILL')
    await exited
  }

  const problem = () => {
    const ending = child.signalCode ?? `exit code ${child.exitCode}`
    return [spawnFailure ?? ending, tellingLine(complained)].filter(Boolean).join(': ')
  }

  if (port === undefined) {
    const reason = isRunning() ? 'printed no port in time' : problem()
    await stop()
    return { failure: `did not start: ${reason}` }
  }
  return { pid: child.pid, port, stop, isRunning, problem }
}
