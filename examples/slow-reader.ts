// The same slow reader, which takes nothing for a while. Over UDP its queue overflows: the kernel drops, and counts.
// Over TCP the sender has to wait, and every byte arrives.
import { setTimeout as sleep } from 'node:timers/promises'
import { connect, listen, udp } from 'lanework/io'

const reader = await udp({ receiveBufferBytes: 65_536 }).bind('udp://127.0.0.1:0')
const sender = udp()
for (let count = 0; count < 1_000; count++) await sender.sendTo(Buffer.alloc(1_024), reader.address)
await sleep(100)

let received = 0
const next = () => reader.recvFrom(1_024, { timeoutMs: 200 }).catch(() => undefined)
while ((await next()) !== undefined) received++
const drops = reader.kernelDrops() // undefined without the native addon: Node does not tell.
console.log(`udp: sent 1000, received ${received}, dropped by the kernel ${drops}`)
console.log(`udp: sent = received + dropped: ${drops === undefined ? 'unknown' : received + drops === 1_000}`)
await sender.close()
await reader.close()

const listener = await listen('tcp://127.0.0.1:0', { receiveBufferBytes: 65_536 })
const client = await connect(listener.address)
const server = await listener.accept()
let sentKiB = 0
async function sendAll() {
  for (; sentKiB < 32_768; sentKiB += 64) await client.send(Buffer.alloc(65_536))
  client.end()
}
const sending = sendAll()
await sleep(100)
console.log(`tcp: ${sentKiB < 32_768 ? 'the sender waits' : 'all is sent'}`)

let receivedBytes = 0
for await (const chunk of server) receivedBytes += chunk.length
await sending
console.log(`tcp: sent ${sentKiB} KiB, received ${receivedBytes / 1_024} KiB`)
for (const socket of [client, server, listener]) await socket.close()
