// Runs a load generator pinned to core 0 and returns the JSON line it prints.
// The generators end by themselves; the timeout here is for the case that one
// cannot, for example because the server stopped accepting connections.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bench } from './paths.mjs'

const graceMs = 8_000
const loadCore = '0'

export function spawnLoad([program, ...words], stdin) {
  const child = spawn('taskset', ['-c', loadCore, `build/${program}`, ...words], {
    cwd: bench,
    stdio: [stdin, 'pipe', 'pipe'],
  })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  return child
}

export async function runLoad(load, port, seconds) {
  const child = spawnLoad([...load, '--port', `${port}`, '--seconds', `${seconds}`], 'ignore')
  let printed = ''
  let complained = ''
  let timedOut = false
  child.stdout.on('data', (text) => (printed += text))
  child.stderr.on('data', (text) => (complained += text))
  const timer = setTimeout(
    () => {
      timedOut = true
      child.kill('SIGKILL')
    },
    seconds * 1_000 + graceMs,
  )
  await once(child, 'close')
  clearTimeout(timer)
  if (timedOut) return { failure: 'load did not end in time' }
  if (child.exitCode !== 0) return { failure: `load failed: ${complained.trim()}` }
  return JSON.parse(printed)
}
