// node:cluster with a primary that replaces dead workers at once, and reloads by starting a new worker before it asks an
// old one to go.

import cluster from 'node:cluster'
import { once } from 'node:events'
import { given, obey, say } from './orders.mjs'
import { serveLines } from './plain-worker.mjs'

const { transport, port, lanes, schedule } = given

async function work() {
  const end = await serveLines(transport, port)
  process.on('message', async (message) => {
    if (message !== 'go') return
    await end()
    process.disconnect()
  })
  process.send('up')
}

/** Workers that are wanted: by number, so that a successor takes the place of a dead one. */
const workers = []

function start(id) {
  const worker = cluster.fork()
  const up = new Promise((resolve) => {
    worker.on('message', (message) => {
      if (message !== 'up') return
      worker.isUp = true
      resolve()
    })
  })
  worker.once('exit', () => {
    worker.isUp = false
    if (workers[id] === worker) workers[id] = start(id)
  })
  worker.up = up
  return worker
}

async function reload() {
  for (let id = 0; id < lanes; id++) {
    const old = workers[id]
    const next = start(id)
    workers[id] = next
    await Promise.race([next.up, once(next, 'exit')])
    if (old.isConnected()) old.send('go', () => {})
  }
}

async function lead() {
  cluster.schedulingPolicy = schedule === 'none' ? cluster.SCHED_NONE : cluster.SCHED_RR
  cluster.setupPrimary({ args: [process.argv[2]] })
  for (let id = 0; id < lanes; id++) workers.push(start(id))
  await Promise.all(workers.map(({ up }) => up))
  obey({
    lanes: () => workers.map((worker, id) => ({ id, pid: worker.process.pid, isReady: worker.isUp === true })),
    reload,
    stop() {
      workers.length = 0
      for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL')
    },
  })
  say({ listening: `${transport}://127.0.0.1:${port}` })
}

await (cluster.isPrimary ? lead() : work())
