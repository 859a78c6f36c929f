// Starts one server program, gives it orders and stops it, with everything that belongs to it. A server that does not
// start is a reason in the table.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bench, root } from '../lib/paths.mjs'
import { isAlive, treeOf } from './tree.mjs'

const startMs = 20_000
const orderMs = 60_000
const stopMs = 8_000
const running = new Set()
process.on('exit', () => running.forEach((child) => killTree(child.pid)))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

/** The tree is listed before the first of it dies, as orphans cannot be found any more. */
function killTree(pid) {
  for (const each of treeOf(pid)) {
    try {
      process.kill(each, 'SIGKILL')
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

const timeout = (ms, what) =>
  new Promise((_, reject) => setTimeout(() => reject(new Error(`${what}: nothing after ${ms / 1_000} s`)), ms).unref())

const tellingLine = (text) => {
  const lines = text.split('\n').map((line) => line.trim())
  return (lines.find((line) => /^\w*(Error|error)\b.*:/.test(line)) ?? lines.findLast(Boolean) ?? '')
    .replaceAll(root, '')
    .slice(0, 200)
}

/** `peer` is a row of peers.mjs; `settings` are transport, lanes and what else the scenario asks for. */
export async function startServer(peer, settings) {
  const port = await freePort()
  const { handler = 'upper', ...given } = { ...peer.settings, ...settings, port }
  const program = join(bench, 'lanes', 'programs', `${peer.program}.mjs`)
  const child = spawn(process.execPath, [program, JSON.stringify(given)], {
    cwd: root,
    env: { ...process.env, ...peer.environment, BENCH_HANDLER: handler },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  running.add(child)
  const waiting = new Map()
  let complained = ''
  let nextOrder = 0
  child.stdin.on('error', () => {})
  child.stderr.on('data', (text) => (complained = (complained + text).slice(-8_000)))
  const ended = once(child, 'close').then(() => {
    running.delete(child)
    const error = new Error(`ended (${child.signalCode ?? child.exitCode}): ${tellingLine(complained)}`)
    for (const { reject } of waiting.values()) reject(error)
    throw error
  })
  ended.catch(() => {})
  const events = []
  const listening = new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line)
      if (said.listening) resolve()
      if (said.event) events.push(said)
      const order = waiting.get(said.id)
      if (order === undefined) return
      waiting.delete(said.id)
      if (said.error === undefined) order.resolve(said.value)
      else order.reject(new Error(said.error))
    })
  })

  function order(name) {
    const id = String((nextOrder += 1))
    const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }))
    answer.catch(() => {})
    child.stdin.write(`${id} ${name}\n`)
    return Promise.race([answer, ended, timeout(orderMs, name)])
  }

  /** Ends the server; gives the processes of its tree that are still there a second later. */
  async function stop() {
    const tree = treeOf(child.pid)
    child.stdin.end()
    await Promise.race([ended.catch(() => {}), timeout(stopMs, 'stop').catch(() => killTree(child.pid))])
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const left = tree.filter(isAlive)
    for (const pid of left) process.kill(pid, 'SIGKILL')
    return left
  }

  try {
    await Promise.race([listening, ended, timeout(startMs, 'start')])
  } catch (error) {
    killTree(child.pid)
    throw error
  }
  return { pid: child.pid, port, order, stop, events, complaints: () => complained }
}
