// Runs one load and gives what it prints. The loads end by themselves; the timer is for one that cannot. They are not
// pinned: on two cores a load and two lanes share them, as they would in life.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { bench } from '../lib/paths.mjs'

const graceMs = 15_000
const running = new Set()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

function spawnLoad(name, port, settings, stdin) {
  const words = Object.entries({ port, ...settings }).flatMap(([option, value]) => [`--${option}`, `${value}`])
  const child = spawn(`build/lanes-${name}`, words, { cwd: bench, stdio: [stdin, 'pipe', 'pipe'] })
  child.stdout.setEncoding('utf8')
  child.stderr.setEncoding('utf8')
  child.printed = ''
  child.complained = ''
  child.stdout.on('data', (text) => (child.printed += text))
  child.stderr.on('data', (text) => (child.complained += text))
  running.add(child)
  child.once('close', () => running.delete(child))
  return child
}

/** `name` is udp or tcp; settings are the options of the load, `seconds` among them. */
export async function runLoad(name, port, settings) {
  const child = spawnLoad(name, port, settings, 'ignore')
  const timer = setTimeout(() => child.kill('SIGKILL'), settings.seconds * 1_000 + graceMs)
  await once(child, 'close')
  clearTimeout(timer)
  if (child.exitCode !== 0) throw new Error(`the load failed: ${child.complained.trim() || child.signalCode}`)
  return JSON.parse(child.printed)
}

/** Slow clients, all connected when this resolves; `leave` lets them go and gives their counts. */
export async function startSlowClients(port, settings) {
  const child = spawnLoad('slow', port, settings, 'pipe')
  child.stdin.on('error', () => {})
  const timer = setTimeout(() => child.kill('SIGKILL'), 120_000)
  while (!child.printed.includes('ready')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`slow clients: ${child.complained}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  clearTimeout(timer)
  return {
    async leave() {
      const closed = once(child, 'close')
      child.stdin.end()
      await closed
      return JSON.parse(child.printed.trim().split('\n').at(-1))
    },
  }
}
