// What a bus costs: messages of 100 bytes from one process to four others, and requests to one of them and back; beside JSON
// lines over node:net, and ports of worker threads. Every way in turn, medians of the rounds.
//
//   node bench/bus/run.mjs [--rounds 5] [--messages 100000] [--requests 3000]
/* oxlint-disable unicorn/require-post-message-target-origin -- ports of threads, not windows */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { fork } from 'node:child_process'
import { createServer } from 'node:net'
import { startHub } from '../../dist/bus/index.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    messages: { type: 'string', default: '100000' },
    requests: { type: 'string', default: '3000' },
  },
})
const rounds = Number(values.rounds)
const messages = Number(values.messages)
const requests = Number(values.requests)
const ends = 4
const payload = Buffer.alloc(100, 'x')
const end = join(import.meta.dirname, 'end.mjs')
const folder = mkdtempSync(join(tmpdir(), 'lanework-bench-'))

const ready = (child) => new Promise((resolve) => child.once('message', resolve))
/** So many at a time, then the others get the processor. */
const publishAll = async (publish) => {
  for (let index = 0; index < messages; index++) {
    publish()
    if (index % 500 === 499) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Each way: `publish` to all ends, `ask` one of them, `heard` once every end has told that it heard all. */
const ways = {
  async bus() {
    const hub = await startHub({ path: join(folder, 'bus.sock'), queueBytes: 268_435_456 })
    const children = Array.from({ length: ends }, (_, index) => fork(end, ['bus', hub.path, messages, `echo.${index}`]))
    await Promise.all(children.map(ready))
    return {
      publish: () => hub.bus.publish('chat.room.lobby', payload),
      ask: () => hub.bus.request('echo.0', payload),
      heard: () => Promise.all(children.map(ready)),
      async close() {
        for (const child of children) child.kill()
        await hub.close()
      },
    }
  },

  async 'node:net, JSON lines'() {
    const path = join(folder, 'lines.sock')
    const sockets = []
    const waiting = []
    const server = createServer((socket) => {
      sockets.push(socket)
      let rest = ''
      socket.setEncoding('utf8').on('error', () => {})
      socket.on('data', (chunk) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop()
        for (const line of lines) waiting.shift()(JSON.parse(line).payload)
      })
    })
    await new Promise((resolve) => server.listen(path, resolve))
    const children = Array.from({ length: ends }, () => fork(end, ['lines', path, messages]))
    await Promise.all(children.map(ready))
    const text = String(payload)
    const line = (kind) => `${JSON.stringify({ kind, subject: 'chat.room.lobby', payload: text })}\n`
    return {
      publish() {
        const bytes = line('message')
        for (const socket of sockets) socket.write(bytes)
      },
      ask: () =>
        new Promise((resolve) => {
          waiting.push(resolve)
          sockets[0].write(line('request'))
        }),
      heard: () => Promise.all(children.map(ready)),
      async close() {
        for (const child of children) child.kill()
        server.close()
      },
    }
  },

  async 'ports of threads'() {
    const workers = Array.from({ length: ends }, () => new Worker(end, { argv: ['port', '', messages] }))
    await Promise.all(workers.map(ready))
    return {
      publish() {
        for (const worker of workers) worker.postMessage({ kind: 'message', subject: 'chat.room.lobby', payload })
      },
      ask() {
        const answer = ready(workers[0])
        workers[0].postMessage({ kind: 'request', payload })
        return answer
      },
      heard: () => Promise.all(workers.map(ready)),
      async close() {
        await Promise.all(workers.map((worker) => worker.terminate()))
      },
    }
  },
}

async function measure(make) {
  const way = await make()
  const heard = way.heard()
  let start = performance.now()
  await publishAll(way.publish)
  await heard
  const perSecond = (messages * ends * 1_000) / (performance.now() - start)
  for (let index = 0; index < requests / 10; index++) await way.ask()
  start = performance.now()
  for (let index = 0; index < requests; index++) await way.ask()
  const roundTripUs = ((performance.now() - start) * 1_000) / requests
  await way.close()
  return { perSecond, roundTripUs }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]
const results = Object.fromEntries(Object.keys(ways).map((name) => [name, []]))
for (let round = 0; round < rounds; round++)
  for (const [name, make] of Object.entries(ways)) results[name].push(await measure(make))
rmSync(folder, { recursive: true, force: true })

console.log(`| ${ends} ends, 100 bytes | deliveries a second | request and answer |`)
console.log('|---|---:|---:|')
for (const [name, all] of Object.entries(results)) {
  const perSecond = Math.round(median(all.map((each) => each.perSecond)) / 1_000)
  const roundTripUs = Math.round(median(all.map((each) => each.roundTripUs)))
  console.log(`| ${name} | ${perSecond},000 | ${roundTripUs} µs |`)
}
