// Memory of a server per idle TCP connection. A few connections are opened and
// closed first, so that one-time costs are in the baseline; then the resident
// size before and after the real ones is compared. The kernel's own memory per
// connection is the same for every server and not counted.

import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { spawnLoad } from './load.mjs'
import { openFileCount, residentKib } from './process.mjs'
import { startServer } from './server.mjs'

const warmUpConnections = 200
const openTimeoutMs = 30_000
const acceptTimeoutMs = 10_000
const settleMs = 1_000

async function openConnections(port, count) {
  const child = spawnLoad(['idle-connections', '--idle', `${count}`, '--port', `${port}`], 'pipe')
  let printed = ''
  let complained = ''
  child.stdout.on('data', (text) => (printed += text))
  child.stderr.on('data', (text) => (complained += text))
  child.stdin.on('error', () => {})
  const closed = once(child, 'close')
  const timer = setTimeout(() => child.kill('SIGKILL'), openTimeoutMs)
  while (!printed.includes('ready') && child.exitCode === null && child.signalCode === null) await delay(20)
  clearTimeout(timer)
  if (!printed.includes('ready')) return { failure: `connections not opened: ${complained.trim() || 'timeout'}` }
  async function close() {
    child.stdin.end()
    await closed
    return JSON.parse(printed.trim().split('\n').at(-1))
  }
  return { close }
}

async function waitForFiles(pid, wanted) {
  const deadlineMs = performance.now() + acceptTimeoutMs
  while (openFileCount(pid) < wanted && performance.now() < deadlineMs) await delay(50)
}

async function measureRunning(server, options) {
  const warmUp = await openConnections(server.port, warmUpConnections)
  if (warmUp.failure) return warmUp
  await delay(settleMs / 2)
  await warmUp.close()
  await delay(settleMs)
  const filesBefore = openFileCount(server.pid)
  const beforeKib = residentKib(server.pid)
  const opened = await openConnections(server.port, options.idleConnections)
  if (opened.failure) return opened
  // A completed connect only means the kernel took it; the server's files show that it did too.
  await waitForFiles(server.pid, filesBefore + options.idleConnections)
  await delay(settleMs)
  const accepted = openFileCount(server.pid) - filesBefore
  const afterKib = residentKib(server.pid)
  const { stillOpen } = await opened.close()
  if (accepted < options.idleConnections || stillOpen < options.idleConnections) {
    return {
      failure: `holds only ${Math.min(accepted, stillOpen)} of ${options.idleConnections} connections`,
    }
  }
  return { kibPerConnection: (afterKib - beforeKib) / accepted, beforeKib, afterKib }
}

export async function measureIdle(peer, scenario, options) {
  const server = await startServer(peer)
  if (server.failure) return { failure: server.failure, skipRest: true }
  try {
    return await measureRunning(server, options)
  } catch (error) {
    return { failure: server.isRunning() ? error.message : `died: ${server.problem()}` }
  } finally {
    await server.stop()
  }
}
