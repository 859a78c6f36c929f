// The same three writes over UDP and TCP: UDP keeps the boundary of each message,
// TCP is a stream of bytes, in which what the reader has not yet taken is glued together.
import { connect, listen, udp } from 'lanework/io'

const words = ['hello', 'world', '!']

const receiver = await udp().bind('udp://127.0.0.1:0')
const sender = udp()
for (const word of words) await sender.sendTo(word, receiver.address)
for (let count = 1; count <= words.length; count++) {
  const { message } = await receiver.recvFrom(1024, { timeoutMs: 5_000 })
  console.log(`udp receive ${count}: ${message}`)
}
await sender.close()
await receiver.close()

const listener = await listen('tcp://127.0.0.1:0')
const client = await connect(listener.address)
for (const word of words) await client.send(word)
const server = await listener.accept()
console.log(`tcp receive 1: ${await server.recv(1024)}`)

await client.close()
await server.close()
await listener.close()
