// A long seeded run of faults against one server: datagrams and streams of random sizes, connections that end, reset
// or stop in the middle, garbage between them. At the end nothing may be unanswered, the server's memory must be flat
// and its descriptors given back. Replay a run with its seed:
//
//   node bench/soak.mjs --seconds 60 --seed 1

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

import { connect, udp } from '../dist/io/index.js'
import { SeededRandom } from '../dist/testing/index.js'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
})
const seconds = Math.min(3_600, Math.max(1, Number(values.seconds)))
const random = new SeededRandom(Number(values.seed))
const clientsAtOnce = 16
const counts = { datagrams: 0, datagramReplies: 0, streams: 0, streamBytes: 0, resets: 0, cutOff: 0, mismatched: 0 }

const server = spawn(
  process.execPath,
  ['dist/cli/main.js', 'serve', 'echo', '--listen', 'udp://127.0.0.1:0', '--listen', 'tcp://127.0.0.1:0'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
const [datagramAddress, streamAddress] = await listening(server)

await run(performance.now() + Math.min(5, seconds / 4) * 1_000)
const before = usage(server.pid)
await run(performance.now() + seconds * 1_000)
await new Promise((resolve) => setTimeout(resolve, 3_000)) // Connections that were cut off are closed by then.
const after = usage(server.pid)
server.kill('SIGTERM')

const grown = after.residentKiB - before.residentKiB
const problems = [
  ...(counts.mismatched > 0 ? [`${counts.mismatched} replies were not what was sent`] : []),
  ...(counts.datagramReplies < counts.datagrams
    ? [`${counts.datagrams - counts.datagramReplies} datagrams were not answered`]
    : []),
  ...(grown > 65_536 ? [`the server grew by ${grown} KiB`] : []),
  ...(after.descriptors > before.descriptors + clientsAtOnce
    ? [`descriptors rose from ${before.descriptors} to ${after.descriptors}`]
    : []),
]
console.log(
  JSON.stringify({
    seed: Number(values.seed),
    seconds,
    ...counts,
    residentKiB: [before.residentKiB, after.residentKiB],
    descriptors: [before.descriptors, after.descriptors],
    problems,
  }),
)
process.exit(problems.length === 0 ? 0 : 1)

async function run(untilMs) {
  await Promise.all(Array.from({ length: clientsAtOnce }, (_, index) => client(untilMs, index % 2 === 0)))
}

async function client(untilMs, datagrams) {
  while (performance.now() < untilMs) await (datagrams ? datagramTurn() : streamTurn())
}

/** A few datagrams one by one; each must come back as it was. */
async function datagramTurn() {
  const socket = udp()
  for (let turn = random.integer(1, 20); turn > 0; turn--) {
    const message = bytes(random.chance(0.02) ? random.integer(1_473, 65_507) : random.integer(0, 1_472))
    await socket.sendTo(message, datagramAddress)
    counts.datagrams++
    const reply = await socket.recvFrom(65_536, { timeoutMs: 2_000 }).catch(() => undefined)
    if (reply === undefined) continue
    counts.datagramReplies++
    if (!reply.message.equals(message)) counts.mismatched++
  }
  await socket.close()
}

/** One connection that ends in one of the ways connections end. */
async function streamTurn() {
  const connection = await connect(streamAddress)
  counts.streams++
  const message = bytes(random.integer(1, random.chance(0.1) ? 1_000_000 : 2_000))
  const ending = random.next()
  if (ending < 0.2) {
    await connection.send(message)
    counts.resets++
    connection.reset()
    return
  }
  if (ending < 0.3) {
    await connection.send(message)
    counts.cutOff++
    await connection.close()
    return
  }
  const [back] = await Promise.all([connection.read(message.length), connection.send(message)])
  counts.streamBytes += back.length
  if (!back.equals(message)) counts.mismatched++
  await connection.close()
}

function bytes(size) {
  const made = Buffer.allocUnsafe(size)
  const start = random.integer(0, 255)
  for (let index = 0; index < size; index++) made[index] = (start + index) & 255
  return made
}

function listening(child) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.once('exit', () => reject(new Error('the server ended')))
    child.stdout.on('data', (chunk) => {
      text += chunk
      const found = [...text.matchAll(/listening (\S+)/g)].map(([, address]) => address)
      if (found.length === 2) resolve(found)
    })
  })
}

function usage(pid) {
  const [, resident] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return { residentKiB: Number(resident), descriptors: readdirSync(`/proc/${pid}/fd`).length }
}
