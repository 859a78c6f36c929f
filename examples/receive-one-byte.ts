// recvFrom(1) takes one byte of a datagram, and the rest of it is lost; the next call gets the next datagram.
// recv(1) takes one byte of a stream, and the rest stays for the next call.
import { connect, listen, udp } from 'lanework/io'

const receiver = await udp().bind('udp://127.0.0.1:0')
const sender = udp()
await sender.sendTo('hello', receiver.address)
await sender.sendTo('world', receiver.address)
for (const size of [1, 1024]) {
  const { message, truncated } = await receiver.recvFrom(size, { timeoutMs: 5_000 })
  console.log(`udp recvFrom(${size}): ${message}, truncated: ${truncated}`)
}
await sender.close()
await receiver.close()

const listener = await listen('tcp://127.0.0.1:0')
const client = await connect(listener.address)
await client.send('hello')
const server = await listener.accept()
for (const size of [1, 1024]) console.log(`tcp recv(${size}): ${await server.recv(size)}`)
await client.close()
await server.close()
await listener.close()
