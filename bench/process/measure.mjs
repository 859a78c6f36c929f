// Runs one program of the benchmark in its own process group, pinned, and
// returns the JSON line it prints last. Whatever it leaves behind is killed
// with its group, so that nothing outlives the benchmark.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../lib/paths.mjs'

const running = new Set()
const killGroup = (pid) => {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // The whole group has ended already.
  }
}
process.on('exit', () => running.forEach(killGroup))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

function lastResult(printed) {
  for (const line of printed.trim().split('\n').toReversed()) {
    if (line.startsWith('{')) return JSON.parse(line)
  }
  return undefined
}

function tellingLine(text) {
  const lines = text.split('\n').map((line) => line.trim())
  const named = lines.find((line) => /^\w*(Error|error)\b.*:/.test(line)) ?? lines.findLast(Boolean)
  return (named ?? '').replaceAll(root, '').slice(0, 200)
}

/** `{ missing }` and `{ failure }` are reasons for an empty row; everything else is measured. */
export async function runProgram(command, { cores = '0,1', timeoutMs, environment, echo = false }) {
  const child = spawn('taskset', ['-c', cores, ...command], {
    cwd: root,
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child.pid)
  let printed = ''
  let complained = ''
  let timedOut = false
  child.stdout.on('data', (text) => (printed = (printed + text).slice(-100_000)))
  child.stderr.on('data', (text) => {
    complained = (complained + text).slice(-8_000)
    if (echo) process.stderr.write(text)
  })
  const timer = setTimeout(() => {
    timedOut = true
    killGroup(child.pid)
  }, timeoutMs)
  await once(child, 'exit')
  clearTimeout(timer)
  killGroup(child.pid)
  running.delete(child.pid)
  if (timedOut) return { failure: `not done after ${timeoutMs / 1_000} s` }
  const result = lastResult(printed)
  if (result) return result
  return { failure: `${child.signalCode ?? `exit code ${child.exitCode}`}: ${tellingLine(complained)}` }
}
