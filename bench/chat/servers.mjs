// Starts one chat server on core 1, waits until it is ready, tells what memory and processor time its processes use, and stops it with
// all of them. A server that does not start is a reason in the table.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { processorSeconds, treeOf } from '../lanes/tree.mjs'
import { processorNsBetween, readProcessorTime } from '../lib/process.mjs'
import { root } from '../lib/paths.mjs'

const startMs = 20_000
const stopMs = 5_000
const serverCore = '1'

const running = new Set()
function killAll() {
  for (const { pid } of running) for (const each of treeOf(pid)) signal(each, 'SIGKILL')
}
process.on('exit', killAll)
for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(1))

function signal(pid, name) {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended already.
  }
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

async function isAccepting(port) {
  const socket = connect(port, '127.0.0.1')
  const isOpen = await new Promise((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.destroy()
  return isOpen
}

/** KiB that the processes have for themselves, and their share of what several have. */
function memoryKib(pid) {
  let kib = 0
  for (const each of treeOf(pid)) {
    try {
      kib += Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1])
    } catch {
      // It has ended meanwhile.
    }
  }
  return kib
}

/** By process, exactly; and of all of them with those that have ended, in steps of 10 ms. */
function processorTimes(pid) {
  const byProcess = new Map(treeOf(pid).map((each) => [each, readProcessorTime(each)]))
  return { byProcess, seconds: processorSeconds(pid) }
}

/** Seconds of all processes together between two readings of `processor`. */
export function processorBetween(before, after) {
  const [earlier, later] = [before.byProcess, after.byProcess]
  const isSame = earlier.size === later.size && [...later.keys()].every((pid) => earlier.has(pid))
  if (!isSame) return after.seconds - before.seconds
  let ns = 0
  for (const [pid, time] of later) ns += processorNsBetween(earlier.get(pid), time)
  return ns / 1e9
}

function tellingLine(text) {
  const lines = text.trim().split('\n')
  return (lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1)).replaceAll(root, '').slice(0, 160)
}

/** `peer.command(port, folder)` gives the words to start it with. Gives `{ failure }`, or the server. */
export async function startServer(peer) {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-bench-'))
  const port = await freePort()
  const child = spawn('taskset', ['-c', serverCore, ...peer.command(port, folder)], {
    cwd: root,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let said = ''
  let complained = ''
  let spawnFailure
  const exited = once(child, 'close').catch((error) => (spawnFailure = error.message))
  exited.then(() => running.delete(child))
  child.stdout.on('data', (chunk) => (said = (said + chunk).slice(0, 4_000)))
  child.stderr.on('data', (chunk) => (complained = (complained + chunk).slice(-4_000)))
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null

  async function stop() {
    if (isRunning()) {
      const tree = treeOf(child.pid)
      child.kill('SIGTERM')
      await Promise.race([exited, delay(stopMs)])
      for (const pid of tree) signal(pid, 'SIGKILL')
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  }

  const startedMs = performance.now()
  while (isRunning() && performance.now() - startedMs < startMs) {
    if (peer.isSilent ? await isAccepting(port) : said.includes('listening')) {
      const { pid } = child
      return {
        port,
        stop,
        isRunning,
        problem: () => `ended (${child.signalCode ?? child.exitCode}) ${tellingLine(complained)}`.trim(),
        memoryKib: () => memoryKib(pid),
        processor: () => processorTimes(pid),
      }
    }
    await delay(20)
  }
  const ending = spawnFailure ?? (isRunning() ? 'not ready in time' : `ended (${child.signalCode ?? child.exitCode})`)
  await stop()
  return { failure: `did not start: ${ending} ${tellingLine(complained)}`.trim() }
}
