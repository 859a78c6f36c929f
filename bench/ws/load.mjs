// The load: `node load.mjs ADDRESS SCENARIO CLIENTS BYTES SECONDS WARM-UP`. Connections of bytes, which it counts: a WebSocket
// client's own work would be the larger part. Prints a line of JSON when warm, and one at the end.
import { connect } from '../../dist/io/index.js'

const [address, scenario, ...numbers] = process.argv.slice(2)
const [clients, bytes, seconds, warmUpSeconds] = numbers.map(Number)

const payload = Buffer.alloc(bytes, 'x')
const request = maskedText(payload)
/** Head and payload of what comes back. */
const replyBytes = (bytes < 126 ? 2 : 4) + bytes

function maskedText(body) {
  const head =
    body.length < 126 ? Buffer.of(0x81, 0x80 | body.length) : Buffer.of(0x81, 0xfe, body.length >> 8, body.length & 255)
  return Buffer.concat([head, Buffer.alloc(4), body])
}

async function open() {
  const { hostname, port } = new URL(address)
  const stream = await connect(`tcp://${hostname}:${port}`)
  const key = 'dGhlIHNhbXBsZSBub25jZQ=='
  await stream.send(
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  )
  let head = ''
  while (!head.endsWith('\r\n\r\n')) head += String(await stream.recv())
  if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(head)
  return stream
}

const streams = []
while (streams.length < clients)
  streams.push(...(await Promise.all(Array.from({ length: Math.min(50, clients - streams.length) }, open))))

let received = 0
let measuring = false
let finished = false
const delaysMs = []

/** So many messages are on their way at once, each until the last of its receivers has it. */
const inFlight = scenario === 'echo' ? 1 : 2
const expectedBytes = scenario === 'echo' ? replyBytes : replyBytes * clients
let pendingBytes = 0
let sentMs = []

function fanOut(chunkBytes) {
  pendingBytes += chunkBytes
  while (pendingBytes >= expectedBytes) {
    pendingBytes -= expectedBytes
    if (measuring) {
      received += clients
      delaysMs.push(performance.now() - sentMs[0])
    }
    sentMs.shift()
    if (!finished) say(streams[0])
  }
}

function say(stream) {
  sentMs.push(performance.now())
  void stream.send(request).catch(() => {})
}

for (const stream of streams) {
  let mine = 0
  let since = 0
  const echoed = (chunkBytes) => {
    mine += chunkBytes
    if (mine < replyBytes) return
    mine -= replyBytes
    const nowMs = performance.now()
    if (measuring) {
      received++
      delaysMs.push(nowMs - since)
    }
    since = nowMs
    if (!finished) void stream.send(request).catch(() => {})
  }
  const take = scenario === 'echo' ? echoed : fanOut
  void (async () => {
    for await (const chunk of stream) take(chunk.length)
  })().catch(() => {})
  if (scenario === 'echo') {
    since = performance.now()
    void stream.send(request)
  }
}
if (scenario !== 'echo') for (let at = 0; at < inFlight; at++) say(streams[0])

await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1_000))
measuring = true
const startedMs = performance.now()
console.log(JSON.stringify({ warm: true }))
await new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
measuring = false
finished = true
const tookMs = performance.now() - startedMs
delaysMs.sort((left, right) => left - right)
const at = (share) => delaysMs[Math.floor(delaysMs.length * share)]
console.log(JSON.stringify({ perSecond: (received * 1_000) / tookMs, received, p50Ms: at(0.5), p99Ms: at(0.99) }))
process.exit()
