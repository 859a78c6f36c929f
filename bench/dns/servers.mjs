// Starts one DNS server on core 1, waits until it answers for its zone, tells what memory and processor time its processes use,
// and stops it with all of them. A server that does not start is a reason in the table.

import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { processorSeconds, treeOf } from '../lanes/tree.mjs'
import { processorNsBetween, readProcessorTime } from '../lib/process.mjs'
import { root } from '../lib/paths.mjs'

const startMs = 60_000
const stopMs = 3_000
const defaultCore = '1'

const running = new Set()
function killAll() {
  for (const child of running) signalTree(child.pid, 'SIGKILL')
}
process.on('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

function signalTree(pid, signal) {
  for (const each of treeOf(pid)) {
    try {
      process.kill(each, signal)
    } catch {
      // It has ended already.
    }
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

/** True once the port answers a query without an error; the reflector sends it back, which is none either. */
async function isAnswering(port, query) {
  const answer = await askOnce(port, query)
  return answer !== undefined && (answer[3] & 15) === 0
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

/** Asks once over UDP; undefined where no answer comes in time. */
export async function askOnce(port, query) {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  const answer = new Promise((resolve) => socket.once('message', resolve))
  socket.send(query, port, '127.0.0.1')
  const message = await Promise.race([answer, delay(200, undefined)])
  socket.close()
  return message
}

/** Bytes that the processes have for themselves, and their share of what several have. */
function memoryOf(pid) {
  let kib = 0
  for (const each of treeOf(pid)) {
    try {
      kib += Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'))[1])
    } catch {
      // It has ended meanwhile.
    }
  }
  return kib * 1024
}

/** By process, exactly; and of all of them with those that have ended, in steps of 10 ms. */
function processorTimes(pid) {
  return {
    byProcess: new Map(treeOf(pid).map((each) => [each, readProcessorTime(each)])),
    seconds: processorSeconds(pid),
  }
}

/**
 * `peer.command(port)` gives the words to start it with. `query` is asked until it is answered. What it gives is `{ failure }`, or the
 * server.
 */
export async function startServer(peer, query) {
  const port = peer.port ?? (await freePort())
  const child = spawn('taskset', ['-c', peer.core ?? defaultCore, ...peer.command(port)], {
    cwd: root,
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, ...peer.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let complained = ''
  let spawnFailure
  const exited = once(child, 'close').catch((error) => (spawnFailure = error.message))
  exited.then(() => running.delete(child))
  child.stdout.resume()
  child.stderr.on('data', (chunk) => (complained = (complained + chunk).slice(-4_000)))
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null

  async function stop() {
    if (!isRunning()) return
    const tree = treeOf(child.pid)
    child.kill('SIGTERM')
    await Promise.race([exited, delay(stopMs)])
    for (const pid of tree) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    await exited
  }

  const startedMs = performance.now()
  while (isRunning() && performance.now() - startedMs < startMs) {
    if (await (peer.isStream ? isAccepting(port) : isAnswering(port, query))) {
      const { pid } = child
      for (const each of treeOf(pid)) pin(each, peer.core ?? defaultCore)
      return {
        port,
        pid,
        readyMs: performance.now() - startedMs,
        stop,
        isRunning,
        problem: () => `ended (${child.signalCode ?? child.exitCode}) ${tellingLine(complained)}`.trim(),
        signal: (name) => child.kill(name),
        memory: () => memoryOf(pid),
        processor: () => processorTimes(pid),
      }
    }
    await delay(20)
  }
  const ending = spawnFailure ?? (isRunning() ? 'no answer in time' : `ended (${child.signalCode ?? child.exitCode})`)
  await stop()
  return { failure: `did not start: ${ending} ${tellingLine(complained)}`.trim() }
}

/** Some servers choose a core for each of their threads, whatever they were started on: Knot takes the first for its first one. */
function pin(pid, core) {
  spawnSync('taskset', ['-a', '-c', '-p', core, String(pid)], { stdio: 'ignore' })
}

function tellingLine(text) {
  return text.trim().split('\n').at(-1).replaceAll(root, '').slice(0, 160)
}

/** Nanoseconds of all processes together between two readings of `processor`. */
export function processorNs(before, after) {
  const [earlier, later] = [before.byProcess, after.byProcess]
  const isSame = earlier.size === later.size && [...later.keys()].every((pid) => earlier.has(pid))
  if (!isSame) return (after.seconds - before.seconds) * 1e9
  let sum = 0
  for (const [pid, time] of later) sum += processorNsBetween(earlier.get(pid), time)
  return sum
}
